"""A whole report: data, sections, style. It has no scripts, and its policy forbids any."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape

from components.checks import title
from components.library.queries.sheet_cells import cells_of
from components.library.records import StoredSheet
from components.library.sheets.checks import checks_of, results_of
from components.library.sheets.votes import MODEL, votes_of
from components.ui.access.base_path import app_address
from components.ui.base.assets import asset
from components.ui.process.workbench import workbench
from components.ui.sheets.checks.checks_json import outcomes, sheet_totals
from components.ui.sheets.report.data import ReportData, checks_by_cell, embedded, linked
from components.ui.sheets.report.sections import SECTIONS
from components.ui.sheets.vote.ballot import has_finished
from components.ui.sheets.vote.results import rank_sheet
from components.ui.sheets.vote.voter import NAMELESS

POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"


def report_data(sheet: StoredSheet, people: Sequence[str], *, is_file: bool) -> ReportData:
    """Collect a sheet's report for the person who votes under the names `people`. Raise LibraryUnavailable.

    Votes are part of it only for somebody who has ended voting.
    """
    app = workbench()
    cells, votes = cells_of(app.library, sheet.id), votes_of(app.library, sheet.id)
    # Models and people are counted apart; a report has the people's votes where there are any.
    votes = [vote for vote in votes if not vote.person.startswith(MODEL)] or votes
    hides_votes = bool(votes) and not has_finished(sheet.id, people, votes)
    return ReportData(
        sheet=sheet,
        cells=cells,
        ranking=rank_sheet(sheet, cells, votes) if votes and not hides_votes else None,
        hides_votes=hides_votes,
        image=embedded(app.library, app.settings.max_pixels) if is_file else linked,
        person=next((one for one in people if not one.startswith(NAMELESS)), ""),
        made=time.time(),
        is_file=is_file,
        checks=[(title(one.kind, one.settings), outcome.text) for one, outcome in outcomes(app.library, sheet)],
        totals=sheet_totals(app.library, sheet)[1],
        by_cell=checks_by_cell(cells, checks_of(app.library, sheet.id), results_of(app.library, sheet.id)),
    )


def report_html(data: ReportData) -> str:
    """Return the report as a whole HTML page."""
    sections = "".join(section(data) for section in SECTIONS)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{escape(data.sheet.name)} · Report</title>"
        f"<style>{asset('sheets/report/report.css', 'sheets/vote/ranking.css')}</style></head>"
        f"<body>{'' if data.is_file else _links(data)}<main>{sections}</main></body></html>"
    )


def _links(data: ReportData) -> str:
    sheet_id = escape(data.sheet.id)
    return (
        f'<nav><a href="{app_address("/")}?sheet={sheet_id}">← Back to the sheet</a>'
        f'<a href="{app_address("/report")}?sheet={sheet_id}&amp;download=1" download>Download as one HTML file</a>'
        "<span>Ctrl+P prints it.</span></nav>"
    )

"""A sheet's checks as JSON for the browser: the results of each cell, and totals for each value of an axis."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.checks import ASKED, BEST_SCORE, ERROR, FAIL, NOT_JUDGED, PASS, title
from components.checks.definitions import SHARE_KINDS, share_text
from components.library import Library
from components.library.queries.sheet_summary import image_ids_of
from components.library.records import SheetCell, StoredSheet
from components.library.sheets.checks import CheckResult, StoredCheck, checks_of, results_of
from components.library.sheets.sheet_totals import SCORE_KIND, WHOLE, CellTotal, Shares, shares_of, totals_of
from components.ui.sheets.sheet_json import spent_text

LONGEST_DETAIL = 300


def add_checks(library: Library, sheet: StoredSheet, cells: Sequence[SheetCell], found: dict[str, Any]) -> None:
    """Add to a sheet's JSON the results of its `cells`, and the totals of each value and of all."""
    known = {one.id: one for one in checks_of(library, sheet.id)}
    if known:
        covers = {cell.cover.id for cell in cells if cell.cover is not None}
        results = results_of(library, sheet.id, covers)
        for cell in found["cells"]:
            of_cell = results.get(cell.get("output", ""), ())
            cell["checks"] = [_result_json(known[one.check_id], one) for one in of_cell if one.check_id in known]
    total, totals = sheet_totals(library, sheet, with_checks=bool(known))
    if total:
        found |= {"total": total, "totals": totals}


def _result_json(check: StoredCheck, result: CheckResult) -> dict[str, Any]:
    found: dict[str, Any] = {
        "title": title(check.kind, check.settings),
        "status": result.status,
        "detail": result.detail[:LONGEST_DETAIL],
    }
    if check.kind == SCORE_KIND and result.score is not None:
        found["score"] = round(result.score, 6)
    if check.kind in SHARE_KINDS and result.score is not None and result.status in {PASS, FAIL}:
        found["share"] = f"{result.score:.1%}"
    return found


def sheet_totals(library: Library, sheet: StoredSheet, *, with_checks: bool = True) -> tuple[str, list[list[str]]]:
    """Return pass rate, means of scores and shares, of cost and time of all cells, and of those with a value.

    The latter by axis and value. The total of all is "" where nothing is known.
    """
    axes, known = len(sheet.axes), checks_of(library, sheet.id) if with_checks else []
    found, shares = totals_of(library, sheet.id, axes, with_checks=with_checks), list[tuple[StoredCheck, Shares]]()
    for check in known:
        if check.kind in SHARE_KINDS:
            shares.append((check, shares_of(library, sheet.id, check.id, axes)))

    def total(axis: int, place: int) -> str:
        key = axis, place
        return _total(found.get(key), [share_text(one.kind, one.settings, by[key]) for one, by in shares if key in by])

    by_value = [[total(axis, place) for place in range(len(one["values"]))] for axis, one in enumerate(sheet.axes)]
    return total(*WHOLE), by_value


@dataclass(frozen=True)
class Outcome:
    """How a sheet's images did in a check, as a sentence; how many have no result,
    how many wait for an answer, and how many ended in an error."""

    text: str
    missing: int
    asked: int
    in_error: int


def outcomes(library: Library, sheet: StoredSheet) -> list[tuple[StoredCheck, Outcome]]:
    """Return a sheet's checks with how its images did in each."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for results in results_of(library, sheet.id).values():
        for one in results:
            counts[one.check_id][one.status] += 1
    images = len(image_ids_of(library, sheet.id))
    return [
        (check, Outcome(_outcome(count), max(0, images - count.total()), count[ASKED], count[ERROR]))
        for check in checks_of(library, sheet.id)
        for count in (counts[check.id],)
    ]


def _outcome(count: Counter[str]) -> str:
    judged = count[PASS] + count[FAIL]
    parts = [f"{count[PASS]} of {judged} passed"] if judged else []
    words = ((NOT_JUDGED, "not judged"), (ERROR, "in error"), (ASKED, "being asked"))
    parts += [f"{count[status]} {word}" for status, word in words if count[status]]
    return ", ".join(parts) or "no result yet"


def _total(total: CellTotal | None, shares: Sequence[str]) -> str:
    """Return the pass rate and the means of score, shares, cost and time of these cells."""
    if total is None:
        return ""
    parts = [f"{total.passed / total.judged:.0%} pass"] if total.judged else []
    parts += [f"score {total.score:.1f} of {BEST_SCORE}"] if total.score is not None else []
    parts += shares
    parts += [f"{text} each"] if (text := spent_text(total.cost, total.seconds)) else []
    return " · ".join(parts)

"""A sheet's checks as JSON for the browser: the results of each cell, and totals for each value of an axis."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from components.checks import ASKED, ERROR, FAIL, NOT_JUDGED, PASS, title
from components.library import Library
from components.library.queries.sheet_summary import image_ids_of
from components.library.records import SheetCell, StoredSheet
from components.library.sheets.checks import CellNumbers, StoredCheck, checks_of, numbers_of, results_of
from components.ui.base.formatting.money import dollars

LONGEST_DETAIL = 300


def add_checks(library: Library, sheet: StoredSheet, cells: Sequence[SheetCell], found: dict[str, Any]) -> None:
    """Add to a sheet's JSON the results of its `cells`, and the totals of each value; nothing without checks."""
    titles = {one.id: title(one.kind, one.settings) for one in checks_of(library, sheet.id)}
    if not titles:
        return
    covers = {cell.cover.id for cell in cells if cell.cover is not None}
    results = results_of(library, sheet.id, covers)
    for cell in found["cells"]:
        cell["checks"] = [
            {"title": titles[one.check_id], "status": one.status, "detail": one.detail[:LONGEST_DETAIL]}
            for one in results.get(cell.get("output", ""), ())
            if one.check_id in titles
        ]
    found["totals"] = axis_totals(library, sheet)


def axis_totals(library: Library, sheet: StoredSheet) -> list[list[str]]:
    """Return pass rate, mean cost and mean time of all cells with a value, by axis and value."""
    cells: dict[tuple[int, int], list[CellNumbers]] = defaultdict(list)
    for one in numbers_of(library, sheet.id):
        for at in enumerate(one.places):
            cells[at].append(one)
    return [
        [_total(cells[axis, place]) for place in range(len(values["values"]))] for axis, values in enumerate(sheet.axes)
    ]


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


def _total(cells: Sequence[CellNumbers]) -> str:
    """Return the pass rate of these cells, and their mean cost and time."""
    judged = sum(one.judged for one in cells)
    costs = [one.cost for one in cells if one.cost is not None]
    seconds = [one.seconds for one in cells if one.seconds is not None]
    parts = [f"{sum(one.passed for one in cells) / judged:.0%} pass"] if judged else []
    parts += [f"{dollars(sum(costs, Decimal(0)) / len(costs))}"] if costs else []
    parts += [f"{sum(seconds) / len(seconds):.1f} s"] if seconds else []
    return " · ".join(parts)

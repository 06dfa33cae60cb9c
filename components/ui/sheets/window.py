"""The part of a sheet that is on the screen, as JSON for the browser: a sheet of 10,000 cells sends a few dozen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from components.library import Library
from components.library.queries.sheet_cells import SKIPPED, cells_of
from components.library.queries.sheet_summary import FAILED, UNDER_WAY, CellMark, count_in, marks_of, states_of
from components.library.records import StoredSheet
from components.library.sheets.checks import failing_places
from components.ui.sheets.checks.checks_json import add_checks
from components.ui.sheets.differing import differing_rows
from components.ui.sheets.later.batch import note_batches
from components.ui.sheets.later.starts import note_starts
from components.ui.sheets.sheet_json import axes_json, cell_json

MOST_CELLS = 600
ALL, DIFFERING, FAILING, STARRED, UNPASSED = "all", "differing", "failed", "starred", "unpassed"
FILTERS = frozenset({ALL, DIFFERING, FAILING, STARRED, UNPASSED})


@dataclass(frozen=True)
class SheetWindow:
    """Which axes are rows and columns (-1 for none), the places on all others, and what is in sight.

    `top` and `height` count the rows that the filter `show` keeps, `left` and `width` columns.
    """

    row: int
    column: int
    at: tuple[int, ...]
    top: int = 0
    height: int = 6
    left: int = 0
    width: int = 12
    show: str = ALL


def first_window(axes: int) -> SheetWindow:
    """Return what is shown at first: the last axis across, the one before it down."""
    return SheetWindow(axes - 2 if axes > 1 else -1, axes - 1, (0,) * axes)


def read_window(query: Mapping[str, str], axes: int) -> SheetWindow:
    """Return the window that a browser asks for. Raise ValueError for one that is none."""
    row, column, top, height, left, width = (
        int(query[name]) for name in ("row", "column", "top", "height", "left", "width")
    )
    at = tuple(int(place) for place in query["at"].split(",")) if axes else ()
    show = query["show"]
    is_read = -1 <= row < axes and -1 <= column < axes and len(at) == axes and (row != column or row == -1)
    is_read = is_read and min(top, left, *at, 0) == 0 and height > 0 and width > 0 and height * width <= MOST_CELLS
    if not is_read or show not in FILTERS:
        raise ValueError("no window")
    return SheetWindow(row, column, at, top, height, left, width, show)


def window_json(library: Library, sheet: StoredSheet, window: SheetWindow, *, is_active: bool) -> dict[str, Any]:
    """Return a sheet with the cells of a window. `active`: more will change by itself, `slow`: but not soon.

    `comparing`: images are still to be compared, and the next answer may keep fewer rows.
    """
    rows, is_comparing = kept_rows(library, sheet, window)
    count = _length(sheet, window.row)
    down = (range(count) if rows is None else rows)[window.top : window.top + window.height]
    across = range(_length(sheet, window.column))[window.left : window.left + window.width]
    places = {_places(window, row, column) for row, column in product(down, across)}
    states = states_of(library, sheet.id)
    cells = cells_of(library, sheet.id, places=places)
    found: dict[str, Any] = {
        "id": sheet.id,
        "axes": axes_json(sheet),
        "counts": counts_json(states),
        "rows": rows,
        "comparing": is_comparing,
        "cells": [cell_json(cell) for cell in cells],
        "active": is_active or count_in(states, UNDER_WAY) > 0,
    }
    is_planned = note_starts(library, sheet, found, found["cells"])
    if note_batches(library, sheet, found["cells"]) or is_planned:
        found |= {"active": True, "slow": not is_active}
    add_checks(library, sheet, cells, found)
    return found


def counts_json(states: Mapping[str, int]) -> dict[str, int]:
    """Return how many cells are to be run, have ended, and failed."""
    failed = count_in(states, FAILED)
    return {
        "asked": sum(states.values()) - states.get(SKIPPED, 0),
        "ended": states.get("done", 0) + failed,
        "failed": failed,
    }


def kept_rows(library: Library, sheet: StoredSheet, window: SheetWindow) -> tuple[list[int] | None, bool]:
    """Return the rows that a filter keeps, and whether there are images left to compare."""
    if window.show == ALL:
        return None, False
    failing = failing_places(library, sheet.id) if window.show == UNPASSED else set()
    lines: dict[int, list[CellMark]] = defaultdict(list)
    for mark in marks_of(library, sheet.id):
        row = mark.places[window.row] if window.row >= 0 else 0
        column = mark.places[window.column] if window.column >= 0 else 0
        if mark.places == _places(window, row, column):
            lines[row].append(mark)
    if window.show == DIFFERING:
        differing, is_comparing = differing_rows(library, sheet.id, lines)
        return sorted(differing), is_comparing
    return [row for row in range(_length(sheet, window.row)) if _is_kept(window.show, lines[row], failing)], False


def _is_kept(show: str, cells: list[CellMark], failing: Collection[tuple[int, ...]]) -> bool:
    if show == UNPASSED:
        return any(cell.places in failing for cell in cells)
    return any(cell.starred if show == STARRED else cell.state in FAILED for cell in cells)


def _places(window: SheetWindow, row: int, column: int) -> tuple[int, ...]:
    found = list(window.at)
    for axis, place in ((window.row, row), (window.column, column)):
        if axis >= 0:
            found[axis] = place
    return tuple(found)


def _length(sheet: StoredSheet, axis: int) -> int:
    return len(sheet.axes[axis]["values"]) if axis >= 0 else 1

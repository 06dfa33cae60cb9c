"""What of a sheet is sent to the browser: only the cells in sight, and what a filter keeps."""

from __future__ import annotations

from decimal import Decimal

import pytest

from components.library import Library
from components.library.annotations import rate, star
from components.library.queries.sheet_summary import image_ids_of, positions_in, summary_of
from components.library.records import StoredSheet
from components.library.sheets import find_sheet
from components.ui.sheets.window import SheetWindow, first_window, kept_rows, read_window, window_json
from tests.unit.library.sheet_fixtures import filled_sheet

QUERY = {"row": "0", "column": "1", "at": "0,0", "top": "0", "height": "6", "left": "0", "width": "8", "show": "all"}


def stored(library: Library) -> tuple[StoredSheet, list[str]]:
    """A sheet of three colors by two qualities, all done, and its images."""
    sheet_id, images = filled_sheet(library)
    sheet = find_sheet(library, sheet_id)
    assert sheet is not None
    return sheet, images


def test_a_window_holds_the_cells_in_sight(library: Library) -> None:
    """Rows and columns are any axes; the counts are those of the whole sheet."""
    sheet, images = stored(library)
    rate(library, [images[3]], 4)
    found = window_json(library, sheet, SheetWindow(0, 1, (0, 0), top=1, height=2, left=1, width=5), is_active=False)
    assert [cell["places"] for cell in found["cells"]] == [(1, 1), (2, 1)]
    assert found["cells"][0]["marks"] == {"star": False, "rate": 4, "reject": False}
    assert found["counts"] == {"asked": 6, "ended": 6, "failed": 0}
    assert found["rows"] is None
    assert not found["active"]
    across = window_json(library, sheet, SheetWindow(-1, 0, (9, 1)), is_active=True)
    assert [cell["places"] for cell in across["cells"]] == [(0, 1), (1, 1), (2, 1)]
    assert across["active"]
    assert len(window_json(library, sheet, first_window(2), is_active=False)["cells"]) == 6


def test_filters_keep_rows(library: Library) -> None:
    """Starred rows, failed rows and rows whose images differ, by the axis that is the rows."""
    sheet, images = stored(library)
    star(library, [images[2]], True)
    assert kept_rows(library, sheet, SheetWindow(0, 1, (0, 0), show="starred")) == [1]
    assert kept_rows(library, sheet, SheetWindow(1, 0, (0, 0), show="starred")) == [0]
    assert kept_rows(library, sheet, SheetWindow(0, 1, (0, 0), show="failed")) == []
    assert kept_rows(library, sheet, SheetWindow(0, 1, (0, 0), show="differing")) == [0, 1, 2]
    found = window_json(library, sheet, SheetWindow(0, 1, (0, 0), show="starred"), is_active=False)
    assert [cell["places"] for cell in found["cells"]] == [(1, 0), (1, 1)]


def test_a_summary_counts_without_reading_the_cells(library: Library) -> None:
    """States, images, stars and the cost; positions by state and images in the order of the cells."""
    sheet, images = stored(library)
    star(library, images[:2], True)
    summary = summary_of(library, sheet.id)
    assert (summary.states, summary.images, summary.starred) == ({"done": 6}, 6, 2)
    assert summary.cost == Decimal("0.21")
    assert positions_in(library, sheet.id, {"done"}) == list(range(6))
    assert image_ids_of(library, sheet.id) == tuple(images)


@pytest.mark.parametrize(
    "changed",
    [
        {"row": "2"},
        {"row": "x"},
        {"row": "1"},
        {"at": "0"},
        {"at": "0,-1"},
        {"height": "0"},
        {"height": "100", "width": "100"},
        {"top": "-1"},
        {"show": "all'"},
    ],
)
def test_what_is_no_window_is_refused(changed: dict[str, str]) -> None:
    """Numbers beyond the axes, and more cells than one answer holds."""
    assert read_window(QUERY, 2).width == 8
    with pytest.raises(ValueError, match=r"."):
        read_window({**QUERY, **changed}, 2)

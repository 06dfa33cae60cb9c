"""What of a sheet is sent to the browser: only the cells in sight, and what a filter keeps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import event, update

from components.checks import FAIL, PASS, Verdict
from components.library import Library
from components.library.annotations import rate, star
from components.library.db.schema import runs, sheet_cells
from components.library.queries.sheet_cells import cells_of
from components.library.queries.sheet_summary import image_ids_of, positions_in, states_of, summary_of
from components.library.records import StoredSheet
from components.library.sheets.checks import add_check, checks_of, store_result
from components.library.sheets.sheet_store import find_sheet
from components.ui.sheets import differing
from components.ui.sheets.window import SheetWindow, first_window, kept_rows, read_window, window_json
from tests.unit.library.sheet_fixtures import filled_sheet

QUERY = {"row": "0", "column": "1", "at": "0,0", "top": "0", "height": "6", "left": "0", "width": "8", "show": "all"}


def stored(library: Library) -> tuple[StoredSheet, list[str]]:
    """A sheet of three colors by two qualities, all done, and its images."""
    sheet_id, images = filled_sheet(library)
    sheet = find_sheet(library, sheet_id)
    assert sheet is not None
    return sheet, images


def kept(library: Library, sheet: StoredSheet, window: SheetWindow) -> list[int] | None:
    """The rows that a filter keeps."""
    return kept_rows(library, sheet, window)[0]


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
    assert kept(library, sheet, SheetWindow(0, 1, (0, 0), show="starred")) == [1]
    assert kept(library, sheet, SheetWindow(1, 0, (0, 0), show="starred")) == [0]
    assert kept(library, sheet, SheetWindow(0, 1, (0, 0), show="failed")) == []
    assert kept(library, sheet, SheetWindow(0, 1, (0, 0), show="differing")) == [0, 1, 2]
    found = window_json(library, sheet, SheetWindow(0, 1, (0, 0), show="starred"), is_active=False)
    assert [cell["places"] for cell in found["cells"]] == [(1, 0), (1, 1)]


def test_rows_differ_in_what_is_seen(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other files that look alike do not; another look, shape, state or verdict does. Opening has its limit of time."""
    sheet, images = stored(library)
    window = SheetWindow(0, 1, (0, 0), show="differing")
    paths = [library.file("thumbnail", str(library.output(one).sha256)) for one in images]  # type: ignore[union-attr]
    differing._known.clear()
    for place, path in enumerate(paths):
        noise(place).save(str(path))
    assert kept(library, sheet, window) == []

    differing._known.clear()
    changed = noise(3)
    changed.paste((255, 0, 0), (0, 0, 24, 24))  # a small thing in a corner
    changed.save(str(paths[3]))
    assert kept(library, sheet, window) == [1]

    add_check(library, sheet.id, "outside", {"most": 2.0})
    (check,) = checks_of(library, sheet.id)
    store_result(library, check.id, images[4], Verdict(PASS, ""))
    assert kept(library, sheet, window) == [1]  # one cell was judged only
    store_result(library, check.id, images[5], Verdict(FAIL, ""))
    assert kept(library, sheet, window) == [1, 2]
    library.update_run(str(cells_of(library, sheet.id)[0].run_id), state="failed")
    assert kept(library, sheet, window) == [0, 1, 2]
    library.update_run(str(cells_of(library, sheet.id)[0].run_id), state="done")

    # What there is no time for counts as differing, and the next answer goes on.
    differing._known.clear()
    monkeypatch.setattr(differing, "SECONDS", -1.0)
    found = window_json(library, sheet, window, is_active=False)
    assert (found["rows"], found["comparing"], found["active"]) == ([0, 1, 2], True, False)
    monkeypatch.setattr(differing, "SECONDS", 5.0)
    found = window_json(library, sheet, window, is_active=False)
    assert (found["rows"], found["comparing"]) == ([1, 2], False)


def noise(seed: int) -> Image.Image:
    """A gray image whose pixels differ with the seed and whose look does not."""
    pixels = np.random.default_rng(seed).integers(118, 138, (128, 128, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def test_checks_come_with_their_cells_and_totals_with_their_values(library: Library) -> None:
    """Each cell has its results, each value its pass rate, cost and time; "failed checks" keeps the rows with one."""
    sheet, images = stored(library)
    add_check(library, sheet.id, "outside", {"most": 2.0})
    (check,) = checks_of(library, sheet.id)
    for image in images[:3]:
        store_result(library, check.id, image, Verdict(FAIL if image == images[2] else PASS, f"<b>{image}</b>"))
    for place, cell in enumerate(cells_of(library, sheet.id)):
        library.update_run(str(cell.run_id), started=10.0, ended=12.0 + place)
    found = window_json(library, sheet, first_window(2), is_active=False)
    assert found["cells"][2]["checks"] == [
        {"title": "At most 2% changed outside the mask", "status": "fail", "detail": f"<b>{images[2]}</b>"}
    ]
    assert found["cells"][3]["checks"] == []
    colors, qualities = found["totals"]
    assert colors == ["100% pass · $0.015 · 2.5 s each", "0% pass · $0.035 · 4.5 s each", "$0.055 · 6.5 s each"]
    assert qualities[0] == "50% pass · $0.030 · 4.0 s each"
    assert found["total"] == "67% pass · $0.035 · 4.5 s each"
    assert kept(library, sheet, SheetWindow(0, 1, (0, 0), show="unpassed")) == [1]


def test_scores_of_models_stand_in_cells_and_totals(library: Library) -> None:
    """A cell's score is a number beside its verdict; the mean stands at its values and at the whole sheet."""
    sheet, images = stored(library)
    question = {"question": "How red?", "connection": "c1", "model": "m", "least": 4.0}
    add_check(library, sheet.id, "score", question)
    add_check(library, sheet.id, "outside", {"most": 2.0})
    score, outside = checks_of(library, sheet.id)
    for image, number in zip(images[:3], (5.0, 3.0, 4.0), strict=True):
        store_result(library, score.id, image, Verdict(PASS if number >= 4 else FAIL, f"{number:g} of 5", number))
    store_result(library, outside.id, images[0], Verdict(PASS, "1%", 0.01))
    store_result(library, outside.id, images[1], Verdict(PASS, "3%", 0.03))
    found = window_json(library, sheet, first_window(2), is_active=False)
    assert [one.get("score") for one in found["cells"][0]["checks"]] == [5.0, None]
    assert [one.get("share") for one in found["cells"][0]["checks"]] == [None, "1.0%"]
    colors, qualities = found["totals"]
    assert colors == [
        "75% pass · score 4.0 of 5 · 2.0% changed outside · $0.015 each",
        "100% pass · score 4.0 of 5 · $0.035 each",
        "$0.055 each",
    ]
    assert qualities == [
        "100% pass · score 4.5 of 5 · 1.0% changed outside · $0.030 each",
        "50% pass · score 3.0 of 5 · 3.0% changed outside · $0.040 each",
    ]
    assert found["total"] == "80% pass · score 4.0 of 5 · 2.0% changed outside · $0.035 each"


def test_cost_and_time_need_no_checks(library: Library) -> None:
    """Each cell and each value has them as far as they are known, and none where all was free and no time is known."""
    sheet, _ = stored(library)
    for cell in cells_of(library, sheet.id)[:2]:
        library.update_run(str(cell.run_id), started=10.0, ended=12.25)
    found = window_json(library, sheet, first_window(2), is_active=False)
    assert [cell["spent"] for cell in found["cells"][:3]] == ["$0.010 · 2.2 s", "$0.020 · 2.2 s", "$0.030"]
    assert found["totals"][0] == ["$0.015 · 2.2 s each", "$0.035 each", "$0.055 each"]
    assert found["total"] == "$0.035 · 2.2 s each"
    with library.engine.begin() as connection:
        connection.execute(update(runs).values(cost_micros=0, started=None))
    found = window_json(library, sheet, first_window(2), is_active=False)
    assert not {"total", "totals"} & found.keys()
    assert not any("spent" in cell for cell in found["cells"])


def test_a_summary_counts_without_reading_the_cells(library: Library) -> None:
    """States, images, stars and the cost; positions by state and images in the order of the cells."""
    sheet, images = stored(library)
    star(library, images[:2], True)
    summary = summary_of(library, sheet.id)
    assert (summary.states, summary.images, summary.starred) == ({"done": 6}, 6, 2)
    assert summary.cost == Decimal("0.21")
    assert positions_in(library, sheet.id, {"done"}) == list(range(6))
    assert image_ids_of(library, sheet.id) == tuple(images)
    with library.engine.begin() as connection:
        connection.execute(update(sheet_cells).where(sheet_cells.c.position < 2).values(skipped="by a rule"))
        connection.execute(update(sheet_cells).where(sheet_cells.c.position == 2).values(run_id=None))
    library.update_run(str(cells_of(library, sheet.id)[3].run_id), state="failed")
    assert states_of(library, sheet.id) == {"skipped": 2, "waiting": 1, "failed": 1, "done": 2}
    assert summary_of(library, sheet.id).states == states_of(library, sheet.id)


def test_the_cells_in_sight_are_found_by_their_places(library: Library) -> None:
    """No query of the window reads all cells of the sheet."""
    sheet, _ = stored(library)
    asked: list[tuple[str, Any]] = []
    event.listen(library.engine, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    assert [cell.position for cell in cells_of(library, sheet.id, places={(1, 0), (0, 1)})] == [1, 2]
    with library.engine.connect() as connection:
        for query, values in tuple(asked):
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
            assert "ix_sheet_cells_sheet_id_places (sheet_id=? AND places=?)" in str(plan)


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

"""The history of a drawing, without a browser: what counts as a change, and what becomes of it."""

from __future__ import annotations

from typing import Any

from components.ui.drawing import Drawing
from tests.unit.drawings import rectangle, stroke


def polygon(*points: tuple[float, float]) -> dict[str, Any]:
    """A closed path through these points."""
    return {**stroke(*points), "path": [["M", *points[0]], *(["L", *point] for point in points[1:]), ["Z"]]}


def test_a_lasso_fills_what_is_new_and_nothing_that_was_moved() -> None:
    """With the lasso chosen a brush stroke can be moved; it does not become an area by that."""
    drawing, brushed = Drawing(), stroke((10, 10), (90, 10))
    drawing.take([brushed], "brush", drawing.loads)
    drawing.take([{**brushed, "left": 80}], "lasso", drawing.loads)
    assert drawing.now.objects[0]["fill"] is None
    drawing.take([*drawing.now.objects, stroke((20, 20), (60, 20), (60, 60))], "lasso", drawing.loads)
    moved, lasso = drawing.now.objects
    assert moved["fill"] is None
    assert lasso["fill"] == lasso["stroke"]
    assert lasso["path"][-1] == ["Z"]


def test_a_moved_corner_is_a_change_and_the_same_again_is_none() -> None:
    """A polygon's corner may move without its outer size changing: that is a step as well."""
    drawing = Drawing()
    before = polygon((0, 0), (100, 0), (100, 100), (50, 50), (0, 100))
    assert drawing.take([before], "polygon", drawing.loads)
    assert not drawing.take([dict(before)], "polygon", drawing.loads)
    bent = {**before, "path": [*before["path"][:3], ["L", 40, 60], *before["path"][4:]]}
    assert drawing.take([bent], "polygon", drawing.loads)
    drawing.move(-1)
    assert drawing.now.objects == (before,)


def test_what_the_canvas_says_of_an_earlier_load_counts_no_more() -> None:
    """After an undo or another zoom late answers about the old state come in; they are not drawn anew."""
    drawing, one = Drawing(), rectangle(0, 0, 50, 50)
    first = drawing.loads
    drawing.take([one], "rect", first)
    drawing.move(-1)
    assert not drawing.take([one], "rect", first)
    assert drawing.is_empty
    assert drawing.can_redo
    drawing.move(1)
    second = drawing.loads
    drawing.rescale(2.0)
    drawing.rescale(0.5)
    assert not drawing.take([{**one, "scaleX": 2.0, "scaleY": 2.0}], "rect", second + 1)
    assert not drawing.take([], "rect", second)
    assert drawing.now.exact == ((one,), 1.0)


def test_another_canvas_changes_nothing_of_what_counts() -> None:
    """Zoom and window fit the drawing to the canvas; what is sent stays as it was drawn, to the last digit."""
    drawing, one = Drawing(), rectangle(0.1, 0.7, 50.3, 33.3)
    drawing.take([one], "rect", drawing.loads)
    before = drawing.now.exact
    for scale in (0.813, 1.7, 0.3333):
        drawing.rescale(scale)
        assert drawing.now.objects[0]["left"] == 0.1 * scale
    assert drawing.now.exact == before

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
    drawing.take([brushed], "brush")
    drawing.take([{**brushed, "left": 80}], "lasso")
    assert drawing.now.objects[0]["fill"] is None
    drawing.take([*drawing.now.objects, stroke((20, 20), (60, 20), (60, 60))], "lasso")
    moved, lasso = drawing.now.objects
    assert moved["fill"] is None
    assert lasso["fill"] == lasso["stroke"]
    assert lasso["path"][-1] == ["Z"]


def test_a_moved_corner_is_a_change_and_the_same_again_is_none() -> None:
    """A polygon's corner may move without its outer size changing: that is a step as well."""
    drawing = Drawing()
    before = polygon((0, 0), (100, 0), (100, 100), (50, 50), (0, 100))
    assert drawing.take([before], "polygon")
    assert not drawing.take([dict(before)], "polygon")
    bent = {**before, "path": [*before["path"][:3], ["L", 40, 60], *before["path"][4:]]}
    assert drawing.take([bent], "polygon")
    drawing.move(-1)
    assert drawing.now.objects == (before,)


def test_a_step_back_waits_for_the_canvas() -> None:
    """After an undo the canvas holds the old state for a moment, which does not count as drawn anew."""
    drawing, one = Drawing(), rectangle(0, 0, 50, 50)
    drawing.take([one], "rect")
    drawing.move(-1)
    assert not drawing.take([one], "rect")
    assert drawing.is_empty
    assert drawing.can_redo

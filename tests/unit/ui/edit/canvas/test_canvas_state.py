"""The history of a drawing, without a browser: what counts as a change, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from components.images.masks.from_drawing import mask_from_drawing
from components.images.selection.clicks import Clicks
from components.ui.edit.canvas.objects import (
    CUT,
    ERASER,
    KEEP,
    PAINT,
    Objects,
    drawn,
    is_eraser,
    outline,
    soft_color,
    softness,
)
from components.ui.edit.canvas.state import MAX_STEPS, CanvasDrawing, ObjectSelection, Step
from tests.unit.images.drawings import RECORDED, rectangle, stroke, values

A = stroke((20, 20), (120, 40))
B = stroke((200, 200), (300, 250))
C = rectangle(50, 150, 60, 40)
IMAGE = (400, 300)


def painted(objects: Sequence[Mapping[str, Any]], scale: float = 1.0) -> NDArray[np.float64]:
    """What is painted on the image, 0 to 1, when these objects lie on a canvas of this scale."""
    canvas = (IMAGE[0] * scale, IMAGE[1] * scale)
    return values(mask_from_drawing({"objects": list(drawn(objects))}, IMAGE, canvas))


def after(*states: Sequence[Mapping[str, Any]]) -> CanvasDrawing:
    """A drawing whose canvas showed one after the other."""
    made = CanvasDrawing()
    for state in states:
        assert made.take(state, made.loads)
    return made


def as_canvas_hands_back(objects: Objects) -> list[Mapping[str, Any]]:
    """The same, as the canvas tells it after showing it: numbers are a little off."""
    return [{**one, "left": one["left"] + 0.004, "top": one["top"] - 0.004} for one in objects]


def test_nothing_is_drawn_at_first() -> None:
    """An empty drawing has no way back or forth, and an empty canvas is no step."""
    made = CanvasDrawing()
    assert made.is_empty
    assert not made.take([], made.loads)
    assert (made.can_undo, made.can_redo) == (False, False)
    made.move(-1)
    made.move(1)
    assert made.now == Step()


def test_each_stroke_is_a_step_and_undo_takes_back_one() -> None:
    """Undo and redo walk through the strokes; past either end nothing happens."""
    made = after([A], [A, B])
    assert made.now.objects == (A, B)
    seen = []
    for by in (-1, -1, -1, 1, 1, 1):
        made.move(by)
        seen.append((made.now.objects, made.can_undo, made.can_redo))
    none, one, two = ((), False, True), ((A,), True, True), ((A, B), True, False)
    assert seen == [one, none, none, one, two, two]
    assert made.loaded == (A, B)


def test_the_same_canvas_again_is_no_step() -> None:
    """Reruns tell the canvas's state over and over, with numbers a little off; none of them is something drawn."""
    made = after([A], [A, B])
    for _ in range(5):
        assert not made.take([A, B], made.loads)
        assert not made.take(as_canvas_hands_back(made.now.objects), made.loads)
    assert len(made.steps) == 3


def test_a_stroke_after_undo_ends_what_was_taken_back() -> None:
    """There is nothing to redo when something new was drawn in its place."""
    made = after([A], [A, B])
    made.move(-1)
    assert made.take([A, C], made.loads)
    assert not made.can_redo
    assert made.now.objects == (A, C)
    made.move(-1)
    assert made.now.objects == (A,)


def test_a_canvas_put_up_anew_shows_all_and_loses_nothing() -> None:
    """Leaving the page and coming back loads the drawing; an empty canvas on the way says nothing."""
    made = after([A, B])
    for _ in range(3):
        made.load()
        assert made.loaded == (A, B)
        assert not made.take([A, B], made.loads)
    assert made.now.objects == (A, B)


def test_the_oldest_steps_are_let_go() -> None:
    """History is bounded; the newest steps stay, in their order."""
    made = CanvasDrawing()
    states = [[stroke((0, 0), (number, 9))] for number in range(1, MAX_STEPS + 20)]
    for state in states:
        made.take(state, made.loads)
    assert len(made.steps) == MAX_STEPS
    assert made.now.objects == tuple(states[-1])
    for _ in range(MAX_STEPS * 2):
        made.move(-1)
    assert made.now.objects == tuple(states[-MAX_STEPS])


def test_clear_can_be_taken_back() -> None:
    """Clear is a step as any other."""
    made = after([A, B])
    made.add(Step((), made.now.scale), load=True)
    assert made.is_empty
    assert made.loaded == ()
    made.move(-1)
    assert made.now.objects == (A, B)


def test_a_base_stays_beneath_strokes() -> None:
    """A mask that was made otherwise is what is drawn upon, until a step has another; alone it is not nothing."""
    made = CanvasDrawing()
    made.add(Step((), 1.0, "ab" * 32), load=True)
    assert not made.is_empty
    assert made.take([A], made.loads)
    assert made.take([A, {**B, "stroke": KEEP}], made.loads)
    made.rescale(2.0)
    assert made.now.base == "ab" * 32
    made.move(-1)
    made.move(-1)
    assert (made.now.base, made.now.objects) == ("ab" * 32, ())
    made.move(-1)
    assert made.is_empty


@pytest.mark.parametrize("scale", [0.5, 2.0, 3.7])
def test_zooming_moves_nothing_on_the_image(scale: float) -> None:
    """Everything that can be drawn covers the same of the image on a canvas of another size."""
    made = after(RECORDED["objects"])
    before = painted(made.now.objects)
    made.rescale(scale)
    assert made.now.scale == scale
    assert made.loaded == made.now.objects
    now = painted(made.now.objects, scale)
    assert before.mean() > 0.05
    assert np.abs(before - now).mean() < 0.004
    made.rescale(1.0)
    assert np.abs(before - painted(made.now.objects)).mean() < 0.0005


def test_undo_after_zooming_fits_the_canvas_as_it_is_now() -> None:
    """Steps from before a zoom come back where they were on the image."""
    made = after([A], [A, C])
    made.rescale(2.0)
    made.move(-1)
    assert made.now.scale == 2.0
    assert np.abs(painted([A]) - painted(made.now.objects, 2.0)).mean() < 0.002


def test_a_line_gets_an_arrow_s_head() -> None:
    """Only the arrow's tool draws lines: more is painted than the line, all of it near it."""
    line = next(one for one in RECORDED["objects"] if str(one["type"]).lower() == "line")
    arrow = after([line])
    assert painted(arrow.now.objects).sum() > painted([line]).sum()
    assert arrow.loaded == arrow.now.objects
    assert not arrow.take(as_canvas_hands_back(arrow.now.objects), arrow.loads)


def test_the_eraser_cuts_what_was_painted_before_it() -> None:
    """Its strokes paint nothing, what is drawn later is not cut, and the canvas need not be loaded anew for it."""
    wipe = {**stroke((0, 30), (200, 30), width=60), "stroke": KEEP}
    made = after([A], [A, wipe], [A, wipe, stroke((20, 20), (60, 20))])
    mask = painted(made.now.exact[0])
    assert mask[38, 110] == 0, "erased"
    assert mask[20, 40] == 1, "drawn after the eraser"
    assert made.loads == 1


def test_over_markup_the_eraser_cuts_at_once() -> None:
    """Markup has colors of its own, so the canvas itself must cut: its stroke is loaded anew as a real cut."""
    wipe = {**stroke((0, 30), (200, 30), width=60), "stroke": ERASER}
    made = after([A], [A, wipe])
    assert [one.get("globalCompositeOperation") for one in made.loaded] == [None, CUT]
    assert not made.take(as_canvas_hands_back(made.now.objects), made.loads)
    assert len(made.steps) == 3


def test_a_click_without_a_drag_is_no_step() -> None:
    """A rectangle or circle of no size paints nothing; what is drawn after it is one step."""
    made, nothing = CanvasDrawing(), rectangle(10, 10, 0, 0)
    assert not made.take([nothing], made.loads)
    assert made.take([nothing, A], made.loads)
    assert made.now.objects == (A,)
    assert made.loads == 1


def polygon(*points: tuple[float, float]) -> dict[str, Any]:
    """A closed path through these points."""
    return {**stroke(*points), "path": [["M", *points[0]], *(["L", *point] for point in points[1:]), ["Z"]]}


def test_a_lasso_is_a_filled_outline_that_can_be_moved() -> None:
    """Its outline is an object like any other; one that takes away is an eraser's."""
    line = outline([(20, 20), (60, 20), (60, 60)], cuts=False)
    made = CanvasDrawing()
    made.add(Step((line,)), load=True)
    assert (line["left"], line["top"], line["width"], line["height"]) == (40, 40, 40, 40)
    assert not made.take([line], made.loads)
    assert made.take([{**line, "left": 80}], made.loads)
    assert "globalCompositeOperation" not in drawn([line])[0]
    assert drawn([outline([(0, 0), (9, 0), (9, 9)], cuts=True)])[0]["globalCompositeOperation"] == CUT


@pytest.mark.parametrize("color", [PAINT, KEEP])
def test_a_brushs_hardness_is_in_its_color(color: str) -> None:
    """A soft stroke says how soft it is, and still whether it paints or erases; a chosen color says nothing."""
    for hardness in range(0, 101, 10):
        one = {**stroke((0, 0), (9, 9)), "stroke": soft_color(color, hardness)}
        assert softness(one) == pytest.approx(1 - hardness / 100)
        assert is_eraser(one) is (color == KEEP)
        assert drawn([one])[0].get("softness", 0) == softness(one)
    assert soft_color(color, 100) == color
    assert not softness({"stroke": "#f50000"})
    assert not is_eraser({"stroke": "#00f500"})


def test_a_selection_ends_with_the_next_stroke_and_comes_back_with_undo() -> None:
    """Clicks on an object go on after another size of the canvas, not after a stroke."""
    selection = ObjectSelection(Clicks(inside=((0.5, 0.5),)))
    made = CanvasDrawing()
    made.add(Step((), 1.0, "a" * 64, selection=selection), load=True)
    made.rescale(2.0)
    assert made.now.selection == selection
    assert made.take([A], made.loads)
    assert made.now.selection is None
    made.move(-1)
    assert made.now.selection == selection


def test_a_moved_corner_is_a_change_and_the_same_again_is_none() -> None:
    """A polygon's corner may move without its outer size changing: that is a step as well."""
    drawing = CanvasDrawing()
    before = polygon((0, 0), (100, 0), (100, 100), (50, 50), (0, 100))
    assert drawing.take([before], drawing.loads)
    assert not drawing.take([dict(before)], drawing.loads)
    bent = {**before, "path": [*before["path"][:3], ["L", 40, 60], *before["path"][4:]]}
    assert drawing.take([bent], drawing.loads)
    drawing.move(-1)
    assert drawing.now.objects == (before,)


def test_what_the_canvas_says_of_an_earlier_load_counts_no_more() -> None:
    """After an undo or another zoom late answers about the old state come in; they are not drawn anew."""
    drawing, one = CanvasDrawing(), rectangle(0, 0, 50, 50)
    first = drawing.loads
    drawing.take([one], first)
    drawing.move(-1)
    assert not drawing.take([one], first)
    assert drawing.is_empty
    assert drawing.can_redo
    drawing.move(1)
    second = drawing.loads
    drawing.rescale(2.0)
    drawing.rescale(0.5)
    assert not drawing.take([{**one, "scaleX": 2.0, "scaleY": 2.0}], second + 1)
    assert not drawing.take([], second)
    assert drawing.now.exact == ((one,), 1.0)


def test_what_is_drawn_while_a_load_is_on_its_way_is_kept() -> None:
    """After an undo, a lasso or a zoom the canvas still shows the state before: a stroke drawn there counts, once."""
    made = after([A], [A, B])
    shown = made.loads
    made.move(-1)
    assert made.take([A, B, C], shown)
    assert not made.take([A, B, C], shown), "told once more"
    assert made.now.objects == (A, C)
    assert made.loaded == (A, C)

    shown = made.loads
    made.rescale(2.0)
    late = stroke((20, 20), (60, 20), (60, 60))
    assert made.take([A, C, late], shown)
    assert np.abs(painted([late, A, C]) - painted(made.now.objects, 2.0)).mean() < 0.002

    assert not made.take([B, A, C, late], shown), "what moved on a canvas that is gone"


def test_another_canvas_changes_nothing_of_what_counts() -> None:
    """Zoom and window fit the drawing to the canvas; what is sent stays as it was drawn, to the last digit."""
    drawing, one = CanvasDrawing(), rectangle(0.1, 0.7, 50.3, 33.3)
    drawing.take([one], drawing.loads)
    before = drawing.now.exact
    for scale in (0.813, 1.7, 0.3333):
        drawing.rescale(scale)
        assert drawing.now.objects[0]["left"] == 0.1 * scale
    assert drawing.now.exact == before

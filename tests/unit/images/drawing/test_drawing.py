"""The mask shows what the person drew, at the image's full size: place, form and order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from components.images.drawing.fabric import read_drawing
from components.images.masks.from_drawing import mask_from_drawing
from tests.unit.images.drawings import (
    CANVAS,
    ERASER,
    MEASURED,
    RECORDED,
    area_and_center,
    drawing,
    rectangle,
    stroke,
    values,
)

DOT = stroke((50, 40), (50.04, 40), width=20)


@pytest.mark.parametrize("case", MEASURED, ids=lambda case: f"{case['object']['type']}-{case['area']:.0f}")
@pytest.mark.parametrize("scale", [1, 3])
def test_objects_are_where_the_browser_draws_them(case: dict[str, Any], scale: int) -> None:
    """Every kind of object covers the same area and place as in Fabric in Chromium, at any scale."""
    size = (CANVAS[0] * scale, CANVAS[1] * scale)
    area, x, y = area_and_center(mask_from_drawing(drawing(case["object"]), size, CANVAS))
    assert area / scale**2 == pytest.approx(case["area"], rel=0.012)
    assert (x / scale, y / scale) == pytest.approx(case["center"], abs=0.4)


def test_a_drawing_by_hand_is_read_completely() -> None:
    """Strokes, dots, rectangles, circle, line, polygon and text of the real canvas are all read, each in its place."""
    mask = mask_from_drawing(RECORDED, (1600, 1200), CANVAS)
    painted = values(mask)
    inside = {"stroke": (85, 55), "dot": (200, 40), "rectangle": (260, 130), "dragged back": (355, 40)}
    inside |= {"circle": (90, 220), "line": (185, 240), "polygon": (295, 230)}
    for what, (x, y) in inside.items():
        assert painted[y * 4 + 2, x * 4 + 2] == 1, what
    assert painted[100 * 4 : 160 * 4, 220 * 4 : 300 * 4].min() == 1, "the rectangle's corners are its own"
    assert painted[:, 301 * 4].sum() == pytest.approx(painted[:, 301 * 4 + 1].sum(), abs=8)
    assert painted[290 * 4 :, :].sum() == 0
    assert painted[20 * 4 : 40 * 4, 15 * 4 : 45 * 4].sum() > 300, "the text's letters"


@pytest.mark.parametrize(
    ("image", "canvas"),
    [((400, 300), (400, 300)), ((4000, 3000), (390, 292.5)), ((300, 400), (864, 1152)), ((3840, 2160), (640, 360))],
)
def test_places_scale_with_the_image(image: tuple[int, int], canvas: tuple[float, float]) -> None:
    """A rectangle over the middle third is there to the pixel, however the canvas was shown."""
    across, down = canvas
    mask = mask_from_drawing(drawing(rectangle(across / 4, down / 4, across / 2, down / 2)), image, canvas)
    width, height = image
    assert mask.getbbox() == (width // 4, height // 4, width * 3 // 4, height * 3 // 4)
    assert values(mask).sum() == pytest.approx(width * height / 4, rel=1e-6)


def test_edges_are_antialiased_by_their_share() -> None:
    """A rectangle that covers 40% of a column of pixels paints them at 40%."""
    painted = values(mask_from_drawing(drawing(rectangle(10.6, 10, 20, 10)), (50, 40), (50, 40)))
    assert painted[15, 10] == pytest.approx(0.4, abs=0.005)
    assert painted[15, 11] == 1
    assert painted[15, 30] == pytest.approx(0.6, abs=0.005)


def test_the_eraser_cuts_what_was_painted_before_it_and_nothing_after() -> None:
    """Paint, erase, paint: the order counts."""
    objects = [
        stroke((20, 50), (180, 50), width=30),
        stroke((100, 20), (100, 80), width=20, **ERASER),
        stroke((100, 45), (100, 55), width=6),
    ]
    painted = values(mask_from_drawing(drawing(*objects), (200, 100), (200, 100)))
    assert painted[50, 60] == 1
    assert painted[50, 93] == 0
    assert painted[50, 100] == 1
    assert painted[25, 100] == 0


def test_the_eraser_cuts_the_mask_that_is_drawn_on() -> None:
    """A base below the drawing is cut and added to; the base itself stays as it was."""
    base = Image.new("L", (100, 100))
    base.paste(255, (0, 0, 50, 100))
    objects = [stroke((25, 20), (25, 80), width=10, **ERASER), stroke((75, 50), (80, 50), width=10)]
    painted = values(mask_from_drawing(drawing(*objects), (100, 100), (100, 100), start=base))
    assert (painted[50, 25], painted[50, 10], painted[50, 77], painted[10, 70]) == (0, 1, 1, 0)
    assert base.getpixel((25, 50)) == 255


def test_a_lasso_is_a_stroke_with_a_fill() -> None:
    """A free stroke with a fill covers what it encloses, closed or not, also where it crosses itself."""
    loop = [(20, 20), (80, 20), (80, 80), (20, 80)]
    for closing in ([], [["Z"]]):
        lasso = stroke(*loop, width=2, fill="#e0245e")
        lasso["path"] = [*lasso["path"], *closing]
        assert mask_from_drawing(drawing(lasso), (100, 100), (100, 100)).getpixel((50, 50)) == 255
    twice = stroke(*loop, *loop, *loop[:1], width=2, fill="red")
    assert mask_from_drawing(drawing(twice), (100, 100), (100, 100)).getpixel((50, 50)) == 255
    assert mask_from_drawing(drawing(stroke(*loop, width=2)), (100, 100), (100, 100)).getpixel((50, 50)) == 0


def test_polygons_that_turn_either_way_add_up() -> None:
    """Two overlapping polygons, one clockwise and one not, do not cancel each other."""
    points = [{"x": 0, "y": 0}, {"x": 60, "y": 0}, {"x": 60, "y": 60}, {"x": 0, "y": 60}]
    shape = {"type": "Polygon", "fill": "red", "strokeWidth": 0, "originX": "center", "originY": "center"}
    one = {**shape, "left": 40, "top": 40, "points": points}
    other = {**shape, "left": 60, "top": 60, "points": points[::-1]}
    painted = values(mask_from_drawing(drawing(one, other), (100, 100), (100, 100)))
    assert painted.sum() == pytest.approx(2 * 3600 - 1600)
    assert painted[50, 50] == 1


def test_a_pen_is_stretched_with_its_object_unless_it_is_uniform() -> None:
    """strokeUniform keeps the line's width when a shape is stretched."""
    line = {"type": "Rect", "left": 100, "top": 50, "width": 40, "height": 20, "fill": None, "stroke": "red"}
    line |= {"strokeWidth": 4, "scaleX": 3, "scaleY": 1, "originX": "center", "originY": "center"}
    stretched = mask_from_drawing(drawing(line), (200, 100), (200, 100))
    uniform = mask_from_drawing(drawing({**line, "strokeUniform": True}), (200, 100), (200, 100))
    assert stretched.getbbox() == (34, 38, 166, 62)
    assert uniform.getbbox() == (38, 38, 162, 62)


def test_groups_place_their_objects() -> None:
    """Objects in a group move, rotate and stretch with it."""
    inner = {**rectangle(-10, -5, 20, 10)}
    group = {"type": "Group", "left": 50, "top": 50, "width": 20, "height": 10, "strokeWidth": 0, "angle": 90}
    group |= {"scaleX": 2, "scaleY": 2, "originX": "center", "originY": "center", "objects": [inner]}
    assert mask_from_drawing(drawing(group), (100, 100), (100, 100)).getbbox() == (40, 30, 60, 70)


@pytest.mark.parametrize("version", ["5.3.0", "7.4.0", ""])
def test_a_missing_origin_has_the_default_of_its_fabric_version(version: str) -> None:
    """Before Fabric 7 an object's place was its upper left corner, since then it is its center."""
    shape = {"type": "rect", "left": 50, "top": 50, "width": 20, "height": 20, "fill": "red", "strokeWidth": 0}
    box = mask_from_drawing({"version": version, "objects": [shape]}, (100, 100), (100, 100)).getbbox()
    assert box == ((50, 50, 70, 70) if version.startswith("5") else (40, 40, 60, 60))


BROKEN: list[Any] = [
    None,
    "text",
    {},
    {"type": "Unheard"},
    {"type": "Path"},
    {"type": "Path", "path": "M 0 0"},
    {"type": "Path", "path": [["M", 0, 0], ["A", 1, 2, 3]]},
    {"type": "Path", "path": [["M", float("nan"), 0], ["L", 1, 1]], "stroke": "red"},
    {"type": "Polygon", "points": [{"x": 1}], "fill": "red"},
    {"type": "Polygon", "points": [], "fill": "red"},
    {"type": "Rect", "left": float("inf"), "width": 5, "height": 5},
    {"type": "Rect", "left": "here", "width": 5, "height": 5},
    {"type": "Rect", "width": 1e300, "height": 5, "fill": "red"},
    {"type": "Circle", "radius": 5, "fill": "red", "scaleX": 0, "strokeWidth": 1, "stroke": "red"},
    {"type": "IText", "text": "x", "fontSize": float("nan"), "fill": "red"},
    {**rectangle(0, 0, 9, 9), "visible": False},
    {**rectangle(0, 0, 9, 9), "opacity": 0},
    {**rectangle(0, 0, 9, 9), "fill": "transparent"},
    {**rectangle(0, 0, 9, 9), "originX": "middle"},
]


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_malformed_objects_are_left_out(broken: Any) -> None:
    """One broken or hidden object does not spoil the rest of the drawing."""
    mask = mask_from_drawing(drawing(broken, DOT), (100, 100), (100, 100))
    alone = mask_from_drawing(drawing(DOT), (100, 100), (100, 100))
    assert values(alone).sum() == pytest.approx(np.pi * 100, rel=0.01)
    assert (values(mask) == values(alone)).all()


@pytest.mark.parametrize("empty", [None, {}, {"objects": None}, {"objects": []}, {"objects": {"a": 1}}])
def test_nothing_drawn_paints_nothing(empty: Any) -> None:
    """A canvas that has not answered yet makes an empty mask."""
    assert mask_from_drawing(empty, (30, 20), (30, 20)).getextrema() == (0, 0)


def test_invalid_sizes_are_errors() -> None:
    """A canvas without a size and a base of another size are mistakes of the caller."""
    with pytest.raises(ValueError, match="no scale"):
        mask_from_drawing(drawing(DOT), (10, 10), (0, 10))
    with pytest.raises(ValueError, match="the mask to draw on"):
        mask_from_drawing(drawing(DOT), (10, 10), (10, 10), start=Image.new("L", (9, 9)))


def test_a_gradient_paints_and_an_arc_is_an_arc() -> None:
    """Fills that are not one color still fill; a part of a circle stays a part."""
    half = {"type": "Circle", "radius": 40, "left": 50, "top": 50, "startAngle": 0, "endAngle": 180, "strokeWidth": 0}
    painted = values(mask_from_drawing(drawing({**half, "fill": {"type": "linear"}}), (100, 100), (100, 100)))
    assert painted.sum() == pytest.approx(np.pi * 1600 / 2, rel=0.01)
    assert painted[30, 50] == 0
    assert painted[70, 50] == 1


def test_shapes_are_read_in_their_order() -> None:
    """The lowest object comes first."""
    shapes = read_drawing(drawing(DOT, rectangle(0, 0, 5, 5)), (100, 100), (50, 50))
    assert [shape.form.convex for shape in shapes] == [False, True]
    assert shapes[0].matrix[0] == 2

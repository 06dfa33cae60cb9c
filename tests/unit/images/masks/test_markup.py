"""Markup is drawn in its colors, over a see-through image of the same size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.images.drawing.arrows import with_arrows
from components.images.drawing.colors import read_color
from components.images.masks.from_drawing import mask_from_drawing
from components.images.masks.markup import markup_from_drawing, markup_png
from tests.unit.images.drawings import CANVAS, ERASER, RECORDED, drawing, rectangle, stroke
from tests.unit.images.odd_images import opened

LINE = {"type": "Line", "left": 100, "top": 50, "x1": -60, "y1": 0, "x2": 60, "y2": 0, "stroke": "blue"}
LINE |= {"strokeWidth": 6, "originX": "center", "originY": "center", "fill": "blue"}


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("red", (255, 0, 0, 255)),
        ("#e0245e", (224, 36, 94, 255)),
        ("#0f08", (0, 255, 0, 136)),
        ("rgb(1, 2, 3)", (1, 2, 3, 255)),
        ("rgba(255, 165, 0, 0.3)", (255, 165, 0, 76)),
        ("RGB(100% 0% 50% / 50%)", (255, 0, 128, 128)),
        ("hsl(120, 100%, 50%)", (0, 255, 0, 255)),
        ("hsla(240deg 100% 50% / 0)", (0, 0, 255, 0)),
        ("no color", (0, 0, 0, 255)),
        ("rgb(1,2)", (0, 0, 0, 255)),
        ("rgba(a,b,c,d)", (0, 0, 0, 255)),
    ],
)
def test_colors_of_css_are_read(text: str, color: tuple[int, ...]) -> None:
    """Colors are read as the canvas and the color picker write them; anything else is black."""
    assert read_color(text) == color


def test_each_object_has_its_colors_in_its_order() -> None:
    """Fill below line, later objects above earlier ones, opacity and color's own alpha together."""
    box = rectangle(20, 20, 60, 60, fill="rgba(0, 0, 255, 0.5)", stroke="lime", strokeWidth=10)
    over = rectangle(50, 50, 30, 30, fill="red", opacity=0.5)
    layer = markup_from_drawing(drawing(box, over), (200, 200), (100, 100))
    assert layer.mode == "RGBA"
    assert layer.getpixel((90, 90)) == (0, 0, 255, 128)
    assert layer.getpixel((50, 100)) == (0, 255, 0, 255)
    red, green, blue, alpha = layer.getpixel((120, 120))
    assert (alpha, green) == (192, 0)
    assert (red, blue) == (pytest.approx(170, abs=2), pytest.approx(85, abs=2))
    assert layer.getpixel((10, 10)) == (0, 0, 0, 0)


def test_edges_have_the_pens_own_color() -> None:
    """No dark fringe: half-covered pixels have half the alpha and the full color."""
    layer = np.asarray(markup_from_drawing(drawing(rectangle(10.5, 10, 20, 20, fill="white")), (50, 50), (50, 50)))
    assert tuple(layer[20, 10]) == (255, 255, 255, 128)


def test_the_eraser_leaves_nothing() -> None:
    """Erased parts are see-through again."""
    objects = [stroke((10, 50), (90, 50), width=30), stroke((50, 10), (50, 90), width=10, **ERASER)]
    layer = markup_from_drawing(drawing(*objects), (100, 100), (100, 100))
    assert (layer.getpixel((50, 50))[3], layer.getpixel((30, 50))[3]) == (0, 255)


@pytest.mark.parametrize("angle", [0, 90, 217])
def test_lines_are_arrows_that_point_where_they_end(angle: int) -> None:
    """The head is at the line's second point, however the line was rotated since."""
    layer = markup_from_drawing(drawing({**LINE, "angle": angle}), (400, 400), (200, 200))
    alpha = np.asarray(layer)[..., 3].astype(float)
    y, x = np.mgrid[0:400, 0:400] + 0.5
    turn = np.radians(angle)
    along = ((x - 200) * np.cos(turn) + (y - 100) * np.sin(turn)) / 2
    across = np.abs((y - 100) * np.cos(turn) - (x - 200) * np.sin(turn)) / 2
    wide = [across[(np.abs(along - place) < 1) & (alpha > 128)].max() for place in (-40, 0, 42)]
    assert wide[0] == pytest.approx(3, abs=0.6)
    assert wide[1] == pytest.approx(3, abs=0.6)
    assert wide[2] > 9
    assert along[alpha > 128].max() == pytest.approx(63, abs=1)


def test_arrows_are_paths_that_the_canvas_keeps() -> None:
    """A line becomes one path in its place; everything else, and a broken line, stays as it is."""
    objects: list[Any] = [LINE, rectangle(1, 1, 5, 5), {**LINE, "x1": "?"}, None]
    changed = with_arrows({"version": "7.4.0", "objects": objects})
    arrow = changed["objects"][0]
    assert (arrow["type"], arrow["fill"], arrow["stroke"]) == ("Path", None, "blue")
    assert [command[0] for command in arrow["path"]] == ["M", "L", "M", "L", "L"]
    assert changed["objects"][1:] == objects[1:]
    assert with_arrows(changed) == changed
    assert with_arrows(None) == {"objects": []}
    covered = mask_from_drawing(changed, (200, 100), (200, 100)).getpixel((100, 50))
    assert covered == 255


def test_text_is_written_in_its_place_and_color() -> None:
    """The recorded text is blue, inside its own box, and rotates with it."""
    text = next(one for one in RECORDED["objects"] if one["type"] == "IText")
    for angle in (0, 90):
        layer = markup_from_drawing(drawing({**text, "angle": angle}), (1600, 1200), CANVAS)
        box = layer.getbbox()
        assert box is not None
        x = text["left"] * 4
        half = (text["width"] * 2, text["height"] * 2) if angle == 0 else (text["height"] * 2, text["width"] * 2)
        assert box[0] >= x - half[0] - 2
        assert box[2] <= x + half[0] + 2
        assert box[2] - box[0] > half[0]
        pixels = np.asarray(layer)
        assert set(map(tuple, pixels[pixels[..., 3] > 0][:, :3])) == {(0, 0, 255)}


@pytest.mark.parametrize(
    "change", [{"text": ""}, {"text": None}, {"fontSize": 0}, {"width": 0}, {"left": 5000}, {"scaleX": 0}]
)
def test_invisible_text_is_not_an_error(change: dict[str, Any]) -> None:
    """Empty, sizeless or outside: nothing is drawn."""
    text = next(one for one in RECORDED["objects"] if one["type"] == "IText")
    assert markup_from_drawing(drawing({**text, **change}), (400, 300), CANVAS).getbbox() is None


@pytest.mark.parametrize("align", ["left", "center", "right"])
def test_lines_of_text_keep_their_alignment(align: str) -> None:
    """The shorter line stands left, in the middle or right."""
    text = {"type": "Text", "left": 100, "top": 50, "width": 120, "height": 49, "fontSize": 20, "text": "i\nwwwwwwww"}
    text |= {"fill": "red", "textAlign": align, "originX": "center", "originY": "center"}
    layer = markup_from_drawing(drawing(text), (200, 100), (200, 100))
    first = layer.crop((0, 25, 200, 48)).getbbox()
    assert first is not None
    assert {"left": first[0] < 60, "center": 90 < first[0] < 110, "right": first[0] > 140}[align]


def test_the_file_is_a_png_of_the_images_size(tmp_path: Path) -> None:
    """Alpha and size are what the API requires."""
    made = markup_png(markup_from_drawing(RECORDED, (1200, 900), CANVAS), tmp_path)
    pixels = opened(made.path)
    assert (pixels.mode, pixels.size, made.width, made.height) == ("RGBA", (1200, 900), 1200, 900)
    assert (made.content_type, made.has_alpha, made.name) == ("image/png", True, "markup.png")

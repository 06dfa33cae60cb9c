"""Markup: what was drawn over an image in colors, as a see-through PNG of the image's size."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops

from components.images.drawing.arrows import with_arrows
from components.images.drawing.colors import read_color
from components.images.drawing.edges import area_edges, line_edges
from components.images.drawing.fabric import DrawnShape, read_drawing
from components.images.drawing.rasterizer import Edges, box_of, rasterize
from components.images.drawing.text import letters
from components.images.writing import PNG, keep_file
from components.parameters import InputImage


def markup_from_drawing(
    drawing: Mapping[str, Any] | None, image_size: tuple[int, int], canvas_size: tuple[float, float]
) -> Image.Image:
    """Return an RGBA image of `image_size` (width, height): colors where drawn, alpha 0 in all other places.

    `drawing` is the canvas's JSON, `canvas_size` the size of the canvas it was drawn on, in its pixels. Objects lie
    over each other in their order, each with its fill below its line; lines are drawn as arrows (see `with_arrows`);
    an eraser's objects ("destination-out") cut what lies below. Objects that cannot be read are left out.
    """
    layer = Image.new("RGBA", image_size)
    for shape in read_drawing(with_arrows(drawing), image_size, canvas_size):
        if shape.fill:
            _lay_edges(layer, area_edges(shape), shape.fill, shape)
            _lay_letters(layer, shape.fill, shape)
        if shape.stroke:
            _lay_edges(layer, line_edges(shape), shape.stroke, shape)
    return layer


def _lay_edges(layer: Image.Image, edges: Edges, color: str, shape: DrawnShape) -> None:
    box = box_of(edges, *layer.size)
    if box is not None:
        _lay(layer, Image.fromarray(rasterize(edges, box)), box[:2], color, shape)


def _lay_letters(layer: Image.Image, color: str, shape: DrawnShape) -> None:
    written = letters(shape, layer.size)
    if written is not None:
        _lay(layer, *written, color, shape)


def _lay(layer: Image.Image, where: Image.Image, place: tuple[int, int], color: str, shape: DrawnShape) -> None:
    box = (*place, place[0] + where.width, place[1] + where.height)
    red, green, blue, opacity = read_color(color)
    strength = opacity / 255 * shape.opacity
    where = where.point(lambda value: value * strength)
    below = layer.crop(box)
    if shape.erases:
        below.putalpha(ImageChops.multiply(below.getchannel("A"), ImageChops.invert(where)))
    else:
        over = Image.new("RGBA", where.size, (red, green, blue))
        over.putalpha(where)
        below.alpha_composite(over)
    layer.paste(below, box)


def markup_png(layer: Image.Image, into: Path) -> InputImage:
    """Write the markup as it is sent, a PNG with alpha, into the folder `into`."""
    file = io.BytesIO()
    layer.save(file, "PNG", compress_level=6)
    return keep_file(file.getvalue(), PNG, "markup.png", layer.size, True, into)

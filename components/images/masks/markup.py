"""Markup: what was drawn over a picture in colours, as a see-through PNG of the picture's size."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops

from components.images.drawing.arrows import with_arrows
from components.images.drawing.colors import read_colour
from components.images.drawing.edges import area_edges, line_edges
from components.images.drawing.fabric import DrawnShape, read_drawing
from components.images.drawing.rasterizer import Edges, box_of, rasterise
from components.images.drawing.text import letters
from components.images.writing import PNG, keep_file
from components.parameters import InputImage


def markup_from_drawing(
    drawing: Mapping[str, Any] | None, picture_size: tuple[int, int], canvas_size: tuple[float, float]
) -> Image.Image:
    """An RGBA image of `picture_size` (width, height): colours where drawn, alpha 0 elsewhere.

    `drawing` is the canvas's JSON, `canvas_size` the size of the canvas it was drawn on, in its pixels. Objects lie
    over each other in their order, each with its fill below its line; lines are drawn as arrows (see `with_arrows`);
    an eraser's objects ("destination-out") cut what lies below. Objects that cannot be read are left out.
    """
    layer = Image.new("RGBA", picture_size)
    for shape in read_drawing(with_arrows(drawing), picture_size, canvas_size):
        if shape.fill:
            _lay_edges(layer, area_edges(shape), shape.fill, shape)
            _lay_letters(layer, shape.fill, shape)
        if shape.stroke:
            _lay_edges(layer, line_edges(shape), shape.stroke, shape)
    return layer


def _lay_edges(layer: Image.Image, edges: Edges, colour: str, shape: DrawnShape) -> None:
    box = box_of(edges, *layer.size)
    if box is not None:
        _lay(layer, Image.fromarray(rasterise(edges, box)), box[:2], colour, shape)


def _lay_letters(layer: Image.Image, colour: str, shape: DrawnShape) -> None:
    written = letters(shape, layer.size)
    if written is not None:
        _lay(layer, *written, colour, shape)


def _lay(layer: Image.Image, where: Image.Image, place: tuple[int, int], colour: str, shape: DrawnShape) -> None:
    box = (*place, place[0] + where.width, place[1] + where.height)
    red, green, blue, opacity = read_colour(colour)
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
    """The markup as it is sent: a PNG with alpha, written into the folder `into`."""
    file = io.BytesIO()
    layer.save(file, "PNG", compress_level=6)
    return keep_file(file.getvalue(), PNG, "markup.png", layer.size, True, into)

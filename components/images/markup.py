"""Markup: what was drawn over a picture in colours, as a see-through PNG of the picture's size."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops

from components.images.colours import read_colour
from components.images.fabric import Shape, read_drawing
from components.images.painting import paint
from components.parameters import InputImage


def markup_from_drawing(
    drawing: Mapping[str, Any] | None, picture_size: tuple[int, int], canvas_size: tuple[float, float]
) -> Image.Image:
    """An RGBA image of `picture_size` (width, height): colours where drawn, alpha 0 elsewhere.

    `drawing` is the canvas's JSON, `canvas_size` the size of the canvas it was drawn on, in its pixels.
    """
    layer = Image.new("RGBA", picture_size, (0, 0, 0, 0))
    for shape in read_drawing(drawing, picture_size, canvas_size):
        if shape.erases:
            gone = _coverage(shape, picture_size)
            layer.putalpha(ImageChops.subtract(layer.getchannel("A"), gone))
            continue
        for part, colour in ((replace(shape, stroke=None), shape.fill), (replace(shape, fill=None), shape.stroke)):
            if colour:
                _lay(layer, _coverage(part, picture_size), colour)
    return layer


def _coverage(shape: Shape, size: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size)
    paint(mask, [replace(shape, erases=False)])
    return mask


def _lay(layer: Image.Image, where: Image.Image, colour: str) -> None:
    rgb = tuple(int(part) for part in read_colour(colour)[:3])
    over = Image.new("RGBA", layer.size, (*rgb, 0))
    over.putalpha(where)
    layer.alpha_composite(over)


def markup_png(layer: Image.Image, into: Path) -> InputImage:
    """The markup as it is sent: a PNG with alpha, written into the folder `into`."""
    file = io.BytesIO()
    layer.save(file, "PNG", compress_level=6)
    data = file.getvalue()
    sha256 = hashlib.sha256(data).hexdigest()
    path = into / f"{sha256}.png"
    path.write_bytes(data)
    return InputImage(path, "markup.png", "image/png", *layer.size, len(data), sha256, True)

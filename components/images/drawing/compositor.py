"""Paint a drawing's shapes in their order; an eraser's shapes cut away what lies below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from components.images.drawing import affine
from components.images.drawing.edges import area_edges, line_edges
from components.images.drawing.fabric import DrawnShape
from components.images.drawing.rasterizer import Edges, box_of, rasterize
from components.images.drawing.text import letters

_FADE = 0.5  # of a stroke's width; the softest one is painted half as wide, then blurred
_GAIN = 1.06  # makes the middle of a blurred dot full again


def paint(mask: Image.Image, shapes: Sequence[DrawnShape]) -> None:
    """Paint shapes into a mask ("L", 255 where painted), whatever their colors; an eraser's shapes cut away.

    Shapes that follow each other and do the same are drawn in one go, since a union knows no order.
    """
    waiting: list[Edges] = []
    erasing = False
    for shape in shapes:
        if not shape.opacity:
            continue
        if shape.softness and shape.stroke:
            _apply(mask, waiting, erasing)
            waiting = []
            _soft_stroke(mask, shape)
            continue
        if shape.erases != erasing:
            _apply(mask, waiting, erasing)
            waiting, erasing = [], shape.erases
        if shape.stroke:
            waiting.append(line_edges(shape))
        if shape.fill and shape.form.convex:
            waiting.append(area_edges(shape))
        elif shape.fill:  # its outline may turn both ways, which must not cancel what others paint
            _apply(mask, [area_edges(shape)], erasing)
            _write(mask, shape, erasing)
    _apply(mask, waiting, erasing)


def _apply(mask: Image.Image, parts: list[Edges], erasing: bool) -> None:
    edges = np.concatenate(parts) if parts else np.empty((0, 4))
    box = box_of(edges, *mask.size)
    if box is not None:
        _lay(mask, Image.fromarray(rasterize(edges, box)), box, erasing)


def _soft_stroke(mask: Image.Image, shape: DrawnShape) -> None:
    """Lay a stroke that fades toward its edge: full along the middle, nothing at half its width from there."""
    edges = line_edges(replace(shape, stroke_width=shape.stroke_width * (1 - _FADE * shape.softness)))
    sigma = shape.stroke_width * affine.magnification(shape.matrix) * shape.softness * _FADE / 5
    box = box_of(edges, *mask.size)
    if box is None:
        return
    margin = round(3 * sigma) + 1
    left, top = max(0, box[0] - margin), max(0, box[1] - margin)
    box = left, top, min(mask.width, box[2] + margin), min(mask.height, box[3] + margin)
    drawn = Image.fromarray(rasterize(edges, box)).filter(ImageFilter.GaussianBlur(sigma))
    _lay(mask, drawn.point([min(255, round(value * _GAIN)) for value in range(256)]), box, shape.erases)


def _write(mask: Image.Image, shape: DrawnShape, erasing: bool) -> None:
    written = letters(shape, mask.size)
    if written is not None:
        image, (left, top) = written
        _lay(mask, image, (left, top, left + image.width, top + image.height), erasing)


def _lay(mask: Image.Image, drawn: Image.Image, box: tuple[int, int, int, int], erasing: bool) -> None:
    below = mask.crop(box)
    if erasing:
        drawn = ImageChops.multiply(below, ImageChops.invert(drawn))
    elif below.getbbox() is not None:
        drawn = ImageChops.screen(below, drawn)
    mask.paste(drawn, box)

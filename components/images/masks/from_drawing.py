"""Masks from what a person draws on the canvas, at the picture's full size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from components.images.drawing.compositor import paint
from components.images.drawing.fabric import read_drawing


def mask_from_drawing(
    drawing: Mapping[str, Any] | None,
    picture_size: tuple[int, int],
    canvas_size: tuple[float, float],
    start: Image.Image | None = None,
) -> Image.Image:
    """What a drawing paints over a picture: an L image of `picture_size` (width, height), 255 where painted.

    `drawing` is the JSON of a canvas of `canvas_size` that the picture fills. Every visible object paints, whatever
    its colour; one with the globalCompositeOperation "destination-out" is an eraser and takes away what was
    painted below it. `start` is a mask to draw on (same size), which the eraser cuts too. Edges are antialiased by
    the exact share of each pixel. Objects that cannot be read are left out. Raises ValueError for a canvas without
    a size or a start of another size.
    """
    if start is not None and start.size != picture_size:
        raise ValueError(f"the mask to draw on is {start.size}, the picture {picture_size}")
    mask = Image.new("L", picture_size) if start is None else start.convert("L")
    paint(mask, read_drawing(drawing, picture_size, canvas_size))
    return mask

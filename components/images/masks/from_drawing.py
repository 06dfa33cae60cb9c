"""Masks from what a person draws on the canvas, at the image's full size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from components.images.drawing.compositor import paint
from components.images.drawing.fabric import read_drawing


def mask_from_drawing(
    drawing: Mapping[str, Any] | None,
    image_size: tuple[int, int],
    canvas_size: tuple[float, float],
    start: Image.Image | None = None,
) -> Image.Image:
    """Return what a drawing paints over an image: an L image of `image_size` (width, height), 255 where painted.

    `drawing` is the JSON of a canvas of `canvas_size` that the image fills. Every visible object paints, whatever
    its color; one with the globalCompositeOperation "destination-out" is an eraser and takes away what was
    painted below it. `start` is a mask to draw on (same size), which the eraser cuts too. Edges are antialiased by
    the exact share of each pixel. Objects that cannot be read are left out. Raise ValueError for a canvas without
    a size or a start of another size.
    """
    if start is not None and start.size != image_size:
        raise ValueError(f"the mask to draw on is {start.size}, the image {image_size}")
    mask = Image.new("L", image_size) if start is None else start.convert("L")
    paint(mask, read_drawing(drawing, image_size, canvas_size))
    return mask

"""Paints a picture made of shapes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from components.engine.brief import Brief
from components.engine.compose import compose
from components.engine.paint.canvas import Canvas
from components.engine.paint.finish import finished
from components.engine.palette import brightness
from components.engine.shapes import UNITS, Area, Color, Disc, Fade, Picture, Shape

SHADOW: Color = (20, 18, 30)


def paint(picture: Picture, width: int, height: int, *, transparent: bool = False) -> Image.Image:
    """The picture at a size in pixels: RGB, or RGBA with nothing behind its shapes."""
    scale = min(width, height) / UNITS
    canvas = Canvas(width, height, scale, transparent=transparent)
    for shape in picture.shapes:
        if picture.finish == "papercut":
            _cast_shadow(canvas, shape)
        canvas.paint(shape)
    image = canvas.finished()
    if image.mode == "RGBA":
        colors = finished(image.convert("RGB"), replace(picture, vignette=0.0))
        colors.putalpha(image.getchannel("A"))
        return colors
    return finished(image, picture)


def _cast_shadow(canvas: Canvas, shape: Shape) -> None:
    """Paper lies on paper: each layer darkens what is just above its edge."""
    if isinstance(shape, Area | Disc) and shape.opacity > 0.6 and not shape.soft:
        fill = shape.fill.start if isinstance(shape.fill, Fade) else SHADOW
        depth = 0.32 if isinstance(fill, tuple) and brightness(fill) > 0.2 else 0.5
        moved = replace(shape, fill=SHADOW, opacity=depth, soft=9.0)
        if isinstance(moved, Area):
            moved = replace(moved, outlines=tuple(outline + np.array([3.0, -5.0]) for outline in moved.outlines))
        else:
            moved = replace(moved, x=moved.x + 3, y=moved.y + 5)
        canvas.paint(moved)


def render(brief: Brief, *, phase: float = 0.0) -> Image.Image:
    """The picture of a brief, mode RGB, or RGBA when the background is transparent."""
    picture = compose(brief, phase=phase)
    return paint(picture, brief.width, brief.height, transparent=brief.transparent)

"""Shapes that are drawn in pixels and written as SVG alike. The shorter edge of an image has 1000 units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.engine.drawing.color import Color

Points = NDArray[np.float64]
UNITS = 1000.0


@dataclass(frozen=True)
class Shape:
    """A filled outline, or a line of `width` units where that is set. Points are (n, 2), x right, y down.

    `end`: the color at its lower end, for a gradient. `smooth`: a curve runs through the points.
    """

    points: Points
    fill: Color
    end: Color | None = None
    opacity: float = 1.0
    width: float = 0.0
    smooth: bool = False


@dataclass(frozen=True)
class Text:
    """One line of type. `x` is its left end, middle or right end by `anchor` ("l", "m", "r"); `y` its baseline."""

    text: str
    x: float
    y: float
    size: float
    face: str
    color: Color
    anchor: str = "l"
    opacity: float = 1.0


def polygon(*pairs: tuple[float, float], fill: Color, end: Color | None = None, opacity: float = 1.0) -> Shape:
    """Return a shape with corners."""
    return Shape(np.array(pairs, dtype=np.float64), fill, end, opacity)


def box(x: float, y: float, w: float, h: float, fill: Color, end: Color | None = None, opacity: float = 1.0) -> Shape:
    """Return a rectangle by its upper left corner."""
    return polygon((x, y), (x + w, y), (x + w, y + h), (x, y + h), fill=fill, end=end, opacity=opacity)


def disc(x: float, y: float, r: float, fill: Color, end: Color | None = None, opacity: float = 1.0) -> Shape:
    """Return a circle."""
    return Shape(arc_points(x, y, r, 0, 360)[:-1], fill, end, opacity, smooth=True)


def pie(x: float, y: float, r: float, start: float, sweep: float, fill: Color, opacity: float = 1.0) -> Shape:
    """Return a sector of a circle; degrees clockwise from the right."""
    return Shape(np.vstack([arc_points(x, y, r, start, sweep, 30), [[x, y]]]), fill, opacity=opacity)


def ring(x: float, y: float, r: float, width: float, color: Color, opacity: float = 1.0) -> Shape:
    """Return a circle's outline."""
    return Shape(arc_points(x, y, r, 0, 360), color, opacity=opacity, width=width, smooth=True)


def line(points: Sequence[tuple[float, float]] | Points, width: float, color: Color, opacity: float = 1.0) -> Shape:
    """Return a smooth open line."""
    return Shape(np.asarray(points, dtype=np.float64), color, opacity=opacity, width=width, smooth=True)


def arc_points(x: float, y: float, r: float, start: float, sweep: float, count: int = 16) -> Points:
    """Return points along an arc, both ends included; degrees clockwise from the right."""
    angles = np.radians(np.linspace(start, start + sweep, count + 1))
    return np.stack([x + r * np.cos(angles), y + r * np.sin(angles)], axis=1)


def curve(points: Points, *, closed: bool, steps: int = 8) -> Points:
    """Return the Catmull-Rom curve through the points as short straight pieces."""
    if len(points) < 3:
        return points
    a, b, c, d = (p[:, None, :] for p in _neighbors(points, closed))
    t = (np.arange(steps) / steps)[None, :, None]
    pieces = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    flat: Points = pieces.reshape(-1, 2)
    return flat if closed else np.concatenate([flat, points[-1:]])


def bezier_handles(points: Points, *, closed: bool) -> list[tuple[Points, Points, Points]]:
    """Return the same curve as cubic Bézier segments: two handles and the end of each."""
    a, b, c, d = _neighbors(points, closed)
    return list(zip(b + (c - a) / 6, c - (d - b) / 6, c, strict=True))


def _neighbors(points: Points, closed: bool) -> tuple[Points, Points, Points, Points]:
    if closed:
        around = np.concatenate([points[-1:], points, points[:2]])
    elif np.allclose(points[0], points[-1]):
        around = np.concatenate([points[-2:-1], points, points[1:2]])
    else:
        around = np.concatenate([points[:1], points, points[-1:]])
    return around[:-3], around[1:-2], around[2:-1], around[3:]


def turned(shape: Shape, angle: float, x: float, y: float) -> Shape:
    """Return the shape turned by degrees around a point."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    moved = (shape.points - [x, y]) @ np.array([[cos, sin], [-sin, cos]]) + [x, y]
    return Shape(moved, shape.fill, shape.end, shape.opacity, shape.width, shape.smooth)

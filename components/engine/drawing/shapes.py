"""Shapes that are drawn in pixels and written as SVG alike. The shorter edge of an image has 1000 units."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.engine.drawing.spec import Color

Points = NDArray[np.float64]
Box = tuple[float, float, float, float]  # x, y, width, height in units
UNITS = 1000.0


@dataclass(frozen=True)
class Shape:
    """A filled outline, or a line of `width` units where that is set. Points are (n, 2), x right, y down.

    `end`: the color at its lower end, for a gradient. `smooth`: a curve runs through the points, `closed` or not.
    """

    points: Points
    fill: Color
    end: Color | None = None
    opacity: float = 1.0
    width: float = 0.0
    smooth: bool = False
    closed: bool = True

    def segments(self) -> Points:
        """Return the smooth curve as (n, 4, 2): cubic Bézier segments with start, two handles and end."""
        around, mode = ((1, 2), "wrap") if self.closed else ((1, 1), "edge")
        padded = np.pad(self.points, (around, (0, 0)), mode=mode)  # type: ignore[call-overload]
        before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
        return np.stack([start, start + (end - before) / 6, end - (after - start) / 6, end], axis=1)

    def corners(self) -> Points:
        """Return the outline as short straight pieces."""
        if not self.smooth:
            return self.points
        t = np.linspace(0, 1, 9)[:, None]
        weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
        return np.asarray(weights @ self.segments()).reshape(-1, 2)

    def turned(self, angle: float, x: float, y: float) -> Shape:
        """Return the shape turned by degrees around a point."""
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        return replace(self, points=(self.points - [x, y]) @ np.array([[cos, sin], [-sin, cos]]) + [x, y])


def polygon(*pairs: tuple[float, float], fill: Color, **look: Any) -> Shape:
    """Return a shape with corners; `look` is what else a Shape has."""
    return Shape(np.array(pairs, dtype=np.float64), fill, **look)


def box(x: float, y: float, w: float, h: float, fill: Color, **look: Any) -> Shape:
    """Return a rectangle by its upper left corner."""
    return polygon((x, y), (x + w, y), (x + w, y + h), (x, y + h), fill=fill, **look)


def disc(x: float, y: float, r: float, fill: Color, **look: Any) -> Shape:
    """Return a circle; with a `width` its outline."""
    return Shape(arc(x, y, r, 0, 360)[:-1], fill, smooth=True, **look)


def pie(x: float, y: float, r: float, start: float, sweep: float, fill: Color, **look: Any) -> Shape:
    """Return a sector of a circle; degrees clockwise from the right."""
    return Shape(np.vstack([arc(x, y, r, start, sweep, 30), [[x, y]]]), fill, **look)


def arc(x: float, y: float, r: float, start: float, sweep: float, count: int = 16) -> Points:
    """Return points along an arc, both ends included; degrees clockwise from the right."""
    angles = np.radians(np.linspace(start, start + sweep, count + 1))
    return np.stack([x + r * np.cos(angles), y + r * np.sin(angles)], axis=1)

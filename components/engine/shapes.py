"""What a scene is made of: shapes that can be painted in pixels and written as SVG alike.

Coordinates are in units: the picture's shorter edge has 1000 of them, x goes right, y goes down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Color = tuple[int, int, int]
Points = NDArray[np.float64]

UNITS = 1000.0
BACK, SUBJECT, FRONT = "back", "subject", "front"
LIGHT = "light"  # of a subject's parts: glows by itself, whatever the light around it


@dataclass(frozen=True)
class Fade:
    """A gradient over a shape's bounding box, down or across."""

    start: Color
    end: Color
    across: bool = False


@dataclass(frozen=True)
class Ball:
    """A gradient from a centre outwards over a shape's bounding box; x and y of the centre from 0 to 1."""

    center: Color
    edge: Color
    x: float = 0.5
    y: float = 0.5


Fill = Color | Fade | Ball


@dataclass(frozen=True)
class Place:
    """Where a subject stands: its own (0, 0) comes to (x, y), 1 of its units becomes `scale` units."""

    x: float
    y: float
    scale: float = 1.0
    flip: bool = False
    turn: float = 0.0  # degrees, clockwise

    def points(self, points: Points) -> Points:
        """Points of the subject as points of the scene."""
        xs = -points[:, 0] if self.flip else points[:, 0]
        angle = math.radians(self.turn)
        cos, sin = math.cos(angle) * self.scale, math.sin(angle) * self.scale
        return np.stack([self.x + xs * cos - points[:, 1] * sin, self.y + xs * sin + points[:, 1] * cos], axis=1)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """One point of the subject as a point of the scene."""
        moved = self.points(np.array([[x, y]], dtype=np.float64))[0]
        return float(moved[0]), float(moved[1])


@dataclass(frozen=True)
class Area:
    """Closed outlines, all filled alike; `smooth` runs a curve through their points, `soft` blurs by units."""

    outlines: tuple[Points, ...]
    fill: Fill
    opacity: float = 1.0
    smooth: bool = False
    soft: float = 0.0
    role: str = BACK

    def placed(self, place: Place) -> Area:
        """The same in another place."""
        outlines = tuple(place.points(outline) for outline in self.outlines)
        return replace(self, outlines=outlines, soft=self.soft * place.scale)


@dataclass(frozen=True)
class Disc:
    """An ellipse with half axes rx and ry, turned by degrees."""

    x: float
    y: float
    rx: float
    ry: float
    fill: Fill
    opacity: float = 1.0
    turn: float = 0.0
    soft: float = 0.0
    role: str = BACK

    def placed(self, place: Place) -> Disc:
        """The same in another place."""
        x, y = place.point(self.x, self.y)
        turn = place.turn + (-self.turn if place.flip else self.turn)
        rx, ry, soft = self.rx * place.scale, self.ry * place.scale, self.soft * place.scale
        return replace(self, x=x, y=y, rx=rx, ry=ry, turn=turn, soft=soft)

    def outline(self, corners: int = 0) -> Points:
        """The ellipse as a polygon."""
        count = corners or max(16, min(96, int(4 * math.sqrt(max(self.rx, self.ry)) + 12)))
        around = np.linspace(0, 2 * math.pi, count, endpoint=False)
        flat = np.stack([self.rx * np.cos(around), self.ry * np.sin(around)], axis=1)
        return Place(self.x, self.y, turn=self.turn).points(flat)


@dataclass(frozen=True)
class Line:
    """Open strokes of one width with round ends."""

    strokes: tuple[Points, ...]
    width: float
    color: Color
    opacity: float = 1.0
    smooth: bool = False
    soft: float = 0.0
    role: str = BACK

    def placed(self, place: Place) -> Line:
        """The same in another place."""
        strokes = tuple(place.points(stroke) for stroke in self.strokes)
        return replace(self, strokes=strokes, width=self.width * place.scale, soft=self.soft * place.scale)


@dataclass(frozen=True)
class Dots:
    """Many small discs of one colour, each with its own radius and opacity."""

    points: Points
    radii: NDArray[np.float64]
    color: Color
    opacities: NDArray[np.float64]
    role: str = BACK

    def placed(self, place: Place) -> Dots:
        """The same in another place."""
        return replace(self, points=place.points(self.points), radii=self.radii * place.scale)


@dataclass(frozen=True)
class Glow:
    """Light that brightens what is behind it, strongest in the middle."""

    x: float
    y: float
    radius: float
    color: Color
    strength: float = 0.6
    role: str = BACK

    def placed(self, place: Place) -> Glow:
        """The same in another place."""
        x, y = place.point(self.x, self.y)
        return replace(self, x=x, y=y, radius=self.radius * place.scale)


@dataclass(frozen=True)
class Backdrop:
    """The whole picture filled from top to bottom through stops of (place 0 to 1, colour)."""

    stops: tuple[tuple[float, Color], ...]
    role: str = BACK


@dataclass(frozen=True)
class Mist:
    """Clouds or fog between two heights: noise of a colour, stretched sideways, fading at both borders."""

    top: float
    bottom: float
    color: Color
    strength: float
    seed: int
    grain: float = 260.0  # units across which the noise changes
    stretch: float = 2.5
    gap: float = 0.45  # how much of it is empty, 0 to 1
    drift: float = 0.0
    role: str = BACK


@dataclass(frozen=True)
class Mirror:
    """Water that mirrors what is painted so far above a height, rippling and tinted."""

    horizon: float
    tint: Color
    strength: float = 0.55  # of the tint
    phase: float = 0.0
    role: str = BACK


@dataclass(frozen=True)
class Words:
    """Text, centred at a point."""

    text: str
    x: float
    y: float
    size: float
    color: Color
    role: str = SUBJECT

    def placed(self, place: Place) -> Words:
        """The same in another place."""
        x, y = place.point(self.x, self.y)
        return replace(self, x=x, y=y, size=self.size * place.scale)


Shape = Area | Disc | Line | Dots | Glow | Backdrop | Mist | Mirror | Words
Movable = Area | Disc | Line | Dots | Glow | Words


@dataclass(frozen=True)
class Picture:
    """A whole scene, ready to be painted: its shapes from back to front, its size in units, how it is finished."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    finish: str = "plain"
    vignette: float = 0.0
    grain: float = 0.0
    seed: int = 0
    paper: Color = (250, 247, 240)
    ink: Color = (40, 38, 46)
    title: str = field(default="", compare=False)


def recolored(fill: Fill, change: Callable[[Color], Color]) -> Fill:
    """A fill with every colour changed."""
    if isinstance(fill, Fade):
        return Fade(change(fill.start), change(fill.end), fill.across)
    if isinstance(fill, Ball):
        return Ball(change(fill.center), change(fill.edge), fill.x, fill.y)
    return change(fill)


def points(*pairs: tuple[float, float]) -> Points:
    """Points from pairs of x and y."""
    return np.array(pairs, dtype=np.float64)


def poly(pairs: Sequence[tuple[float, float]], fill: Fill, **more: Any) -> Area:
    """A shape with corners."""
    return Area((points(*pairs),), fill, **more)


def blob(pairs: Sequence[tuple[float, float]], fill: Fill, **more: Any) -> Area:
    """A round shape through some points."""
    return Area((points(*pairs),), fill, smooth=True, **more)


def box(x: float, y: float, width: float, height: float, fill: Fill, **more: Any) -> Area:
    """A rectangle by its upper left corner."""
    return poly([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], fill, **more)


def stroke(pairs: Sequence[tuple[float, float]], width: float, color: Color, **more: Any) -> Line:
    """One stroke; smooth unless said otherwise."""
    return Line((points(*pairs),), width, color, smooth=more.pop("smooth", True), **more)


def curve(line: Points, *, closed: bool, steps: int = 8) -> Points:
    """A Catmull-Rom curve through the points, as many short straight pieces."""
    if len(line) < 3:
        return line
    around = np.concatenate([line[-1:], line, line[:2]]) if closed else np.concatenate([line[:1], line, line[-1:]])
    a, b, c, d = around[:-3], around[1:-2], around[2:-1], around[3:]
    t = (np.arange(steps) / steps)[None, :, None]
    a, b, c, d = (p[:, None, :] for p in (a, b, c, d))
    pieces = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    flat: Points = pieces.reshape(-1, 2)
    return flat if closed else np.concatenate([flat, line[-1:]])


def place_all(shapes: Iterable[Movable], place: Place, tint: Callable[[Color], Color]) -> list[Shape]:
    """A subject's shapes in their place in the scene, in its light; what glows by itself keeps its colours."""
    placed: list[Shape] = []
    for shape in shapes:
        moved = shape.placed(place)
        if shape.role != LIGHT:
            if isinstance(moved, Area | Disc):
                moved = replace(moved, fill=recolored(moved.fill, tint))
            elif isinstance(moved, Line | Dots | Words):
                moved = replace(moved, color=tint(moved.color))
        placed.append(replace(moved, role=SUBJECT))
    return placed

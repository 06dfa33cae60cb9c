"""Turn a line with a width into polygons whose union is the stroke, with the canvas's caps and joins.

All polygons turn the same way, as `coverage` needs it. Where a line bends, the outer side gets its join and the
inner side is cut at the crossing of its two borders, or runs through the point itself where the line is too short
for that, so that a narrow turn of a wide brush leaves no hole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.images.drawing.affine import Points

_STRAIGHT = 1e-9


@dataclass(frozen=True)
class Pen:
    """Hold how a line is drawn: half its width, its ends ("butt", "round", "square"), its corners ("miter", "round",
    "bevel"), and how far a curve may be from its polygon, all in the units of the line."""

    half: float
    cap: str = "round"
    join: str = "round"
    miter_limit: float = 4.0
    tolerance: float = 0.1


def outline(points: Points, closed: bool, pen: Pen) -> list[Points]:
    """Return the polygons of one line through `points`, as `edges_of` takes them.

    A line without length is a dot, unless its ends are "butt".
    """
    points = _distinct(points, closed)
    if len(points) < 2:
        return _dot(points, pen)
    steps = np.diff(points, axis=0, append=points[:1]) if closed else np.diff(points, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    along = steps / lengths[:, None]
    corners = points if closed else points[1:-1]
    before = np.concatenate([along[-1:], along[:-1]]) if closed else along[:-1]
    after = along if closed else along[1:]
    reach = (
        np.minimum(np.concatenate([lengths[-1:], lengths[:-1]]), lengths)
        if closed
        else np.minimum(lengths[:-1], lengths[1:])
    )
    left, right, fans = _corners(corners, before, after, reach, pen)
    if closed:
        return [left, right[::-1], *fans]
    start, end = _side(along[0]) * pen.half, _side(along[-1]) * pen.half
    return [
        np.concatenate(
            [
                [points[0] + start],
                left,
                _cap(points[-1], end, along[-1] * pen.half, pen),
                right[::-1],
                _cap(points[0], -start, -along[0] * pen.half, pen)[:-1],
            ]
        ),
        *fans,
    ]


def _distinct(points: Points, closed: bool) -> Points:
    keep = np.ones(len(points), bool)
    keep[1:] = (np.abs(np.diff(points, axis=0)) > _STRAIGHT).any(axis=1)
    points = points[keep]
    if closed and len(points) > 1 and (np.abs(points[0] - points[-1]) <= _STRAIGHT).all():
        points = points[:-1]
    return points


def _side(direction: Points) -> Points:
    """Return directions rotated by 90 degrees, to the side that makes every outline turn the same way."""
    turned: Points = np.stack([direction[..., 1], -direction[..., 0]], axis=-1)
    return turned


def _steps(pen: Pen, angle: float) -> int:
    """Return how many chords approximate an arc: more than it needs, since all chords are on one side of it."""
    off = min(1.0, pen.tolerance / 4 / pen.half)
    return max(4, math.ceil(angle / (2 * math.acos(1 - off))))


def _dot(points: Points, pen: Pen) -> list[Points]:
    if pen.cap == "butt" or not len(points):
        return []
    if pen.cap == "square":
        around = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float)
    else:
        angle = np.linspace(0, 2 * math.pi, _steps(pen, 2 * math.pi), endpoint=False)
        around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return [points[0] + around * pen.half]


def _cap(point: Points, side: Points, ahead: Points, pen: Pen) -> Points:
    """Return an end, from the border at `point + side` around to the border at `point - side`."""
    if pen.cap == "square":
        return np.stack([point + side, point + side + ahead, point - side + ahead, point - side])
    if pen.cap != "round":
        return np.stack([point + side, point - side])
    angle = np.linspace(0, math.pi, _steps(pen, math.pi) + 1)[:, None]
    return point + np.cos(angle) * side + np.sin(angle) * ahead


def _corners(
    at: Points, before: Points, after: Points, reach: NDArray[np.float64], pen: Pen
) -> tuple[Points, Points, list[Points]]:
    """Return both borders through the corners, three points for each corner, and the arcs of sharp ones."""
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    dot = np.einsum("ij,ij->i", before, after)
    side0, side1 = _side(before), _side(after)
    total = side0 + side1
    cosine2 = np.maximum(1.0 + dot, 1e-12)[:, None]  # twice the squared cosine of half the angle
    bisector = total / cosine2 * pen.half  # to the crossing of the two borders
    outer_left = (cross >= 0)[:, None]  # a turn to the right has its outer border on the left
    back = (dot < -0.99)[:, None]  # where the line reverses, rounding loses its bisector
    middle = np.where(back, np.where(outer_left, before, -before), total / np.sqrt(2.0 * cosine2)) * pen.half
    short = back | (pen.half * np.abs(cross) > 0.5 * reach * cosine2[:, 0])[:, None]
    slight = ((dot > 0) & (pen.half * (1 - dot) < 4 * pen.tolerance))[:, None]  # one point instead of an arc

    borders = np.empty((2, len(at), 3, 2))
    for number, sign in enumerate((1.0, -1.0)):
        edge0, edge1 = at + sign * pen.half * side0, at + sign * pen.half * side1
        crossing = at + sign * bisector
        outer = outer_left if sign > 0 else ~outer_left
        joined, through = outer & ~slight, ~outer & short
        tip = _tip(at, sign, edge0, middle, crossing, dot, pen)
        borders[number, :, 0] = np.where(joined | through, edge0, crossing)
        borders[number, :, 1] = np.where(joined, tip, np.where(through, at, crossing))
        borders[number, :, 2] = np.where(joined | through, edge1, crossing)
    fans = _fans(at, side0, cross, dot, middle, pen) if pen.join == "round" else []
    return borders[0].reshape(-1, 2), borders[1].reshape(-1, 2), fans


def _tip(
    at: Points, sign: float, edge: Points, middle: Points, crossing: Points, dot: NDArray[np.float64], pen: Pen
) -> Points:
    """Return the middle one of the three points on a corner's outer side."""
    if pen.join == "round":
        return at + sign * middle
    if pen.join == "miter":
        allowed = pen.miter_limit**2 * (1.0 + dot) >= 2.0
        return np.where(allowed[:, None], crossing, edge)
    return edge


def _fans(
    at: Points, side: Points, cross: NDArray[np.float64], dot: NDArray[np.float64], middle: Points, pen: Pen
) -> list[Points]:
    """Return the areas between the two chords of a sharp corner and its arc."""
    angle = np.arctan2(cross, dot)
    sharp = pen.half * (1 - np.cos(angle / 4)) > pen.tolerance
    if not sharp.any():
        return []
    at, side, angle, middle = at[sharp], side[sharp], angle[sharp], middle[sharp]
    sign = np.where(angle >= 0, 1.0, -1.0)
    steps = _steps(pen, float(np.abs(angle).max()))
    turned = angle[:, None] * np.linspace(0, 1, steps + 1)
    x, y = side[:, 0, None], side[:, 1, None]
    arc = np.stack([np.cos(turned) * x - np.sin(turned) * y, np.sin(turned) * x + np.cos(turned) * y], axis=-1)
    arc = at[:, None] + sign[:, None, None] * pen.half * arc
    fan = np.concatenate([arc, (at + sign[:, None] * middle)[:, None]], axis=1)
    fan[sign < 0] = fan[sign < 0][:, ::-1]
    return [fan]

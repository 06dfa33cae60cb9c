"""Path commands of the canvas (M, L, Q, C, Z) as curves, their bounds as Fabric counts them, and as polylines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.images.drawing.affine import Points

Cubics = NDArray[np.float64]  # shape (n, 8): start, two control points, end
Bounds = tuple[float, float, float, float]  # left, top, right, bottom

_LINE, _QUADRATIC, _CUBIC = range(3)
_MOST_PIECES = 200.0  # of one curve; more would be invisible


@dataclass(frozen=True)
class Outline:
    """Hold a line through points, closed or open."""

    points: Points
    closed: bool


@dataclass(frozen=True)
class Subpath:
    """Hold the curves of a path from one move to the next; straight lines are curves too."""

    cubics: Cubics
    closed: bool

    def flattened(self, tolerance: float) -> Outline:
        """Return the curves as a line of points that is at most `tolerance` away from them."""
        start, first, second, end = (self.cubics[:, i : i + 2] for i in (0, 2, 4, 6))
        bend = np.maximum(np.abs(start - 2 * first + second).max(axis=1), np.abs(first - 2 * second + end).max(axis=1))
        # A curve's distance from its chord is at most an eighth of its second derivative, which is 6 times the bend.
        pieces = np.clip(np.ceil(np.sqrt(bend * (0.75 * 1.42 / tolerance))), 1.0, _MOST_PIECES).astype(np.int64)
        step = np.arange(1, pieces.sum() + 1) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        t = (step / np.repeat(pieces, pieces))[:, None]
        curves = np.repeat(self.cubics, pieces, axis=0)
        a, b, c, d = (curves[:, i : i + 2] for i in (0, 2, 4, 6))
        s = 1.0 - t
        points = s * s * s * a + 3.0 * s * t * (s * b + t * c) + t * t * t * d
        return Outline(np.concatenate([start[:1], points]), self.closed)


def read_path(commands: Sequence[Sequence[Any]]) -> tuple[list[Subpath], Bounds]:
    """Return a path's subpaths, and its bounds as Fabric 7 computes them, which decide where it is on the canvas.

    Raise ValueError or TypeError for commands that the canvas does not write.
    """
    subpaths: list[Subpath] = []
    measured: list[Points] = []
    curves: list[tuple[float, ...]] = []
    kinds: list[int] = []
    x0 = y0 = x = y = 0.0

    def finish(closed: bool) -> None:
        if curves:
            table, kind = np.array(curves, float), np.array(kinds)
            measured.extend(_measured(table, kind))
            subpaths.append(Subpath(_elevated(table, kind), closed))
        curves.clear()
        kinds.clear()

    for command in commands:
        match command:
            case ["Q", cx, cy, x1, y1]:
                curves.append((x, y, cx, cy, cx, cy, x1, y1))
                kinds.append(_QUADRATIC)
                x, y = x1, y1
            case ["L", x1, y1]:
                curves.append((x, y, x, y, x1, y1, x1, y1))
                kinds.append(_LINE)
                x, y = x1, y1
            case ["C", ax, ay, bx, by, x1, y1]:
                curves.append((x, y, ax, ay, bx, by, x1, y1))
                kinds.append(_CUBIC)
                x, y = x1, y1
            case ["M", x1, y1]:
                finish(False)
                x0, y0 = x, y = x1, y1
            case ["Z" | "z"]:
                finish(True)
                x, y = x0, y0
            case _:
                raise ValueError(f"{command!r:.40} is not a path command")
    finish(False)
    points = np.concatenate(measured) if measured else np.zeros((1, 2))
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return subpaths, (float(left), float(top), float(right), float(bottom))


def _elevated(table: Cubics, kind: NDArray[np.int_]) -> Cubics:
    """Return lines and quadratic curves as the cubic curves that look the same."""
    start, end = table[:, 0:2], table[:, 6:8]
    weight = np.where(kind == _QUADRATIC, 2 / 3, 1.0)[:, None]
    even = np.where(kind == _LINE, 1 / 3, 0.0)[:, None]  # so that a line is cut into no pieces
    cubics = table.copy()
    cubics[:, 2:4] = start + weight * (table[:, 2:4] - start) + even * (end - start)
    cubics[:, 4:6] = end + weight * (table[:, 4:6] - end) + even * (start - end)
    return cubics


def _measured(table: Cubics, kind: NDArray[np.int_]) -> list[Points]:
    """Return the points whose bounds are the path's.

    Fabric measures a quadratic curve as the cubic one with both control points in the same place, which reaches a
    little further than what is drawn (its getBoundsOfCurve, called from Path._calcBoundsFromPath).
    """
    ends = [table[:, 0:2], table[:, 6:8]]
    table = table[kind != _LINE]
    if not len(table):
        return ends
    p0, p1, p2, p3 = (table[:, i : i + 2] for i in (0, 2, 4, 6))
    a, b, c = -3 * p0 + 9 * p1 - 9 * p2 + 3 * p3, 6 * p0 - 12 * p1 + 6 * p2, 3 * p1 - 3 * p0
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(b * b - 4 * a * c)
        places = np.stack([np.where(np.abs(a) < 1e-12, -c / b, (-b + root) / (2 * a)), (-b - root) / (2 * a)])
    t = np.where((places > 0) & (places < 1), places, 0.0)  # other places count as the start
    s = 1 - t
    turning = s * s * s * p0 + 3 * s * t * (s * p1 + t * p2) + t * t * t * p3
    return [*ends, turning.reshape(-1, 2)]

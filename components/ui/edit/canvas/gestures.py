"""What a person points at on the canvas with a tool that draws nothing there itself: clicks, boxes and outlines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST_POINTS = 20_000


@dataclass(frozen=True)
class Gesture:
    """One gesture: its number, its tool, its points in shares of the image's width and height, and what it does.

    One point is a click. Two points of a tool that takes boxes are opposite corners.
    """

    number: int
    tool: str
    points: tuple[tuple[float, float], ...]
    removes: bool


def read_gestures(reported: Any, after: int) -> Iterator[Gesture]:
    """Yield the gestures of a browser's report that come after a number; what is malformed is left out."""
    for one in reported if isinstance(reported, list | tuple) else ():
        if not isinstance(one, Mapping):
            continue
        number, points = one.get("number"), one.get("points")
        if not isinstance(number, int) or number <= after or not isinstance(points, list | tuple):
            continue
        places = [_point(point) for point in points[:MOST_POINTS]]
        if places and all(place is not None for place in places):
            kept = tuple(place for place in places if place is not None)
            yield Gesture(number, str(one.get("tool")), kept, one.get("removes") is True)


def _point(point: Any) -> tuple[float, float] | None:
    if not isinstance(point, list | tuple) or len(point) != 2:
        return None
    x, y = point
    if not isinstance(x, int | float) or not isinstance(y, int | float) or not math.isfinite(x) or not math.isfinite(y):
        return None
    return min(max(float(x), -1.0), 2.0), min(max(float(y), -1.0), 2.0)

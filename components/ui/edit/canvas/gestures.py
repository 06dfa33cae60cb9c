"""What a person points at on the canvas with a tool that draws nothing there itself: clicks, boxes and outlines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from components.ui.session.acts import Act

MOST_POINTS = 20_000


@dataclass(frozen=True)
class Gesture:
    """One gesture: its tool, its points in shares of the image's width and height, and what it does.

    One point is a click. Two points of a tool that takes boxes are opposite corners.
    """

    tool: str
    points: tuple[tuple[float, float], ...]
    removes: bool


def read_gesture(act: Act) -> Gesture | None:
    """Return the gesture that a browser reports as an act, or None if it is malformed."""
    points = act.get("points")
    if not isinstance(points, list | tuple):
        return None
    places = [_point(point) for point in points[:MOST_POINTS]]
    kept = tuple(place for place in places if place is not None)
    if not kept or len(kept) < len(places):
        return None
    return Gesture(str(act.get("tool")), kept, act.get("removes") is True)


def _point(point: Any) -> tuple[float, float] | None:
    if not isinstance(point, list | tuple) or len(point) != 2:
        return None
    x, y = point
    if not isinstance(x, int | float) or not isinstance(y, int | float) or not math.isfinite(x) or not math.isfinite(y):
        return None
    return min(max(float(x), -1.0), 2.0), min(max(float(y), -1.0), 2.0)

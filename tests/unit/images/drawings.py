"""Drawings for tests: recorded from the real canvas, and made by hand.

fabric_drawings.json was made with streamlit-drawable-canvas 0.13 in Chromium. "measured" are single objects on a
canvas of 400x300, with the area (pixels) and the center (x, y) of what the browser drew; "recorded" is one drawing
of 400x300 made with the mouse: a stroke, a dot, two rectangles, a circle, a line, a polygon and a text.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_DATA: dict[str, list[Any]] = json.loads((Path(__file__).parent / "fabric_drawings.json").read_text())
MEASURED = _DATA["measured"]
RECORDED: dict[str, Any] = {"version": "7.4.0", "objects": _DATA["recorded"]}
CANVAS = (400, 300)

ERASER = {"globalCompositeOperation": "destination-out"}


def drawing(*objects: dict[str, Any]) -> dict[str, Any]:
    """Return a drawing of these objects."""
    return {"version": "7.4.0", "objects": list(objects)}


def stroke(*points: tuple[float, float], width: float = 20, **more: Any) -> dict[str, Any]:
    """Return a brush stroke through points of the canvas, straight between them."""
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    return {
        "type": "Path",
        "originX": "center",
        "originY": "center",
        "left": (left + right) / 2,
        "top": (top + bottom) / 2,
        "fill": None,
        "stroke": "#e0245e",
        "strokeWidth": width,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
        "strokeMiterLimit": 10,
        "path": [["M", *points[0]], *(["L", *point] for point in points[1:])],
        **more,
    }


def rectangle(left: float, top: float, width: float, height: float, **more: Any) -> dict[str, Any]:
    """Return a filled rectangle without a line, as the canvas's tool makes it."""
    place = {"left": left, "top": top, "width": width, "height": height, "originX": "left", "originY": "top"}
    return {"type": "Rect", **place, "fill": "red", "stroke": None, "strokeWidth": 0, "strokeUniform": True, **more}


def values(mask: Image.Image) -> NDArray[np.float64]:
    """Return a mask's values from 0 to 1, rows first."""
    return np.asarray(mask, dtype=np.float64) / 255


def area_and_center(mask: Image.Image) -> tuple[float, float, float]:
    """Return how many pixels are painted, and their center (x, y)."""
    painted = values(mask)
    y, x = np.mgrid[0 : mask.height, 0 : mask.width] + 0.5
    total = painted.sum()
    return float(total), float((x * painted).sum() / total), float((y * painted).sum() / total)

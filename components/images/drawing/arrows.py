"""Arrows on the canvas, which has no tool for them: a line that a person draws becomes a path with a head.

A path of the canvas keeps its form when it is moved, saved and loaded; fields of our own would be dropped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from components.images.drawing import affine
from components.images.drawing.curves import read_path
from components.images.drawing.fabric import default_origin, own_matrix
from components.images.drawing.fabric_shapes import read_form, read_number

_HEAD = 4.0  # widths of the line from the tip to the ends of the head
_LEAST_HEAD = 12.0  # canvas pixels
_MOST_HEAD = 0.6  # of the line's length
_SPREAD = math.radians(28)  # between the shaft and each side of the head


def with_arrows(drawing: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the drawing with every line turned into an arrow that points to the line's end."""
    drawing = dict(drawing or {})
    origin = default_origin(drawing)
    drawing["objects"] = [_arrow(one, origin) for one in drawing.get("objects") or ()]
    return drawing


def _arrow(one: Any, origin: tuple[str, str]) -> Any:
    if not isinstance(one, dict) or str(one.get("type", "")).lower() != "line":
        return one
    try:
        form = read_form(one)
        (x1, y1), (x2, y2) = form.subpaths[0].points.tolist()  # type: ignore[union-attr]
        length = math.hypot(x2 - x1, y2 - y1)
        head = min(max(_HEAD * read_number(one, "strokeWidth", 1), _LEAST_HEAD), _MOST_HEAD * length)
        back = math.atan2(y1 - y2, x1 - x2)
        sides = [(x2 + head * math.cos(back + turn), y2 + head * math.sin(back + turn)) for turn in (_SPREAD, -_SPREAD)]
        path = [["M", x1, y1], ["L", x2, y2], ["M", *sides[0]], ["L", x2, y2], ["L", *sides[1]]]
        _, (left, top, right, bottom) = read_path(path)
        center = affine.chain(own_matrix(one, form, origin), affine.shift((left + right) / 2, (top + bottom) / 2))
    except (ValueError, TypeError, KeyError, OverflowError):
        return one
    own = {name: value for name, value in one.items() if name not in {"x1", "y1", "x2", "y2"}}
    place = {"left": center[4], "top": center[5], "originX": "center", "originY": "center"}
    size = {"width": right - left, "height": bottom - top}
    looks = {"fill": None, "strokeLineCap": "round", "strokeLineJoin": "round"}
    return {**own, **place, **size, **looks, "type": "Path", "path": path}

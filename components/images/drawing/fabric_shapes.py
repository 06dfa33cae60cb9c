"""The forms that a canvas's objects can have, each in its own units around its center, as Fabric 7 builds them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.images.drawing.affine import Points
from components.images.drawing.curves import Outline, Subpath, read_path

Object = Mapping[str, Any]

_MOST = 1e6  # pixels; what lies farther out, or is larger, is a broken number
_ROUND_CORNER = 1 - 0.4477152502  # Fabric's control points of a rectangle's round corners
_CORNERS = ((1, -1, 1, 0), (1, 1, 0, 1), (-1, 1, -1, 0), (-1, -1, 0, -1))  # and the way that leads to each


class MalformedObject(ValueError):
    """An object that cannot be drawn."""


@dataclass(frozen=True)
class TextLines:
    """Hold a text object's lines from its top, its size in its own units, and its alignment (left, center, right)."""

    lines: tuple[str, ...]
    size: float
    line_height: float
    align: str


@dataclass(frozen=True)
class FabricShape:
    """Hold an object's lines, its size without its stroke, whether its area is convex, and its text, if it is text."""

    subpaths: tuple[Subpath | Outline, ...]
    width: float
    height: float
    convex: bool = False
    text: TextLines | None = None


def read_form(found: Object) -> FabricShape:
    """Return the form of one object. Raise KeyError for an unknown type, ValueError or TypeError for malformed ones."""
    return _READERS[str(found.get("type", "")).lower()](found)


def read_number(found: Object, name: str, default: float = 0.0) -> float:
    """Return a number of an object. Raise MalformedObject if it is not finite or absurdly large."""
    value = found.get(name, default)
    number = float(default if value is None else value)
    if not math.isfinite(number) or abs(number) > _MOST:
        raise MalformedObject(f"{name} is {number}")
    return number


def _points(found: Any) -> Points:
    points = np.array(found, float).reshape(-1, 2)
    if not len(points) or not (np.abs(points) < _MOST).all():  # false for what is not a number, too
        raise MalformedObject("points without a place")
    return points


def _path(found: Object) -> FabricShape:
    commands = found["path"]
    if not isinstance(commands, list | tuple):
        raise MalformedObject("a path without commands")
    subpaths, (left, top, right, bottom) = read_path(commands)
    middle = np.array([(left + right) / 2, (top + bottom) / 2] * 4)
    for subpath in subpaths:
        _points(subpath.cubics)
    moved = tuple(Subpath(subpath.cubics - middle, subpath.closed) for subpath in subpaths)
    return FabricShape(moved, right - left, bottom - top)


def _polygon(found: Object) -> FabricShape:
    points = _points([(point["x"], point["y"]) for point in found["points"]])
    low, high = points.min(axis=0), points.max(axis=0)
    closed = str(found["type"]).lower() == "polygon"
    return FabricShape((Outline(points - (low + high) / 2, closed),), float(high[0] - low[0]), float(high[1] - low[1]))


def _line(found: Object) -> FabricShape:
    points = _points(
        [[read_number(found, "x1"), read_number(found, "y1")], [read_number(found, "x2"), read_number(found, "y2")]]
    )
    width, height = np.abs(points[1] - points[0])
    return FabricShape((Outline(points - points.mean(axis=0), False),), float(width), float(height))


def _rectangle(found: Object) -> FabricShape:
    width, height = read_number(found, "width"), read_number(found, "height")
    rx, ry = read_number(found, "rx"), read_number(found, "ry")
    rx, ry = min(abs(rx or ry), width / 2), min(abs(ry or rx), height / 2)
    right, bottom = width / 2, height / 2
    if not rx or not ry:
        corners = [(-right, -bottom), (right, -bottom), (right, bottom), (-right, bottom)]
        return FabricShape((Outline(_points(corners), True),), width, height, convex=True)
    commands: list[tuple[Any, ...]] = [("M", rx - right, -bottom)]
    k = _ROUND_CORNER
    for across, down, dx, dy in _CORNERS:
        x, y = across * right, down * bottom
        sx, sy = x - dx * rx, y - dy * ry  # where the corner begins
        ex, ey = x - dy * rx, y + dx * ry  # and where it ends
        commands += [
            ("L", sx, sy),
            ("C", sx + k * (x - sx), sy + k * (y - sy), ex + k * (x - ex), ey + k * (y - ey), ex, ey),
        ]
    return FabricShape(tuple(read_path([*commands, ("Z",)])[0]), width, height, convex=True)


def _circle(found: Object) -> FabricShape:
    radius = read_number(found, "radius")
    start, end = read_number(found, "startAngle"), read_number(found, "endAngle", 360)
    full = (end - start) % 360 == 0
    sweep = 360.0 if full else (end - start) % 360
    if found.get("counterClockwise") and not full:
        sweep -= 360
    return FabricShape((_arc(radius, radius, start, sweep),), 2 * radius, 2 * radius, convex=True)


def _ellipse(found: Object) -> FabricShape:
    rx, ry = read_number(found, "rx"), read_number(found, "ry")
    return FabricShape((_arc(rx, ry, 0, 360),), 2 * rx, 2 * ry, convex=True)


def _arc(rx: float, ry: float, start: float, sweep: float) -> Subpath:
    """Return part of an ellipse as cubic curves of up to 45 degrees each, exact to a millionth of the radius."""
    pieces = max(1, math.ceil(abs(sweep) / 45))
    angles = np.radians(start + sweep * np.arange(pieces + 1) / pieces)
    reach = 4 / 3 * math.tan(math.radians(sweep / pieces) / 4)
    at = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ahead = np.stack([-at[:, 1], at[:, 0]], axis=1) * reach
    stretch = np.array([rx, ry])
    cubics = [at[:-1], at[:-1] + ahead[:-1], at[1:] - ahead[1:], at[1:]]
    return Subpath(np.concatenate([part * stretch for part in cubics], axis=1), abs(sweep) == 360)


def _triangle(found: Object) -> FabricShape:
    right, bottom = read_number(found, "width", 100) / 2, read_number(found, "height", 100) / 2
    corners = _points([(-right, bottom), (0, -bottom), (right, bottom)])
    return FabricShape((Outline(corners, True),), 2 * right, 2 * bottom, convex=True)


def _text(found: Object) -> FabricShape:
    text = TextLines(
        lines=tuple(str(found.get("text") or "").split("\n")),
        size=read_number(found, "fontSize", 40),
        line_height=read_number(found, "lineHeight", 1.16),
        align=str(found.get("textAlign") or "left"),
    )
    return FabricShape((), read_number(found, "width"), read_number(found, "height"), text=text)


def _group(found: Object) -> FabricShape:
    return FabricShape((), read_number(found, "width"), read_number(found, "height"))


_READERS: Mapping[str, Callable[[Object], FabricShape]] = {
    "path": _path,
    "polygon": _polygon,
    "polyline": _polygon,
    "line": _line,
    "rect": _rectangle,
    "labeledrect": _rectangle,
    "circle": _circle,
    "ellipse": _ellipse,
    "triangle": _triangle,
    "group": _group,
    **dict.fromkeys(("text", "itext", "i-text", "textbox"), _text),
}

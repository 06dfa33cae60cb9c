"""Fabric objects as the canvas's tools draw them: paint, eraser, lasso outlines, and when two drawings are equal.

A stroke's color says which tool made it. Objects are in units of the canvas that they were drawn on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from components.images.drawing.arrows import with_arrows

Objects = tuple[Mapping[str, Any], ...]

# A tool's color says what it painted, whatever was chosen since. Eight digits: people choose no such color. The mask is
# shown in another color than it is drawn in (paint.js), so nobody sees the eraser's.
PAINT = "#ff0000"
LASSO = "#ff0000ff"
KEEP = "#00ff00ff"
ERASER = "#8d9299ff"
CUT = "destination-out"
# A soft brush paints in a slightly darker red, a soft eraser in a darker green: one less for each tenth of softness.
_BRUSH = re.compile("#(?:(f[0-9a-f])0000|00(f[0-9a-f])00)ff")


def finished(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object as its tool means it: an arrow with its head, an eraser stroke that cuts."""
    if one.get("stroke") == ERASER and one.get("globalCompositeOperation") != CUT:
        return {**one, "globalCompositeOperation": CUT}
    arrow: Mapping[str, Any] = with_arrows({"objects": [one]})["objects"][0]
    return arrow


def is_click(one: Mapping[str, Any]) -> bool:
    """Return whether a shape was begun and not drawn: it has no size and paints nothing."""
    size = (float(one.get(name) or 0) for name in ("width", "height", "radius", "strokeWidth"))
    return str(one.get("type", "")).lower() in {"rect", "circle"} and not any(size)


def is_eraser(one: Mapping[str, Any]) -> bool:
    """Return whether an object was drawn with the eraser."""
    brush = _BRUSH.fullmatch(str(one.get("stroke")))
    return bool(brush and brush[2]) or one.get("stroke") == ERASER or one.get("globalCompositeOperation") == CUT


def soft_color(color: str, hardness: int) -> str:
    """Return PAINT or KEEP as a brush of this hardness, 0 to 100, paints it."""
    soft = round((100 - hardness) / 10)
    return f"{color[:7].replace('ff', f'{255 - soft:02x}')}ff" if soft else color


def softness(one: Mapping[str, Any]) -> float:
    """Return the softness of the brush that drew an object, 0 to 1."""
    brush = _BRUSH.fullmatch(str(one.get("stroke")))
    return (255 - int(brush[1] or brush[2], 16)) / 10 if brush else 0.0


def drawn(objects: Sequence[Mapping[str, Any]]) -> Objects:
    """Return the objects with the eraser's strokes as cuts, and with the softness of soft ones."""
    return tuple(_drawn(one) for one in objects)


def _drawn(one: Mapping[str, Any]) -> Mapping[str, Any]:
    cut = {"globalCompositeOperation": CUT} if is_eraser(one) else {}
    soft = {"softness": found} if (found := softness(one)) else {}
    return {**one, **cut, **soft} if cut or soft else one


def outline(points: Sequence[tuple[float, float]], *, cuts: bool) -> dict[str, Any]:
    """Return the filled outline through these points of the canvas, as the lasso draws it."""
    line = [(round(x, 2), round(y, 2)) for x, y in points]  # the canvas rounds what it hands back
    x, y = zip(*line, strict=True)
    color = KEEP if cuts else LASSO
    return {
        "type": "Path",
        "version": "7.4.0",
        "originX": "center",
        "originY": "center",
        "left": (min(x) + max(x)) / 2,
        "top": (min(y) + max(y)) / 2,
        "width": max(x) - min(x),
        "height": max(y) - min(y),
        "fill": color,
        "stroke": color,
        "strokeWidth": 0,
        # Of straight lines alone the canvas would make a polygon, with a handle at each of its many points.
        "path": [["M", *line[0]], ["Q", *line[1], *line[1]], *(["L", *point] for point in line[2:]), ["Z"]],
    }


def rescaled(one: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """Return an object for a canvas that is `factor` times as large."""
    changed = dict(one)
    if factor == 1:
        return changed
    for name in ("left", "top", "scaleX", "scaleY"):
        changed[name] = float(one.get(name, 1.0 if name.startswith("scale") else 0.0)) * factor
    if one.get("strokeUniform"):
        changed["strokeWidth"] = float(one.get("strokeWidth", 1.0)) * factor
    return changed


SIGNED_FIELDS = (
    "type",
    "left",
    "top",
    "width",
    "height",
    "scaleX",
    "scaleY",
    "angle",
    "strokeWidth",
    "fill",
    "stroke",
    "text",
)


def signature(objects: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    """Return what makes two drawings equal for a person; the canvas rounds numbers in what it returns."""

    def rounded(value: Any) -> Any:
        return round(float(value), 1) if isinstance(value, int | float) and not isinstance(value, bool) else value

    return tuple(
        (*(rounded(one.get(name)) for name in SIGNED_FIELDS), *_path_signature(one.get("path")), is_eraser(one))
        for one in objects
    )


def _path_signature(path: Any) -> tuple[int, ...]:
    """Return what tells paths of one outer size apart: the length and the sums of x and y."""
    steps = [step for step in path or () if isinstance(step, list | tuple)]
    sums = (
        sum(value for step in steps for value in step[first::2] if isinstance(value, int | float)) for first in (1, 2)
    )
    return len(steps), *(round(one) if math.isfinite(one) else 0 for one in sums)

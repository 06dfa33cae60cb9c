"""Read the JSON of a Fabric canvas (streamlit-drawable-canvas 0.13, Fabric 7.4) into shapes on the image.

Positions follow Fabric's own code: the place by origin, the matrix from place, rotation, stretch and skew.
Patterns, shadows and dashes are drawn plainly. Malformed objects are left out: a drawing that a person
made must never be refused for one of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from components.images.drawing import affine
from components.images.drawing.affine import Matrix
from components.images.drawing.fabric_shapes import FabricShape, Object, read_form, read_number

_ORIGINS = {"left": -0.5, "top": -0.5, "center": 0.0, "right": 0.5, "bottom": 0.5}


@dataclass(frozen=True)
class DrawnShape:
    """Hold one object of a drawing. `matrix` maps its form's units to the image's pixels.

    `fill` and `stroke` are CSS colors, or None where there is none. `stretch` is how far the object's own matrix
    stretches it (x, y) where its pen is not to be stretched with it. `erases` cuts away what lies below. `softness`,
    0 to 1, is the share of a stroke's width over which it fades.
    """

    form: FabricShape
    matrix: Matrix
    fill: str | None
    stroke: str | None
    stroke_width: float
    cap: str
    join: str
    miter_limit: float
    stretch: tuple[float, float] | None
    opacity: float
    erases: bool
    softness: float = 0.0


@dataclass(frozen=True)
class _Placement:
    """Hold where objects are: the matrices around them, their opacity, and the default of their origin."""

    to_image: Matrix
    group: Matrix | None
    opacity: float
    origin: tuple[str, str]


def read_drawing(
    drawing: Object | None, image_size: tuple[int, int], canvas_size: tuple[float, float]
) -> list[DrawnShape]:
    """Return a drawing's shapes from the lowest to the topmost, on an image of `image_size` pixels that fills a
    canvas of `canvas_size`. Hidden and broken objects are left out. ValueError for a canvas without a size.
    """
    if min(canvas_size) <= 0 or min(image_size) <= 0:
        raise ValueError(f"a canvas of {canvas_size} and an image of {image_size} have no scale")
    drawing = drawing or {}
    to_image = affine.scale(image_size[0] / canvas_size[0], image_size[1] / canvas_size[1])
    return list(_shapes(drawing.get("objects"), _Placement(to_image, None, 1.0, default_origin(drawing))))


def default_origin(drawing: Object) -> tuple[str, str]:
    """Return the default of an object's origin: before Fabric 7 its upper left corner, later its center."""
    major = str(drawing.get("version") or "7").partition(".")[0]
    return ("left", "top") if major.isdigit() and int(major) < 7 else ("center", "center")


def _shapes(objects: Any, place: _Placement) -> Iterator[DrawnShape]:
    for found in objects if isinstance(objects, list | tuple) else ():
        if not isinstance(found, dict) or found.get("visible") is False:
            continue
        try:
            form = read_form(found)
            own = own_matrix(found, form, place.origin)
            inner = affine.chain(place.group, own) if place.group else own
            opacity = place.opacity * min(1.0, max(0.0, read_number(found, "opacity", 1)))
            shape = _shape(found, form, inner, opacity, place)
        except (ValueError, TypeError, KeyError, OverflowError):
            continue  # one broken object must not spoil the drawing
        if "objects" in found:
            yield from _shapes(found["objects"], _Placement(place.to_image, inner, opacity, place.origin))
        else:
            yield shape


def _shape(found: Object, form: FabricShape, matrix: Matrix, opacity: float, place: _Placement) -> DrawnShape:
    is_line = str(found["type"]).lower() == "line"
    stretch = _stretch(found, matrix, grouped=place.group is not None)
    return DrawnShape(
        form=form,
        matrix=affine.chain(place.to_image, matrix),
        fill=None if is_line else _paint(found.get("fill", "black")),
        stroke=_paint(found.get("stroke")),
        stroke_width=max(0.0, read_number(found, "strokeWidth", 1)),
        cap=str(found.get("strokeLineCap") or "butt"),
        join=str(found.get("strokeLineJoin") or "miter"),
        miter_limit=read_number(found, "strokeMiterLimit", 4),
        stretch=stretch if found.get("strokeUniform") and min(stretch) > 0 else None,
        opacity=opacity,
        erases=found.get("globalCompositeOperation") == "destination-out",
        softness=min(1.0, max(0.0, read_number(found, "softness"))),
    )


def _paint(value: Any) -> str | None:
    """Return a CSS color; None for none. A gradient or a pattern counts as black, since something is painted."""
    if isinstance(value, dict):
        return "black"
    text = str(value or "").strip().lower()
    return None if text in {"", "none", "transparent"} else text


def _stretch(found: Object, matrix: Matrix, *, grouped: bool) -> tuple[float, float]:
    """Return Fabric's getObjectScaling: the object's own stretch, in a group that of its full matrix."""
    if not grouped:
        return abs(read_number(found, "scaleX", 1)), abs(read_number(found, "scaleY", 1))
    across = math.hypot(matrix[0], matrix[1])
    return across, abs(affine.determinant(matrix)) / across if across else 0.0


def own_matrix(found: Object, form: FabricShape, origin: tuple[str, str]) -> Matrix:
    """Return Fabric's calcOwnMatrix: from the object's own units around its center to those of its parent."""
    turned = affine.turn(read_number(found, "angle"))
    stretched = affine.chain(
        affine.scale(
            read_number(found, "scaleX", 1) * (-1 if found.get("flipX") else 1),
            read_number(found, "scaleY", 1) * (-1 if found.get("flipY") else 1),
        ),
        affine.skew(read_number(found, "skewX"), read_number(found, "skewY")),
    )
    place = affine.shift(read_number(found, "left"), read_number(found, "top"))
    across, down = _origin(found.get("originX"), origin[0]), _origin(found.get("originY"), origin[1])
    if not across and not down:
        return affine.chain(place, turned, stretched)
    width, height = _outer_size(found, form, stretched)
    return affine.chain(place, turned, affine.shift(-across * width, -down * height), stretched)


def _origin(value: Any, default: str) -> float:
    """Return how far an origin is from the center, in widths or heights."""
    value = default if value is None else value
    return _ORIGINS[value] if isinstance(value, str) else float(value) - 0.5


def _outer_size(found: Object, form: FabricShape, stretched: Matrix) -> tuple[float, float]:
    """Return Fabric's _getTransformedDimensions: the size with stroke and stretch, before the rotation."""
    stroke = read_number(found, "strokeWidth", 1)
    uniform = bool(found.get("strokeUniform"))
    width = form.width + (0.0 if uniform else stroke)
    height = form.height + (0.0 if uniform else stroke)
    if str(found["type"]).lower() == "line" and (found.get("strokeLineCap") or "butt") == "butt":
        height -= stroke if form.width == 0 else 0.0
        width -= stroke if form.height == 0 else 0.0
    a, b, c, d, _, _ = stretched
    extra = stroke if uniform else 0.0
    return abs(a) * width + abs(c) * height + extra, abs(b) * width + abs(d) * height + extra

"""Edits a picture for real: with a mask only the see-through area is drawn anew, all other pixels stay equal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from components.engine.brief import Brief
from components.engine.paint import render

# How much of the input remains where nothing says which part to edit.
REMAINS = {"high": 0.78, "low": 0.5}
MARKUP_REACH = 9  # pixels around what is drawn that are redrawn with it, an odd number
INSET = 0.42


@dataclass(frozen=True)
class Material:
    """What an edit works on: pictures as they came, a mask (alpha 0 is edited), markup, of the first's size."""

    pictures: tuple[Image.Image, ...]
    mask: Image.Image | None = None
    markup: Image.Image | None = None
    fidelity: str = "low"


def retouch(brief: Brief, material: Material) -> Image.Image:
    """The edited picture, of the brief's size."""
    size = (brief.width, brief.height)
    first = material.pictures[0]
    base = _fitted(first.convert("RGBA" if first.has_transparency_data else "RGB"), size)
    drawn = render(brief).convert("RGB")
    edited = _edited_area(material, size)
    drawn = _with_others(drawn, material.pictures[1:], edited)
    if material.markup is not None:
        drawn = _tinted(drawn, material.markup)
    if edited is None:
        remains = REMAINS[material.fidelity]
        solid = base.convert("RGB")
        result = Image.blend(drawn, solid, remains)
        if base.mode == "RGBA":
            result.putalpha(base.getchannel("A"))
    else:
        # Where `edited` is 0 the pixel is the input's own, bit for bit.
        result = Image.composite(drawn.convert(base.mode), base, edited)
    return _without_background(result) if brief.transparent else result


def _fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def _edited_area(material: Material, size: tuple[int, int]) -> Image.Image | None:
    """Where to draw anew, 255 for wholly; None for everywhere a little."""
    if material.mask is not None:
        return _fitted(ImageChops.invert(material.mask.convert("RGBA").getchannel("A")), size)
    if material.markup is not None:
        strokes = material.markup.convert("RGBA").getchannel("A")
        wide = strokes.filter(ImageFilter.MaxFilter(MARKUP_REACH)).filter(ImageFilter.GaussianBlur(2))
        return _fitted(ImageChops.lighter(wide, strokes), size)
    return None


def _with_others(drawn: Image.Image, others: tuple[Image.Image, ...], edited: Image.Image | None) -> Image.Image:
    """Further pictures set in with soft edges, in the middle of what is edited."""
    if not others:
        return drawn
    drawn = drawn.copy()
    left, top, right, bottom = (edited.getbbox() if edited is not None else None) or (0, 0, *drawn.size)
    columns = min(len(others), 4)
    rows = -(-len(others) // columns)
    for place, other in enumerate(others):
        column, row = place % columns, place // columns
        wide = max(8, int((right - left) / columns * (INSET * 2)))
        high = max(8, int((bottom - top) / rows * (INSET * 2)))
        inset = ImageOps.fit(other.convert("RGB"), (wide, high), Image.Resampling.LANCZOS)
        soft = Image.new("L", (wide, high), 0)
        edge = max(2, min(wide, high) // 10)
        ImageDraw.Draw(soft).ellipse((edge, edge, wide - edge, high - edge), fill=255)
        soft = soft.filter(ImageFilter.GaussianBlur(edge / 2))
        x = int(left + (right - left) * (column + 0.5) / columns - wide / 2)
        y = int(top + (bottom - top) * (row + 0.5) / rows - high / 2)
        drawn.paste(inset, (x, y), soft)
    return drawn


def _tinted(drawn: Image.Image, markup: Image.Image) -> Image.Image:
    """The colour that was drawn with is taken as a hint."""
    values = np.asarray(markup.convert("RGBA"), dtype=np.float64)
    weight = values[..., 3]
    if not weight.any():
        return drawn
    red, green, blue = (values[..., :3] * weight[..., None]).sum(axis=(0, 1)) / weight.sum()
    return Image.blend(drawn, Image.new("RGB", drawn.size, (int(red), int(green), int(blue))), 0.35)


def _without_background(image: Image.Image) -> Image.Image:
    """What looks like the picture's border is made see-through."""
    values = np.asarray(image.convert("RGB"), dtype=np.float64)
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    distance = np.abs(values - np.median(border, axis=0)).max(axis=2)
    alpha = Image.fromarray(((distance - 24) * 6).clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1))
    if image.mode == "RGBA":
        alpha = ImageChops.darker(alpha, image.getchannel("A"))
    cut = image.convert("RGB")
    cut.putalpha(alpha)
    return cut

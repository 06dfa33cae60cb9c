"""A result beside its original: what changed outside the mask, and the original put back there.

A mask is guidance to GPT Image models, which may change pixels outside it (API reference, row "mask").
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from components.images.mask_work import mask_from_alpha

# Lossy formats move every pixel a little; only more than this, of 255, counts as changed.
TOLERANCE = 12
# How far the shapes of original and result may differ, as a share, before they count as another framing.
SHAPE_TOLERANCE = 0.01
# After scaling, at least this much of what lies outside the mask must still look alike for one framing.
SAME_FRAMING = 0.5
COMPARED_WIDTH = 1024


class OtherFraming(ValueError):
    """Original and result do not show the same frame, so putting one over the other would be nonsense."""


@dataclass(frozen=True)
class Outside:
    """How much of the picture outside the mask changed, 0 to 1, and whether the result had to be scaled for that."""

    share: float
    scaled: bool


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return ImageOps.exif_transpose(image)


def _fitted(original: Image.Image, result: Image.Image) -> Image.Image:
    """The result at the original's size. Raises OtherFraming where the shapes differ."""
    if result.size == original.size:
        return result
    ratio = (result.width / result.height) / (original.width / original.height)
    if abs(ratio - 1) > SHAPE_TOLERANCE:
        raise OtherFraming(
            f"The result is {result.width}x{result.height}, the original {original.width}x{original.height}: another "
            "shape, so the original cannot be put back around the mask."
        )
    return result.resize(original.size, Image.Resampling.LANCZOS)


def changed_outside(original: Path, result: Path, mask: Path) -> Outside:
    """How much changed where the mask says nothing should. `mask` is the PNG as sent: alpha 0 is edited.

    Counted at up to 1024 pixels in width. Raises OtherFraming where the two show different frames.
    """
    before, after = _opened(original).convert("RGB"), _opened(result).convert("RGB")
    scaled = after.size != before.size
    after = _fitted(before, after)
    painted = mask_from_alpha(_opened(mask))
    if before.width > COMPARED_WIDTH:
        size = (COMPARED_WIDTH, max(1, round(before.height * COMPARED_WIDTH / before.width)))
        before, after, painted = (one.resize(size, Image.Resampling.BOX) for one in (before, after, painted))
    outside = np.asarray(painted) == 0
    if not outside.any():
        return Outside(0.0, scaled)
    difference = np.abs(np.asarray(before, dtype=np.int16) - np.asarray(after, dtype=np.int16)).max(axis=2)
    tolerance = TOLERANCE * (3 if scaled else 1)
    return Outside(float((difference[outside] > tolerance).mean()), scaled)


def put_back(original: Path, result: Path, mask: Path, target: Path, *, feather: int) -> bool:
    """Write the result as PNG with the original outside the mask, pixel for pixel; True when the result was scaled.

    The edge is soft over `feather` pixels inside the painted area, so that outside it nothing changes at all.
    Raises OtherFraming where the two show different frames.
    """
    before, after = _opened(original), _opened(result)
    scaled = after.size != before.size
    after = _fitted(before, after)
    mode = "RGBA" if before.has_transparency_data or after.has_transparency_data else "RGB"
    painted = mask_from_alpha(_opened(mask))
    if feather:
        soft = painted.filter(ImageFilter.GaussianBlur(feather / 2))
        # A blur also spreads outwards; there the original must stay, so the softer of the two counts.
        painted = Image.fromarray(np.minimum(np.asarray(soft), np.asarray(painted)))
    Image.composite(after.convert(mode), before.convert(mode), painted).save(target, "PNG", compress_level=3)
    return scaled

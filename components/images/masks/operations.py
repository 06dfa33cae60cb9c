"""Operations on masks. A mask is an L image of the image's size here: 255 is painted.

On the wire it is the other way round: where alpha is 0 the image is edited (API reference, row "mask").
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageStat

from components.images import normalize
from components.images.errors import ImageRefused
from components.images.masks.png import MASK_BYTES, mask_png

__all__ = [
    "ALL_PAINTED",
    "MASK_BYTES",
    "NOT_PAINTED",
    "READINGS",
    "TOO_SOFT",
    "feather",
    "grow",
    "invert",
    "mask_from_alpha",
    "mask_from_upload",
    "mask_png",
    "mask_problem",
    "select_all",
    "share",
    "shrink",
]

ALL_PAINTED = "The whole image is painted, so all of it may change."
NOT_PAINTED = "Nothing is painted, so there is no mask."
TOO_SOFT = "The edge is so soft that no pixel is painted in full, so nothing would be edited. Feather it less."

_SAME_SHAPE = 0.01  # by how much a mask's shape may differ from its image's, as a share


def invert(mask: Image.Image) -> Image.Image:
    """Return the mask with painted and unpainted swapped."""
    return ImageChops.invert(mask)


def select_all(size: tuple[int, int]) -> Image.Image:
    """Return a mask of `size` (width, height) that is painted all over."""
    return Image.new("L", size, 255)


def grow(mask: Image.Image, pixels: int) -> Image.Image:
    """Return the mask with its painted area grown by `pixels` all around, with round corners."""
    box = mask.getbbox()
    if box is None or pixels <= 0:
        return mask.copy()
    left, top = max(0, box[0] - pixels), max(0, box[1] - pixels)
    box = (left, top, min(mask.width, box[2] + pixels), min(mask.height, box[3] + pixels))
    grown = mask.copy()
    grown.paste(_spread(mask.crop(box), pixels), box)
    return grown


def shrink(mask: Image.Image, pixels: int) -> Image.Image:
    """Return the mask with its painted area shrunk by `pixels`; beyond the image's edge all counts as painted."""
    return ImageChops.invert(grow(ImageChops.invert(mask), pixels))


def _spread(mask: Image.Image, pixels: int) -> Image.Image:
    """Return each pixel as the largest value within a disc, taken row by row, from the shortest to the longest."""
    source = np.asarray(mask)
    wide, spread = source.copy(), source.copy()
    rows: dict[int, list[int]] = {}
    for row in range(pixels + 1):
        rows.setdefault(math.isqrt(pixels * pixels - row * row), []).append(row)
    for reach in range(pixels + 1):
        if 0 < reach < mask.width:
            np.maximum(wide[:, reach:], source[:, :-reach], out=wide[:, reach:])
            np.maximum(wide[:, :-reach], source[:, reach:], out=wide[:, :-reach])
        for row in rows.get(reach, ()):
            if row >= mask.height:
                continue
            np.maximum(spread[row:], wide[: mask.height - row], out=spread[row:])
            np.maximum(spread[: mask.height - row], wide[row:], out=spread[: mask.height - row])
    return Image.fromarray(spread)


def feather(mask: Image.Image, pixels: int) -> Image.Image:
    """Return the mask with its edge softened over about `pixels` on each side."""
    return mask.filter(ImageFilter.GaussianBlur(pixels / 2)) if pixels > 0 else mask.copy()


def share(mask: Image.Image) -> float:
    """Return how much of the image is painted, 0 to 1; half-painted pixels count half."""
    return float(ImageStat.Stat(mask).mean[0]) / 255


def mask_problem(mask: Image.Image) -> str | None:
    """Return a sentence on why a mask would do nothing or not what was meant; None for a good one."""
    low, high = ImageStat.Stat(mask).extrema[0]
    if high == 0:
        return NOT_PAINTED
    if high < 255:
        return TOO_SOFT
    return ALL_PAINTED if low == 255 else None


def mask_from_alpha(image: Image.Image) -> Image.Image:
    """Return a mask that is painted where the image is see-through."""
    if not image.has_transparency_data:
        return Image.new("L", image.size, 0)
    return ImageChops.invert(image.convert("RGBA").getchannel("A"))


def _gray(image: Image.Image) -> Image.Image:
    """Return the brightness; what is see-through counts as black."""
    image = normalize.eight_bits(image) or image
    if not image.has_transparency_data:
        return image.convert("L")
    return ImageChops.multiply(image.convert("RGB").convert("L"), image.convert("RGBA").getchannel("A"))


def _by_itself(image: Image.Image) -> Image.Image:
    if image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        return mask_from_alpha(image)
    gray = _gray(image)
    # A mask usually covers less than half, so the rarer of black and white is what was painted.
    return gray if share(gray) <= 0.5 else ImageChops.invert(gray)


_NOTHING_IN_IT = {
    "alpha": "nothing in it is see-through, so nothing would be edited. Read it as white or black, if it is drawn so.",
    "white": "nothing in it is white, so nothing would be edited.",
    "black": "nothing in it is black, so nothing would be edited.",
    "auto": "it is the same all over, so it does not show what to edit.",
}

READINGS: Mapping[str, Callable[[Image.Image], Image.Image]] = {
    "alpha": mask_from_alpha,
    "white": _gray,
    "black": lambda image: ImageChops.invert(_gray(image)),
    "auto": _by_itself,
}


def mask_from_upload(image: Image.Image, size: tuple[int, int], *, reading: str = "auto") -> Image.Image:
    """Return an uploaded mask as coverage of `size` (width, height).

    `reading` is "alpha" (see-through is edited), "white", "black" (that is edited) or "auto": alpha where there is
    any, else the rarer of black and white. Raise ImageRefused for a mask of another shape, and for one in which nothing
    is to be edited; one of the same shape and another size is scaled.
    """
    if abs(image.width * size[1] / (image.height * size[0]) - 1) > _SAME_SHAPE:
        raise ImageRefused(f"it is {image.width}x{image.height}, the image {size[0]}x{size[1]}; their shapes differ.")
    painted = READINGS[reading](image)
    if painted.getextrema() == (0, 0):
        raise ImageRefused(_NOTHING_IN_IT[reading])
    return painted if painted.size == size else painted.resize(size, Image.Resampling.BICUBIC)

"""Compare a result with its original: measure what changed outside the mask, and restore the original there.

A mask is guidance to GPT Image models, which may change pixels outside it (API reference, row "mask").
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter, ImageStat

from components.images import normalize
from components.images.decoding.opening import KNOWN_PIXELS, decode, decoding_all
from components.images.masks.borders import framing_problem
from components.images.masks.operations import grow, mask_from_alpha

# Lossy formats move every pixel a little; only more than this, of 255, counts as changed.
TOLERANCE = 12
SCALED_TOLERANCE = 3 * TOLERANCE
# How far the shapes of original and result may differ, as a share, before they count as different framing.
SHAPE_TOLERANCE = 0.01
_COMPARED_EDGE = 2048  # pixels; larger images are compared at this size
_RIM = 2  # pixels around the mask that do not count, since changes inside it bleed so far
_KEPT_BY_FEATHER = 0.6  # of the painted area; a softer edge would erase thin strokes


class DifferentAspect(ValueError):
    """Original and result do not show the same frame, so one cannot be laid over the other."""


@dataclass(frozen=True)
class OutsideChange:
    """Hold the share of the image outside the mask that changed, 0 to 1, and whether the result had to be scaled."""

    share: float
    scaled: bool


def changed_outside(original: Path, result: Path, mask: Path, *, tolerance: int = TOLERANCE) -> OutsideChange:
    """Return how much changed where the mask says nothing should. `mask` is the PNG as sent: alpha 0 is edited.

    Counted at up to 2048 pixels; a pixel counts when a channel of its 3x3 surroundings changed by more than
    `tolerance`, three times that if the result had to be scaled. Raise DifferentAspect where the two show different
    frames, ImageRefused for a file that cannot be opened.
    """
    with decoding_all(original, result, mask, copies=1):
        return _changed_outside(original, result, mask, tolerance)


def _changed_outside(original: Path, result: Path, mask: Path, tolerance: int) -> OutsideChange:
    before, after, painted, scaled = _side_by_side(original, result, mask)
    edge = max(before.size)
    if edge > _COMPARED_EDGE:
        size = (max(1, before.width * _COMPARED_EDGE // edge), max(1, before.height * _COMPARED_EDGE // edge))
        before, after, painted = (
            one.resize(size, Image.Resampling.BOX, reducing_gap=2.0) for one in (before, after, painted)
        )
    outside = ImageChops.invert(grow(painted, _RIM)).point(lambda value: 255 if value == 255 else 0)
    counted = outside.histogram()[255]
    if not counted:
        return OutsideChange(0.0, scaled)
    blur = ImageFilter.BoxBlur(1)
    difference = ImageChops.difference(_flat(before).filter(blur), _flat(after).filter(blur))
    most = difference.getchannel(0)
    for channel in difference.split()[1:]:
        most = ImageChops.lighter(most, channel)
    limit = tolerance * SCALED_TOLERANCE // TOLERANCE if scaled else tolerance
    changed = most.point(lambda value: 255 if value > limit else 0)
    return OutsideChange(ImageChops.darker(changed, outside).histogram()[255] / counted, scaled)


def restore_original(original: Path, result: Path, mask: Path, target: Path, *, feather: int) -> bool:
    """Write the result as PNG with the original outside the mask, pixel for pixel. Return whether it was scaled.

    The edge is soft over `feather` pixels inside the painted area, so that outside it nothing changes at all.
    Raise DifferentAspect where the two show different frames, ImageRefused for a file that cannot be opened.
    """
    with decoding_all(original, result, mask, copies=1):
        before, after, painted, scaled = _side_by_side(original, result, mask)
        mode = "RGBA" if "RGBA" in (before.mode, after.mode) else "RGB"
        kept = Image.composite(after.convert(mode), before.convert(mode), _softened(painted, feather))
        kept.save(target, "PNG", compress_level=3)
    return scaled


def _side_by_side(original: Path, result: Path, mask: Path) -> tuple[Image.Image, Image.Image, Image.Image, bool]:
    """Return original, result and mask, all of the original's size, and whether the result was scaled for it."""
    before, after = _upright(original), _upright(result)
    painted = mask_from_alpha(decode(mask, max_pixels=KNOWN_PIXELS))
    sizes = f"The result is {after.width}x{after.height}, the original {before.width}x{before.height}"
    if abs((after.width * before.height) / (after.height * before.width) - 1) > SHAPE_TOLERANCE:
        raise DifferentAspect(f"{sizes}: another shape, so the original cannot be put back around the mask.")
    if painted.size != before.size:
        painted = painted.resize(before.size, Image.Resampling.BICUBIC)
    scaled = after.size != before.size
    if scaled:
        after = after.resize(before.size, Image.Resampling.LANCZOS)
    if problem := framing_problem(before, after, painted):
        raise DifferentAspect(problem)
    return before, after, painted, scaled


def _upright(path: Path) -> Image.Image:
    image = decode(path, max_pixels=KNOWN_PIXELS)
    turned = normalize.orientation(image)
    image = normalize.eight_bits(image) or image
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return normalize.upright(image, turned) or image


def _flat(image: Image.Image) -> Image.Image:
    """Return colors as they look over gray, and the alpha, so that neither hidden colors nor lost alpha mislead."""
    rgba = image.convert("RGBA")
    over = Image.alpha_composite(Image.new("RGBA", image.size, (128, 128, 128, 255)), rgba)
    return Image.merge("RGBA", (*over.split()[:3], rgba.getchannel("A")))


def _softened(painted: Image.Image, feather: int) -> Image.Image:
    """Return the mask with an edge that is soft toward its inside only, less soft where thin strokes would vanish."""
    total = ImageStat.Stat(painted).sum[0]
    while feather >= 1:
        ramp = painted.filter(ImageFilter.GaussianBlur(feather / 2)).point(lambda value: max(0, 2 * value - 255))
        soft = ImageChops.darker(painted, ramp)
        if ImageStat.Stat(soft).sum[0] >= _KEPT_BY_FEATHER * total:
            return soft
        feather //= 2
    return painted

"""Normalize decoded images: 8 bits a channel, sRGB, upright. Each step returns None where it changes nothing."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_ORIENTATION = 0x0112
_NOT_SEEN = 4  # of 255; a profile that changes colors by no more than this counts as sRGB
_PROFILED = {"RGB", "RGBA", "L", "LA", "P", "CMYK", "1"}
_SRGB = ImageCms.createProfile("sRGB")


def gray_levels(image: Image.Image) -> tuple[float, float] | None:
    """Return the values that 8 bits show as black and white; None for an image of at most 8 bits a channel.

    16-bit gray keeps its scale; 32-bit integers and floating point, which have none, are stretched to what they use.
    """
    if image.mode.startswith("I;16"):
        return 0.0, 65535.0
    if image.mode not in {"I", "F"}:
        return None
    extremes = [(float(rows.min()), float(rows.max())) for rows in map(_finite, _strips(np.asarray(image)))]
    low, high = min(low for low, _ in extremes), max(high for _, high in extremes)
    if image.mode == "I" and low >= 0 and high <= 65535:
        return 0.0, 255.0 if high <= 255 else 65535.0
    return low, high


def eight_bits(image: Image.Image, levels: tuple[float, float] | None = None) -> Image.Image | None:
    """Return gray of more than 8 bits scaled to 8, where Pillow would clip it; None for an image of fewer bits.

    A transparent gray value of a 16-bit PNG becomes alpha. `levels` is for a part of an image: the `gray_levels` of
    all of it.
    """
    levels = levels or gray_levels(image)
    if levels is None:
        return None
    low, high = levels
    values = np.asarray(image)
    scaled = np.empty(values.shape, np.uint8)
    for rows, target in zip(_strips(values), _strips(scaled), strict=True):
        target[:] = (_finite(rows) - low) * (255 / ((high - low) or 1.0)) + 0.5
    gray = Image.fromarray(scaled)
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        gray.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return gray


def _strips(values: NDArray[Any]) -> list[NDArray[Any]]:
    """Return an image's rows, a million values at a time, since floats take eight times the memory of 8-bit pixels."""
    rows = max(1, 1_000_000 // values.shape[1])
    return [values[top : top + rows] for top in range(0, values.shape[0], rows)]


def _finite(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)


def common_mode(image: Image.Image) -> Image.Image | None:
    """Return an image of a mode that neither PNG nor JPEG is sent with, such as CMYK, as RGB or RGBA."""
    if image.mode == "LAB":
        space = ImageCms.createProfile("LAB")
        return ImageCms.profileToProfile(image, space, _SRGB, outputMode="RGB")
    if image.mode in {"RGB", "RGBA", "L", "LA", "P", "1"}:
        return None
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def color_key_to_alpha(image: Image.Image) -> Image.Image | None:
    """Return an image in which one color counts as transparent (a PNG's tRNS) with real alpha instead."""
    if image.mode in {"1", "L", "RGB"} and "transparency" in image.info:
        return image.convert("RGBA" if image.mode == "RGB" else "LA")
    return None


def in_srgb(image: Image.Image) -> Image.Image | None:
    """Return an image with a color profile of its own in sRGB. None if it has none, a broken one, or sRGB itself."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in _PROFILED:
        return None
    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode == "CMYK":
            return _converted(image, own)
        gray = own.profile.xcolor_space.strip() == "GRAY"
        if own.profile.xcolor_space.strip() not in {"RGB", "GRAY"}:
            return None  # a profile for another kind of image
        clear = image.has_transparency_data
        body = image.convert("L" if gray else "RGB")
        if _changes_little(own, gray):
            return None
        converted = _converted(body, own)
        if gray:
            converted = converted.convert("L")
        if clear:
            converted.putalpha(image.convert("RGBA").getchannel("A"))
        return converted
    return None


def has_color_profile(image: Image.Image) -> bool:
    """Return whether `in_srgb` would change the image, without decoding it."""
    sample = Image.new(image.mode, (1, 1))
    sample.info["icc_profile"] = image.info.get("icc_profile")
    return in_srgb(sample) is not None


def _converted(image: Image.Image, own: ImageCms.ImageCmsProfile) -> Image.Image:
    transform = ImageCms.buildTransform(
        own,
        _SRGB,
        image.mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None  # None only if converted in place
    return converted


def _changes_little(own: ImageCms.ImageCmsProfile, gray: bool) -> bool:
    steps = np.linspace(0, 255, 6).astype(np.uint8)
    if gray:
        sample = steps[None, :]
        before = np.repeat(sample[..., None], 3, axis=-1)
    else:
        sample = before = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    after = np.asarray(_converted(Image.fromarray(sample), own))
    return int(np.abs(after.astype(int) - before).max()) <= _NOT_SEEN


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where it is missing or broken, since that must not refuse an image."""
    with suppress(Exception):
        found = image.getexif().get(_ORIENTATION, 1)
        if found in range(1, 9):
            return int(found)
    return 1


def header_orientation(image: Image.Image) -> int:
    """Return the same before the image is loaded: 1 where only loading shows it, as in a PNG whose EXIF comes last."""
    return orientation(image) if image.format != "PNG" or "exif" in image.info else 1


def upright(image: Image.Image, turned: int) -> Image.Image | None:
    """Return an image rotated and mirrored as an EXIF orientation from 1 to 8 says."""
    ways = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    return image.transpose(ways[turned]) if turned in ways else None

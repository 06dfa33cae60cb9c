"""Fixes that make an image acceptable to a model: the data for a button each, and the change itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from components.images.decoding.opening import KNOWN_PIXELS, decode, decoding_all
from components.images.errors import ImageRefused
from components.images.writing import JPEG, PNG, Format, encode, keep_file, without_metadata
from components.parameters import InputImage

LIMIT_BYTES = 50_000_000  # the API takes less than this for each image
SMALL_BYTES = 4_000_000  # and dall-e-2 less than this
LARGE_EDGE = 3840  # pixels of the longest edge that the API draws


@dataclass(frozen=True)
class Fix:
    """Describe a fix: a name, a button's label, and its help text."""

    name: str
    label: str
    help: str


RESIZE = Fix("resize", "Make smaller", f"Shrink it to at most {LARGE_EDGE} pixels on its longer edge and under 50 MB.")
CROP = Fix("crop", "Crop to a square", "Cut the longer sides off evenly. dall-e-2 accepts only square images.")
PAD = Fix("pad", "Pad to a square", "Pad with transparent borders to a square. dall-e-2 accepts only square images.")
SMALL = Fix(
    "small", "Make a PNG under 4 MB", "Convert it to PNG for dall-e-2, scaled down if the file would reach 4 MB."
)


def fixes_for(image: InputImage, *, square_png: bool = False) -> tuple[Fix, ...]:
    """Return the fixes for an image that is too large; with `square_png` for a model that takes only square PNGs
    under 4 MB, those that make it one.
    """
    if square_png and image.width != image.height:
        return CROP, PAD
    if square_png and (image.bytes >= SMALL_BYTES or image.content_type != PNG.content_type):
        return (SMALL,)
    return (RESIZE,) if image.bytes >= LIMIT_BYTES else ()


def carry_out(image: InputImage, fix: Fix, into: Path) -> tuple[InputImage, str]:
    """Apply a fix. Return the new file in the folder `into`, and a sentence about it.

    Raise ImageRefused for an image that can no longer be opened, KeyError for an unknown fix.
    """
    change, limit, note = _CHANGES[fix.name]
    with decoding_all(image.path, copies=2):
        try:
            pixels = change(decode(image.path, max_pixels=KNOWN_PIXELS))
        except (OSError, ImageRefused) as error:
            raise ImageRefused("The image's file can no longer be opened. Add it again.") from error
        kind = JPEG if fix.name == RESIZE.name and image.content_type == JPEG.content_type else PNG
        data, pixels = _fitting(pixels, kind, limit)
    kept = keep_file(data, kind, image.name, pixels.size, pixels.has_transparency_data, into)
    return kept, f"{note} It is {pixels.width}x{pixels.height} now."


def _resized(image: Image.Image) -> Image.Image:
    scale = min(1.0, LARGE_EDGE / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    image = without_metadata(image, PNG)
    return image if size == image.size else _smooth(image).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _smooth(image: Image.Image) -> Image.Image:
    """Return the image in a mode whose values can be interpolated."""
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _cropped(image: Image.Image) -> Image.Image:
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    return image.crop((left, top, left + edge, top + edge))


def _padded(image: Image.Image) -> Image.Image:
    edge = max(image.size)
    square = Image.new(image.mode, (edge, edge))
    square.paste(image, ((edge - image.width) // 2, (edge - image.height) // 2))
    return square


def reframed_mask(mask: Image.Image, fix: Fix, size: tuple[int, int]) -> Image.Image:
    """Return an image's mask ("L") as it lies over what a fix made of that image, which has this size."""
    reframe = {CROP.name: _cropped, PAD.name: _padded}.get(fix.name)
    framed = reframe(mask) if reframe else mask
    return framed if framed.size == size else framed.resize(size, Image.Resampling.BICUBIC)


_CHANGES: Mapping[str, tuple[Callable[[Image.Image], Image.Image], int, str]] = {
    # name of the fix: change of the pixels, limit of the file in bytes, sentence about it
    RESIZE.name: (_resized, LIMIT_BYTES, "It was made smaller."),
    CROP.name: (lambda image: _cropped(image).convert("RGBA"), SMALL_BYTES, "It was cropped to a square PNG."),
    PAD.name: (lambda image: _padded(image.convert("RGBA")), SMALL_BYTES, "It was padded to a square PNG."),
    SMALL.name: (lambda image: image.convert("RGBA"), SMALL_BYTES, "It was made a PNG under 4 MB."),
}


def _fitting(image: Image.Image, kind: Format, limit: int) -> tuple[bytes, Image.Image]:
    """Return the image as a file of less than `limit` bytes, made smaller until it fits, and its pixels."""
    while True:
        data = encode(image, kind)
        if len(data) < limit:
            return data, image
        scale = min(0.9, 0.95 * math.sqrt(limit / len(data)))
        size = max(1, int(image.width * scale)), max(1, int(image.height * scale))
        image = _smooth(image).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)

"""Extend an image by borders for an edit to fill: make the larger image, and a mask of what is new."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from components.images.decoding.opening import KNOWN_PIXELS, decode, decoding_all
from components.images.errors import ImageRefused
from components.images.writing import PNG, encode, keep_file
from components.parameters import InputImage

# How far the mask reaches into the image, in pixels, so that the seam can be blended.
SEAM = 8

_BYTES = 4  # per pixel of the larger image, at the peak


@dataclass(frozen=True)
class Borders:
    """Hold the pixels to add on each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


def borders_for_ratio(width: int, height: int, ratio: float) -> Borders:
    """Return the smallest borders that bring an image of width x height to the ratio (width divided by height).

    The image stays in the middle.
    """
    wide, high = max(width, round(height * ratio)), max(height, round(width / ratio))
    left, top = round((wide - width) / 2), round((high - height) / 2)
    return Borders(left, top, wide - width - left, high - height - top)


def extend(
    image: InputImage,
    borders: Borders,
    into: Path,
    *,
    max_pixels: int = KNOWN_PIXELS,
) -> tuple[InputImage, Image.Image]:
    """Return the image with new borders, as a PNG in `into`, and an L image of its size: 255 where it is new.

    The borders are see-through. The new area reaches SEAM pixels into the old image, on the sides that grow, so that no
    seam stays. Raise ImageRefused for borders that take away, that add nothing, or that make more than `max_pixels`
    pixels.
    """
    added = (borders.left, borders.top, borders.right, borders.bottom)
    size = (image.width + borders.left + borders.right, image.height + borders.top + borders.bottom)
    if min(added) < 0 or not any(added):
        raise ImageRefused("Nothing is added to any side. Choose borders of 1 pixel or more.")
    if size[0] * size[1] > max_pixels:
        raise ImageRefused(
            f"With these borders the image would be {size[0]}x{size[1]}, {size[0] * size[1] / 1e6:.0f} megapixels; "
            f"at most {max_pixels / 1e6:.0f} megapixels are made here. Add less."
        )
    pixels = size[0] * size[1]
    with decoding_all(image.path, copies=1, more=pixels * _BYTES):
        original = decode(image.path, max_pixels=KNOWN_PIXELS).convert("RGBA")
        larger = Image.new("RGBA", size)
        larger.paste(original, (borders.left, borders.top))
        encoded = encode(larger, PNG)
    kept = keep_file(encoded, PNG, f"{Path(image.name).stem[:60]}-extended.png", size, True, into)
    return kept, _new_area(size, borders, (image.width, image.height))


def _new_area(size: tuple[int, int], borders: Borders, old: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size, 255)
    seam = min(SEAM, (min(old) - 1) // 2)  # part of a tiny image must stay
    left = borders.left + (seam if borders.left else 0)
    top = borders.top + (seam if borders.top else 0)
    right = borders.left + old[0] - (seam if borders.right else 0)
    bottom = borders.top + old[1] - (seam if borders.bottom else 0)
    mask.paste(0, (left, top, right, bottom))
    return mask

"""Select by color from a point, and fill what a mask encloses. Masks are L images here, 255 inside."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops

from components.images.decoding.opening import KNOWN_PIXELS, decoding_all
from components.images.masks.operations import grow
from components.images.preview import small_image

MOST_PIXELS = 16_000_000  # a larger image is selected on a copy of this many
_HALF = 128


def select_color(
    path: Path, size: tuple[int, int], point: tuple[float, float], *, tolerance: int, contiguous: bool
) -> Image.Image:
    """Return what has the color at `point` (shares of width and height) as an L image of `size`, 255 inside.

    `tolerance`, 0 to 255, is by how much each of red, green, blue and alpha may differ; hidden colors of transparent
    pixels do not count. `contiguous` leaves out what does not connect with the point. Raise ImageRefused, OSError.
    """
    shrink = min(1.0, (MOST_PIXELS / (size[0] * size[1])) ** 0.5)
    box = max(1, int(size[0] * shrink)), max(1, int(size[1] * shrink))
    with decoding_all(path, copies=3):
        image = small_image(path, box, max_pixels=KNOWN_PIXELS)
        image = image.convert("RGBa") if image.has_transparency_data else image.convert("RGB")
        place = _pixel(point, image.size)
        color = image.getpixel(place)
        bands = [
            ImageChops.difference(band, Image.new("L", image.size, value))
            for band, value in zip(image.split(), color if isinstance(color, tuple) else (color,), strict=True)
        ]
    alike = reduce(ImageChops.lighter, bands).point([255] * (tolerance + 1) + [0] * (255 - tolerance))
    found = _connected(alike, place) if contiguous else alike
    return found if found.size == size else found.resize(size, Image.Resampling.BICUBIC)


def fill(mask: Image.Image, point: tuple[float, float], *, painted: bool) -> Image.Image:
    """Return the mask with the area around `point` (shares) painted up to the painted edge, or with it emptied.

    Nothing changes where the point is painted already, or empty already.
    """
    place = _pixel(point, mask.size)
    inside = mask.point([255 if (value < _HALF) == painted else 0 for value in range(256)])
    if not inside.getpixel(place):
        return mask.copy()
    area = grow(_connected(inside, place), 2)  # over the soft edge, so that no seam stays
    return ImageChops.lighter(mask, area) if painted else ImageChops.darker(mask, ImageChops.invert(area))


def _pixel(point: tuple[float, float], size: tuple[int, int]) -> tuple[int, int]:
    x, y = (min(max(share, 0.0), 1.0) for share in point)
    return min(int(x * size[0]), size[0] - 1), min(int(y * size[1]), size[1] - 1)


def _connected(mask: Image.Image, place: tuple[int, int]) -> Image.Image:
    """Return the part of a mask of 0 and 255 that connects with a place, by sides."""
    from scipy.ndimage import label  # takes a quarter of a second, and few need it

    parts, _ = label(np.asarray(mask))
    x, y = place
    return Image.fromarray(np.where(parts == parts[y, x], 255, 0).astype(np.uint8)) if parts[y, x] else mask.copy()

"""Make small images for the screen, such as the canvas's background; see-through parts show a checkerboard."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image

from components.images import normalize
from components.images.decoding.opening import check_size, decoding, open_image, refusing
from components.images.shrink import reduced

QUALITY = 88
_TILE = 12  # pixels of a square of the checkerboard
_LIGHT, _DARK = (236, 236, 236), (208, 208, 208)
_FEW_COLORS = 256  # with so few colors a PNG is sharp, and smaller than a JPEG


@dataclass(frozen=True)
class Preview:
    """Hold an image for the screen as a file: its bytes, their content type, its size in pixels."""

    data: bytes
    content_type: str
    width: int
    height: int


def preview_of(image: Image.Image, box: tuple[int, int]) -> Preview:
    """Return a decoded, upright image shrunk to fit into `box` (width, height), and without transparency."""
    small = opaque(shrunk(image, box))
    file = io.BytesIO()
    if small.getcolors(_FEW_COLORS) is not None:
        small.save(file, "PNG", compress_level=4)
        return Preview(file.getvalue(), "image/png", *small.size)
    small.save(file, "JPEG", quality=QUALITY)
    return Preview(file.getvalue(), "image/jpeg", *small.size)


def small_image(path: Path, box: tuple[int, int], *, max_pixels: int) -> Image.Image:
    """Return a file's image, upright and in sRGB, shrunk to fit into `box` (width, height). Raise ImageRefused."""
    with open_image(path) as image, refusing():
        check_size(image, max_pixels)
        stored = image.size
        image.draft(image.mode, box if normalize.header_orientation(image) < 5 else box[::-1])
        with decoding(image, stored=stored):
            image.load()
            turned = normalize.orientation(image)
            small = shrunk(normalize.eight_bits(image) or image, box if turned < 5 else box[::-1])
        small = normalize.in_srgb(small) or small
        return normalize.upright(small, turned) or small


def shrunk(image: Image.Image, box: tuple[int, int]) -> Image.Image:
    """Return an image in RGB or RGBA that fits into `box` (width, height); never enlarged.

    No second large image is in memory: far larger ones are first reduced by an integer factor.
    """
    scale = min(1.0, box[0] / image.width, box[1] / image.height)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    mode = "RGBA" if image.has_transparency_data else "RGB"
    small = reduced(image, int(1 / scale / 2), lambda strip: strip if strip.mode == mode else strip.convert(mode))
    return small.resize(size, Image.Resampling.BICUBIC)


def opaque(image: Image.Image) -> Image.Image:
    """Return an image with its see-through parts over a checkerboard."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    board = checkerboard(image.size).copy()
    board.paste(image, (0, 0), image)
    return board


@lru_cache(maxsize=8)
def checkerboard(size: tuple[int, int]) -> Image.Image:
    """Return gray squares on lighter gray, the usual sign for transparency."""
    row = Image.new("RGB", (size[0] + 2 * _TILE, _TILE), _LIGHT)
    for x in range(0, row.width, 2 * _TILE):
        row.paste(_DARK, (x, 0, x + _TILE, _TILE))
    board = Image.new("RGB", size)
    for number, y in enumerate(range(0, size[1], _TILE)):
        board.paste(row, (-_TILE * (number % 2), y))
    return board

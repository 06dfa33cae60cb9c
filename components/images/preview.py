"""Small pictures for the screen: what lies under the canvas, see-through parts on a checkerboard."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image

from components.images import repair
from components.images.opening import check_size, open_picture, refusing

QUALITY = 88
_TILE = 12  # pixels of a square of the checkerboard
_LIGHT, _DARK = (236, 236, 236), (208, 208, 208)
_FEW_COLOURS = 256  # up to here a PNG is smaller than a JPEG, and sharp


@dataclass(frozen=True)
class Preview:
    """A picture for the screen as a file: its bytes, their content type, its size in pixels."""

    data: bytes
    content_type: str
    width: int
    height: int


def preview_of(image: Image.Image, box: tuple[int, int]) -> Preview:
    """A decoded, upright picture shrunk to fit into `box` (width, height) and never enlarged, without transparency."""
    small = opaque(shrunk(image, box))
    file = io.BytesIO()
    if small.getcolors(_FEW_COLOURS) is not None:
        small.save(file, "PNG", compress_level=4)
        return Preview(file.getvalue(), "image/png", *small.size)
    small.save(file, "JPEG", quality=QUALITY)
    return Preview(file.getvalue(), "image/jpeg", *small.size)


def make_preview(path: Path, box: tuple[int, int], *, max_pixels: int) -> Preview:
    """The same for a file. Raises Refused where it cannot be opened."""
    with open_picture(path) as image, refusing():
        check_size(image, max_pixels)
        turned = repair.orientation(image)
        image.draft(image.mode, box if turned < 5 else box[::-1])
        image.load()
        right = repair.eight_bits(image) or image
        right = repair.in_srgb(right) or right
        return preview_of(repair.upright(right, turned) or right, box)


def shrunk(image: Image.Image, box: tuple[int, int]) -> Image.Image:
    """A picture in RGB or RGBA that fits into `box` (width, height); never enlarged."""
    scale = min(1.0, box[0] / image.width, box[1] / image.height)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode in {"L", "RGB"} and mode == "RGB":  # shrink first: less to convert
        return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0).convert("RGB")
    return image.convert(mode).resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def opaque(image: Image.Image) -> Image.Image:
    """A picture with its see-through parts over a checkerboard."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    board = checkerboard(image.size).copy()
    board.paste(image, (0, 0), image)
    return board


@lru_cache(maxsize=8)
def checkerboard(size: tuple[int, int]) -> Image.Image:
    """Grey squares on lighter grey, the usual sign for nothing."""
    row = Image.new("RGB", (size[0] + 2 * _TILE, _TILE), _LIGHT)
    for x in range(0, row.width, 2 * _TILE):
        row.paste(_DARK, (x, 0, x + _TILE, _TILE))
    board = Image.new("RGB", size)
    for number, y in enumerate(range(0, size[1], _TILE)):
        board.paste(row, (-_TILE * (number % 2), y))
    return board

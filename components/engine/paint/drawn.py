"""Finishes of a pen: ink, pencil, blueprint, comic. Lines are found where brightness or colour changes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from components.engine.noise import cloudy_field
from components.engine.paint.effects import seed_of
from components.engine.shapes import Color, Picture

Pattern = NDArray[np.uint8]
SHEET: Color = (24, 62, 128)
CHALK: Color = (226, 238, 255)
GRID: tuple[Color, Color] = ((52, 96, 164), (78, 124, 194))


def _table(change: Callable[[float], float]) -> list[int]:
    """A table for `point` from a function on levels of 0 to 1."""
    return [round(255 * min(1.0, max(0.0, change(level / 255)))) for level in range(256)]


def _edges(image: Image.Image, radius: float) -> Image.Image:
    """How much changes around each pixel, 0 to 255: the difference of two blurs in the channel where it is most."""
    fine = image.filter(ImageFilter.BoxBlur(radius * 0.5))
    coarse = image.filter(ImageFilter.BoxBlur(radius * 1.6))
    red, green, blue = ImageChops.difference(fine, coarse).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point(_table(lambda level: (level * 255 - 3) / 16))


def _repeated(tile: Pattern, image: Image.Image) -> Pattern:
    """A small pattern over the whole picture."""
    high, wide = tile.shape
    return np.tile(tile, (image.height // high + 1, image.width // wide + 1))[: image.height, : image.width]


def _unit(image: Image.Image) -> float:
    return min(image.size) / 1000


def _on_paper(level: Image.Image, paper: Color, ink_color: Color) -> Image.Image:
    """Ink as thick as the level says."""
    return Image.composite(Image.new("RGB", level.size, ink_color), Image.new("RGB", level.size, paper), level)


def ink(image: Image.Image, picture: Picture) -> Image.Image:
    """Outlines, and slanting lines that are thicker and crossed where it is darker."""
    lines = _edges(image, max(1.0, 1.5 * _unit(image)))
    gray = ImageOps.grayscale(image)
    side = max(4, round(14 * _unit(image)))
    y, x = np.mgrid[0:side, 0:side]
    for limit, slant in ((0.66, 1), (0.42, -1)):
        ramp = (np.abs(((x + slant * y) / side) % 1 * 2 - 1) * 255).astype(np.uint8)
        thickness = np.asarray(gray.point(_table(lambda level, limit=limit: min(0.5, (limit - level) * 2.2))))  # type: ignore[misc]
        hatched = (_repeated(ramp, gray) < thickness).view(np.uint8) * np.uint8(158)
        lines = ImageChops.lighter(lines, Image.fromarray(hatched))
    return _on_paper(lines, picture.paper, picture.ink)


def pencil(image: Image.Image, picture: Picture) -> Image.Image:
    """Outlines and rubbed shades of grey on rough paper."""
    lines = _edges(image, max(1.0, 1.5 * _unit(image)))
    dark = ImageOps.grayscale(image).point(_table(lambda level: (1 - level) * 0.82 - 0.06))
    small = (image.width // 2 or 1, image.height // 2 or 1)
    rough = cloudy_field(seed_of(picture, 5), 120, 120, *small, octaves=2)
    grain = Image.fromarray((150 + rough * 105).astype(np.uint8)).resize(image.size, Image.Resampling.BILINEAR)
    return _on_paper(ImageChops.lighter(lines, ImageChops.multiply(dark, grain)), picture.paper, picture.ink)


def blueprint(image: Image.Image, picture: Picture) -> Image.Image:
    """White lines on blue with a grid."""
    lines = _edges(image, max(1.0, 1.5 * _unit(image)))
    sheet = Image.new("RGB", image.size, SHEET)
    draw = ImageDraw.Draw(sheet)
    step = 50 * _unit(image)
    for number in range(1, round(max(image.size) / step) + 1):
        color = GRID[number % 4 == 0]
        draw.line((number * step, 0, number * step, image.height), fill=color)
        draw.line((0, number * step, image.width, number * step), fill=color)
    return Image.composite(Image.new("RGB", image.size, CHALK), sheet, lines)


def comic(image: Image.Image, picture: Picture) -> Image.Image:
    """Few tones, dots in the shades, dark outlines."""
    few = ImageOps.posterize(ImageEnhance.Color(image).enhance(1.45), 3).point(
        [min(255, v + 14) for v in range(256)] * 3
    )
    side = max(4, round(12 * _unit(image)))
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    away = (np.minimum(np.hypot(x, y), np.hypot(np.abs(x) - 0.5, np.abs(y) - 0.5)) * 2 * 255).astype(np.uint8)
    size = ImageOps.grayscale(image).point(_table(lambda level: min(0.62, 0.75 - level)))
    dots = Image.fromarray((_repeated(away, image) < np.asarray(size)).view(np.uint8) * np.uint8(255))
    few = Image.composite(few.point([round(v * 0.8) for v in range(256)] * 3), few, dots)
    lines = _edges(image, max(1.0, 2.2 * _unit(image))).point(_table(lambda level: level * 0.9))
    return Image.composite(
        Image.new("RGB", image.size, (22, 20, 26)), few, lines.point(_table(lambda level: level * 0.9))
    )

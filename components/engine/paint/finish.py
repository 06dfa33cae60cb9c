"""How a painted picture is finished: as film, watercolour, pixels, ink … and the light grain that all of them get.

Each finish takes pixels and gives pixels. What is random in it depends on the picture's seed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from components.engine.noise import Field, cloudy_field, smooth_field
from components.engine.paint.cells import pushed_grid, triangles
from components.engine.palette import mix
from components.engine.shapes import Picture

Finish = Callable[[Image.Image, Picture], Image.Image]
Pattern = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
GRAIN_TILE = 512


def finished(image: Image.Image, picture: Picture) -> Image.Image:
    """The picture's own finish, then its vignette and grain."""
    image = FINISHES.get(picture.finish, _plain)(image, picture)
    if picture.vignette:
        image = _vignette(image, picture.vignette)
    if picture.grain:
        image = _grainy(image, picture.grain, picture.seed)
    return image


def _seed(picture: Picture, about: int) -> int:
    return (picture.seed + about * 7919) % 2**31


def _plain(image: Image.Image, picture: Picture) -> Image.Image:
    return image


def _vignette(image: Image.Image, strength: float) -> Image.Image:
    """Darker corners."""
    distance = np.asarray(Image.radial_gradient("L").resize((64, 64)), dtype=np.float32) / 255
    level = 255 * (1 - strength * np.clip(distance * 1.25 - 0.45, 0, 1) ** 1.6)
    shade = Image.fromarray(level.astype(np.uint8)).resize(image.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(image, Image.merge("RGB", (shade, shade, shade)))


def _grainy(image: Image.Image, strength: float, seed: int) -> Image.Image:
    """Grey noise, the same for all channels, from one tile."""
    rng = np.random.default_rng(seed % 2**31)
    tile = (rng.standard_normal((GRAIN_TILE, GRAIN_TILE), dtype=np.float32) * strength * 128 + 128).clip(0, 255)
    width, height = image.size
    across, down = width // GRAIN_TILE + 1, height // GRAIN_TILE + 1
    grain = Image.fromarray(np.tile(tile.astype(np.uint8), (down, across))[:height, :width])
    return ImageChops.add(image, Image.merge("RGB", (grain, grain, grain)), 1, -128)


def _bloom(image: Image.Image, strength: float, radius: float) -> Image.Image:
    """Light that spills from what is bright."""
    small = image.resize((image.width // 4 or 1, image.height // 4 or 1), Image.Resampling.BOX)
    bright = small.point([max(0, round((level - 120) * 1.9)) for level in range(256)] * 3)
    spilled = bright.filter(ImageFilter.GaussianBlur(radius / 4)).resize(image.size, Image.Resampling.BILINEAR)
    spilled = spilled.point([round(level * strength) for level in range(256)] * 3)
    return ImageChops.screen(image, spilled)


def _film(image: Image.Image, picture: Picture) -> Image.Image:
    """Teal shadows, warm lights, a little glow."""
    red = [min(255, max(0, round(v * 1.04 + 8 * (v / 255 - 0.4)))) for v in range(256)]
    green = [min(255, round(v * 0.99 + 2)) for v in range(256)]
    blue = [min(255, max(0, round(v * 0.9 + 20 * (1 - v / 255)))) for v in range(256)]
    return _bloom(image.point(red + green + blue), 0.4, image.width / 40)


def _vintage(image: Image.Image, picture: Picture) -> Image.Image:
    """Faded and warm."""
    gray = ImageOps.grayscale(image)
    sepia = ImageOps.colorize(gray, (58, 38, 30), (252, 236, 204), mid=(178, 134, 98))
    return Image.blend(image, sepia, 0.72)


def _noir(image: Image.Image, picture: Picture) -> Image.Image:
    """Black and white with strong contrast."""
    gray = ImageOps.autocontrast(ImageOps.grayscale(image), cutoff=(1, 1))
    curve = [round(255 * ((v / 255) ** 1.15 * (1.0 - 0.15 * (1 - v / 255)))) for v in range(256)]
    return gray.point(curve).convert("RGB")


def _watercolor(image: Image.Image, picture: Picture) -> Image.Image:
    """Wobbling edges, pooled pigment, rough paper, an unpainted rim."""
    width, height = image.size
    half = image.resize((width // 2 or 1, height // 2 or 1), Image.Resampling.BOX)
    soft = half.filter(ImageFilter.GaussianBlur(1.2))
    source = np.asarray(soft)
    rows, columns = source.shape[:2]
    seed = _seed(picture, 1)
    reach = rows / 60
    down = (cloudy_field(seed, 18, 18, columns, rows, 3) - 0.5) * reach
    across = (cloudy_field(seed + 9, 18, 18, columns, rows, 3) - 0.5) * reach
    y = np.clip(np.arange(rows)[:, None] + down, 0, rows - 1).astype(np.int32)
    x = np.clip(np.arange(columns)[None, :] + across, 0, columns - 1).astype(np.int32)
    washed = Image.fromarray(source[y, x])
    pooled = cloudy_field(seed + 20, 7, 7, columns, rows, 4)
    edge = np.asarray(
        ImageOps.grayscale(washed.filter(ImageFilter.FIND_EDGES)).filter(ImageFilter.GaussianBlur(1)), np.float32
    )
    level = np.clip(0.82 + 0.3 * pooled - edge / 255 * 0.55, 0.5, 1.12)[..., None]
    colors: NDArray[Any] = np.asarray(washed, dtype=np.float32)
    paper: Field = np.array(mix(picture.paper, (255, 255, 255), 0.4), dtype=np.float32)
    light = 0.16 + 0.1 * pooled[..., None]
    colors = (colors + (paper - colors) * light) * level
    rim = _rim(columns, rows, seed + 40)[..., None]
    colors = (colors * rim + paper * (1 - rim)).clip(0, 255)
    full = Image.fromarray(colors.astype(np.uint8)).resize(image.size, Image.Resampling.BICUBIC)
    return _grainy(full, 0.05, seed)


def _rim(width: int, height: int, seed: int) -> Field:
    """1 inside, 0 at the border, with a ragged edge between."""
    x = np.minimum(np.arange(width), np.arange(width)[::-1])[None, :].astype(np.float32)
    y = np.minimum(np.arange(height), np.arange(height)[::-1])[:, None].astype(np.float32)
    unit = min(width, height) / 100
    ragged = cloudy_field(seed, 14, 14, width, height, 4) * unit * 5
    inside: Field = np.clip((np.minimum(x, y) - unit * 1.2 - ragged) / unit, 0, 1)
    return inside


def _oil(image: Image.Image, picture: Picture) -> Image.Image:
    """Thousands of short strokes along a flowing field."""
    rng = np.random.default_rng(_seed(picture, 2))
    width, height = image.size
    unit = min(width, height) / 1000
    base = image.filter(ImageFilter.BoxBlur(5 * unit))
    small = base.resize((width // 4 or 1, height // 4 or 1), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.int16)
    field = smooth_field(_seed(picture, 3), 3, 3, small.width, small.height)
    draw = ImageDraw.Draw(base)
    for count, long, thick in ((1700, 34, 13), (3600, 19, 7), (3200, 10, 3.4)):
        xs, ys = rng.integers(0, small.width, count), rng.integers(0, small.height, count)
        tones = np.clip(pixels[ys, xs] + rng.integers(-13, 14, (count, 1)), 0, 255)
        angles = field[ys, xs] * 5 + rng.normal(0, 0.25, count)
        dx, dy = np.cos(angles) * long * unit, np.sin(angles) * long * unit
        thickness = max(1, round(thick * unit))
        strokes = np.stack([xs * 4 - dx, ys * 4 - dy, xs * 4 + dx, ys * 4 + dy], axis=1).tolist()
        for stroke, tone in zip(strokes, tones.tolist(), strict=True):
            draw.line(stroke, fill=tuple(tone), width=thickness)
    relief = (
        ImageOps.grayscale(base).filter(ImageFilter.EMBOSS).point([round(128 + (v - 128) * 0.5) for v in range(256)])
    )
    return ImageChops.add(base, Image.merge("RGB", (relief, relief, relief)), 1, -128)


def _pixels(image: Image.Image, picture: Picture) -> Image.Image:
    """A small picture of few colours, enlarged without smoothing."""
    shorter = min(image.size)
    factor = 112 / shorter
    small = image.resize(
        (max(1, round(image.width * factor)), max(1, round(image.height * factor))), Image.Resampling.BOX
    )
    small = ImageEnhance.Color(small).enhance(1.25)
    few = small.quantize(28, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    return few.resize(image.size, Image.Resampling.NEAREST)


def _edges(image: Image.Image, radius: float) -> Field:
    """Where brightness or colour changes, 0 to 1, by the difference of two blurs."""
    total: Field = np.zeros((image.height, image.width), dtype=np.float32)
    fine = image.filter(ImageFilter.BoxBlur(radius * 0.5))
    coarse = image.filter(ImageFilter.BoxBlur(radius * 1.6))
    difference = np.asarray(ImageChops.difference(fine, coarse), dtype=np.float32)
    total += difference.max(axis=2)
    return np.clip((total - 3.0) / 16, 0, 1)


def _drawn(image: Image.Image, picture: Picture, *, hatch: bool) -> Image.Image:
    unit = min(image.size) / 1000
    lines = _edges(image, max(1.0, 1.5 * unit))
    gray = ImageOps.grayscale(image)
    if hatch:
        tone = _hatching(gray, unit)
    else:
        rough = cloudy_field(_seed(picture, 5), 120, 120, image.width // 2 or 1, image.height // 2 or 1, 2)
        rough = np.asarray(Image.fromarray(rough).resize(image.size), dtype=np.float32)
        dark = 1 - np.asarray(gray, dtype=np.float32) / 255
        tone = np.clip(dark * 0.82 - 0.06 + (rough - 0.5) * 0.22 * np.minimum(1, dark * 3), 0, 0.85)
    level = np.clip(np.maximum(lines * 0.95, tone), 0, 1)[..., None]
    paper, ink = np.array(picture.paper, dtype=np.float32), np.array(picture.ink, dtype=np.float32)
    return Image.fromarray((paper + (ink - paper) * level).astype(np.uint8))


def _repeated(tile: Pattern, image: Image.Image) -> Pattern:
    """A small pattern over the whole picture."""
    high, wide = tile.shape
    return np.tile(tile, (image.height // high + 1, image.width // wide + 1))[: image.height, : image.width]


def _hatching(gray: Image.Image, unit: float) -> Field:
    """Slanting lines, crossed where it is darker: thicker the darker the picture."""
    side = max(4, round(14 * unit))
    y, x = np.mgrid[0:side, 0:side]
    tone = np.zeros((gray.height, gray.width), dtype=np.float32)
    for limit, slant in ((0.66, 1), (0.42, -1)):
        ramp = np.abs(((x + slant * y) / side) % 1 * 2 - 1) * 255
        thickness = gray.point([round(255 * min(0.5, max(0.0, (limit - v / 255) * 2.2))) for v in range(256)])
        lines = _repeated(ramp.astype(np.uint8), gray) < np.asarray(thickness)
        tone = np.maximum(tone, lines * np.float32(0.62))
    return tone


def _ink(image: Image.Image, picture: Picture) -> Image.Image:
    """Outlines and hatching."""
    return _drawn(image, picture, hatch=True)


def _pencil(image: Image.Image, picture: Picture) -> Image.Image:
    """Outlines and rubbed shades of grey."""
    return _drawn(image, picture, hatch=False)


def _blueprint(image: Image.Image, picture: Picture) -> Image.Image:
    """White lines on blue with a grid."""
    unit = min(image.size) / 1000
    lines = _edges(image, max(1.0, 1.5 * unit))
    level = np.clip(lines, 0, 1)[..., None]
    ground, ink = np.array((24, 62, 128), dtype=np.float32), np.array((226, 238, 255), dtype=np.float32)
    sheet = Image.fromarray((ground + (ink - ground) * level).astype(np.uint8))
    draw = ImageDraw.Draw(sheet)
    step = 50 * unit
    for number in range(1, round(image.width / step) + 1):
        draw.line((number * step, 0, number * step, image.height), fill=(52, 96, 164) if number % 4 else (78, 124, 194))
    for number in range(1, round(image.height / step) + 1):
        draw.line((0, number * step, image.width, number * step), fill=(52, 96, 164) if number % 4 else (78, 124, 194))
    return Image.composite(Image.fromarray((ground + (ink - ground) * level).astype(np.uint8)), sheet,
                           Image.fromarray((level[..., 0] * 255).astype(np.uint8)))  # fmt: skip


def _comic(image: Image.Image, picture: Picture) -> Image.Image:
    """Few tones, dots in the shades, dark outlines."""
    unit = min(image.size) / 1000
    strong = ImageEnhance.Color(image).enhance(1.45)
    few = np.asarray(ImageOps.posterize(strong, 3), dtype=np.float32) + 14
    side = max(4, round(12 * unit))
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    away = (np.minimum(np.hypot(x, y), np.hypot(np.abs(x) - 0.5, np.abs(y) - 0.5)) * 2 * 255).astype(np.uint8)
    size = ImageOps.grayscale(image).point([round(255 * min(0.62, max(0.0, 0.75 - v / 255))) for v in range(256)])
    few = np.where((_repeated(away, image) < np.asarray(size))[..., None], few * np.float32(0.8), few)
    lines = _edges(image, max(1.0, 2.2 * unit))[..., None]
    return Image.fromarray((few * (1 - lines * 0.9)).clip(0, 255).astype(np.uint8))


def _lowpoly(image: Image.Image, picture: Picture) -> Image.Image:
    """Flat triangles."""
    result = image.copy()
    draw = ImageDraw.Draw(result)
    for corners, color in triangles(image, 34, _seed(picture, 6)):
        draw.polygon(corners.ravel().tolist(), fill=color)
    return result


def _mosaic(image: Image.Image, picture: Picture) -> Image.Image:
    """Pieces of glass in lead."""
    corners, rows, columns = pushed_grid(image.width, image.height, 40, _seed(picture, 6))
    unit = min(image.size) / 1000
    small = ImageEnhance.Color(image).enhance(1.5).resize((columns, rows), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.int16)
    rng = np.random.default_rng(_seed(picture, 8))
    tones = np.clip(pixels + rng.integers(-16, 17, (rows, columns, 1)), 0, 255)
    result = Image.new("RGB", image.size, (36, 32, 38))
    draw = ImageDraw.Draw(result)
    lead = max(1, round(3.2 * unit))
    for row in range(rows):
        for column in range(columns):
            piece = [
                corners[row, column],
                corners[row, column + 1],
                corners[row + 1, column + 1],
                corners[row + 1, column],
            ]
            draw.polygon(
                [tuple(corner) for corner in piece],
                fill=tuple(tones[row, column].tolist()),
                outline=(36, 32, 38),
                width=lead,
            )
    return result


def _neon(image: Image.Image, picture: Picture) -> Image.Image:
    """Strong colours that glow."""
    return _bloom(ImageEnhance.Color(image).enhance(1.25), 0.75, image.width / 26)


def _pastel(image: Image.Image, picture: Picture) -> Image.Image:
    """Lighter, softer."""
    return Image.blend(_bloom(image, 0.25, image.width / 30), Image.new("RGB", image.size, (255, 250, 246)), 0.16)


FINISHES: Mapping[str, Finish] = {
    "film": _film,
    "vintage": _vintage,
    "noir": _noir,
    "watercolor": _watercolor,
    "oil": _oil,
    "pixel": _pixels,
    "ink": _ink,
    "pencil": _pencil,
    "blueprint": _blueprint,
    "comic": _comic,
    "lowpoly": _lowpoly,
    "mosaic": _mosaic,
    "neon": _neon,
    "pastel": _pastel,
}

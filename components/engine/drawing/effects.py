"""Finish an image in a style or with a material's texture. Each function takes and returns RGB images."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from components.engine.drawing.color import Color, Palette, mix, shift

Field = NDArray[Any]
LOOKS: Mapping[str, frozenset[str]] = {"offset type": frozenset({"riso", "comic", "3d"})}


def noise(seed: int, rows: float, columns: float, size: tuple[int, int], octaves: int = 3) -> Field:
    """Return smooth noise of 0 to 1 at a size in pixels, about rows x columns waves large."""
    rng = np.random.default_rng(seed)
    total = np.zeros((size[1], size[0]), dtype=np.float32)
    for octave in range(octaves):
        grid = rng.random(
            (max(2, round(rows * 2**octave)) + 1, max(2, round(columns * 2**octave)) + 1), dtype=np.float32
        )
        total += np.asarray(Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC)) * 0.5**octave
    field: Field = np.clip((total / (2 - 0.5 ** (octaves - 1)) - 0.5) * 1.7 + 0.5, 0, 1)
    return field


def triangles(image: Image.Image, across: int, seed: int) -> Iterator[tuple[Field, Color]]:
    """Yield the image as triangles with the color at their middle, `across` cells along the shorter edge."""
    rng, shorter = np.random.default_rng(seed), min(image.size)
    columns, rows = (max(2, round(across * edge / shorter)) for edge in image.size)
    grid = np.stack(np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1)), axis=2)
    push = rng.uniform(-0.36, 0.36, grid.shape) / [columns, rows]
    push[0, :, 1] = push[-1, :, 1] = push[:, 0, 0] = push[:, -1, 0] = 0
    corners = (grid + push) * image.size
    pixels = np.asarray(image.resize((columns * 3, rows * 3), Image.Resampling.BOX))
    for row in range(rows):
        for column in range(columns):
            a, b, c, d = (corners[row + i, column + j] for i in (0, 1) for j in (0, 1))
            for three in ((a, b, c), (b, d, c)) if (row + column) % 2 else ((a, b, d), (a, d, c)):
                points = np.array(three)
                x, y = (points.mean(axis=0) / image.size * [columns * 3, rows * 3]).astype(int)
                red, green, blue = pixels[y, x].tolist()
                yield points, (red, green, blue)


def finish(image: Image.Image, style: str, seed: int, palette: Palette, detail: float = 1.0) -> Image.Image:
    """Return the image in a style; from medium quality on with a light grain, from high quality on with paper."""
    if style in STYLES:
        image = STYLES[style](image, seed, palette)
    if detail > 0.75 and style not in {"pixel", "blueprint", "minimal", "3d", "lowpoly"}:
        image = _grain(image, 0.03 if detail < 1.2 else 0.045, seed)
    if detail > 1.2 and style not in {"pixel", "neon", "3d"}:
        paper = 244 + noise(seed + 5, 110, 110, (512, 512), 2) * 11
        image = ImageChops.multiply(image, _gray(Image.fromarray(paper.astype(np.uint8)).resize(image.size)))
    return image


def textured(image: Image.Image, kind: str, seed: int) -> Image.Image:
    """Return the image with the surface of a material: grain, veins, speckle, metal, gloss, weave."""
    size = (max(8, image.width // 2), max(8, image.height // 2))
    if kind == "grain":
        bent = noise(seed, 4, 3, size, 2) * 9 + np.linspace(0, 22, size[0])[None, :]
        field = 0.74 + 0.2 * np.sin(bent * 5) ** 2 + 0.1 * noise(seed + 1, 3, 120, size, 1)
    elif kind == "veins":
        field = 1 - 0.42 * np.clip(1 - np.abs(noise(seed, 4, 4, size, 5) - 0.5) * 34, 0, 1)
    elif kind == "speckle":
        field = 0.84 + 0.2 * noise(seed, 160, 160, size, 1) ** 2 + 0.1 * noise(seed + 1, 6, 6, size, 3) - 0.05
    elif kind == "metal":
        slope = np.linspace(0, 3.2, size[0])[None, :] + np.linspace(0, 1.6, size[1])[:, None]
        field = 0.86 + 0.3 * np.sin(slope * 3.1) + 0.1 * noise(seed, 300, 4, size, 1)
    elif kind == "gloss":
        slope = np.linspace(0, 1, size[0])[None, :] * 0.8 + np.linspace(0, 1, size[1])[:, None]
        field = 0.96 + 0.36 * (((slope * 2.3) % 1) > 0.72) * (1 - slope * 0.4)
    else:
        y, x = np.mgrid[0 : size[1], 0 : size[0]]
        field = 0.8 + 0.16 * ((x // 3 + y // 3) % 2) + 0.12 * noise(seed, 90, 90, size, 1)
    dark = Image.fromarray((np.clip(field, 0, 1) * 255).astype(np.uint8)).resize(image.size, Image.Resampling.BICUBIC)
    light = Image.fromarray((np.clip(field - 1, 0, 1) * 255).astype(np.uint8)).resize(
        image.size, Image.Resampling.BICUBIC
    )
    return ImageChops.screen(ImageChops.multiply(image, _gray(dark)), _gray(light))


def _gray(level: Image.Image) -> Image.Image:
    return Image.merge("RGB", (level, level, level))


def _grain(image: Image.Image, strength: float, seed: int) -> Image.Image:
    tile = np.random.default_rng(seed).standard_normal((256, 256), dtype=np.float32) * strength * 128 + 128
    tiled = np.tile(tile.clip(0, 255).astype(np.uint8), (image.height // 256 + 1, image.width // 256 + 1))
    grain = Image.fromarray(tiled[: image.height, : image.width])
    return ImageChops.add(image, _gray(grain), 1, -128)


def _curve(change: Callable[[float], float]) -> list[int]:
    return [round(255 * min(1.0, max(0.0, change(level / 255)))) for level in range(256)]


def _edges(image: Image.Image, radius: float) -> Image.Image:
    """Return 255 where color or brightness changes."""
    difference = ImageChops.difference(
        image.filter(ImageFilter.BoxBlur(radius * 0.5)), image.filter(ImageFilter.BoxBlur(radius * 1.6))
    )
    red, green, blue = difference.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue).point(_curve(lambda level: (level * 255 - 3) / 16))


def _bloom(image: Image.Image, strength: float, radius: float) -> Image.Image:
    small = image.resize((image.width // 4 or 1, image.height // 4 or 1), Image.Resampling.BOX)
    bright = small.point(_curve(lambda level: (level - 0.45) * 1.9) * 3).filter(ImageFilter.GaussianBlur(radius / 4))
    spilled = bright.resize(image.size, Image.Resampling.BILINEAR).point(_curve(lambda level: level * strength) * 3)
    return ImageChops.screen(image, spilled)


def _vignette(image: Image.Image, strength: float) -> Image.Image:
    distance = np.asarray(Image.radial_gradient("L").resize((64, 64)), dtype=np.float32) / 255
    level = 255 * (1 - strength * np.clip(distance * 1.25 - 0.45, 0, 1) ** 1.6)
    return ImageChops.multiply(
        image, _gray(Image.fromarray(level.astype(np.uint8)).resize(image.size, Image.Resampling.BICUBIC))
    )


def _grid(image: Image.Image) -> tuple[Field, Field]:
    """Return rows and columns as numbers that broadcast to the image's size."""
    return np.arange(image.height, dtype=np.float32)[:, None], np.arange(image.width, dtype=np.float32)[None, :]


def _unit(image: Image.Image) -> float:
    return min(image.size) / 1000


def _dots(level: Image.Image, side: float, slant: float) -> Image.Image:
    """Return a halftone screen: 255 inside dots that grow with the level."""
    y, x = _grid(level)
    u, v = (
        (x * math.cos(slant) + y * math.sin(slant)) / side % 1 - 0.5,
        (y * math.cos(slant) - x * math.sin(slant)) / side % 1 - 0.5,
    )
    return Image.fromarray(
        ((np.hypot(u, v) * 1.5) ** 2 * 255 < np.asarray(level, dtype=np.float32)).astype(np.uint8) * 255
    )


def _watercolor(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    size = (max(2, image.width // 2), max(2, image.height // 2))
    source = np.asarray(image.resize(size, Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(1.2)))
    reach = min(size) / 55
    y = np.clip(np.arange(size[1])[:, None] + (noise(seed, 18, 18, size) - 0.5) * reach, 0, size[1] - 1).astype(
        np.int32
    )
    x = np.clip(np.arange(size[0])[None, :] + (noise(seed + 9, 18, 18, size) - 0.5) * reach, 0, size[0] - 1).astype(
        np.int32
    )
    washed, pooled = Image.fromarray(source[y, x]), noise(seed + 20, 6, 6, size, 5)
    edge = np.asarray(
        washed.filter(ImageFilter.FIND_EDGES).convert("L").filter(ImageFilter.GaussianBlur(1)), np.float32
    )
    level = np.clip(0.8 + 0.32 * pooled - edge / 255 * 0.6, 0.5, 1.12)[..., None]
    paper = np.array((252, 249, 242), dtype=np.float32)
    colors: Field = np.asarray(washed, dtype=np.float32)
    colors = (colors + (paper - colors) * (0.14 + 0.16 * pooled[..., None])) * level
    near = np.minimum.outer(
        np.minimum(np.arange(size[1]), np.arange(size[1])[::-1]),
        np.minimum(np.arange(size[0]), np.arange(size[0])[::-1]),
    )
    rim = np.clip((near / min(size) * 100 - 1.4 - noise(seed + 40, 14, 14, size, 4) * 3) * 1.2, 0, 1)[..., None]
    painted = (colors * rim + paper * (1 - rim)).clip(0, 255).astype(np.uint8)
    return _grain(Image.fromarray(painted).resize(image.size, Image.Resampling.BICUBIC), 0.05, seed)


def _oil(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    rng, unit = np.random.default_rng(seed), _unit(image)
    base = image.filter(ImageFilter.BoxBlur(5 * unit))
    small = base.resize((image.width // 4 or 1, image.height // 4 or 1), Image.Resampling.BOX)
    pixels, field = np.asarray(small, dtype=np.int16), noise(seed + 3, 3, 3, small.size, 1)
    draw = ImageDraw.Draw(base)
    for count, long, thick in ((1700, 34, 13), (3400, 19, 7), (2600, 10, 3.4)):
        xs, ys = rng.integers(0, small.width, count), rng.integers(0, small.height, count)
        tones = np.clip(pixels[ys, xs] + rng.integers(-13, 14, (count, 1)), 0, 255).tolist()
        angles = field[ys, xs] * 5 + rng.normal(0, 0.25, count)
        dx, dy = np.cos(angles) * long * unit, np.sin(angles) * long * unit
        strokes = np.stack([xs * 4 - dx, ys * 4 - dy, xs * 4 + dx, ys * 4 + dy], axis=1).tolist()
        for stroke, tone in zip(strokes, tones, strict=True):
            draw.line(stroke, fill=tuple(tone), width=max(1, round(thick * unit)))
    relief = base.convert("L").filter(ImageFilter.EMBOSS).point(_curve(lambda level: 0.5 + (level - 0.5) * 0.5))
    return ImageChops.add(base, _gray(relief), 1, -128)


def _drawn(image: Image.Image, seed: int, palette: Palette, *, rubbed: bool = False) -> Image.Image:
    """Outlines on paper, hatched where it is darker, or rubbed with a soft pencil in the image's colors."""
    lines, gray, unit = _edges(image, max(1.0, 1.5 * _unit(image))), image.convert("L"), _unit(image)
    paper = Image.new(
        "RGB", image.size, mix(palette.ground, (253, 250, 243), 0.5) if max(palette.ground) > 200 else (252, 248, 240)
    )
    y, x = _grid(image)
    if rubbed:
        stroke = 0.55 + 0.45 * noise(seed, 200, 60, (max(2, image.width // 2), max(2, image.height // 2)), 2)
        tooth = Image.fromarray((stroke * 215).astype(np.uint8)).resize(image.size, Image.Resampling.BILINEAR)
        paper = Image.composite(image, paper, tooth)
    else:
        dark = np.asarray(gray, dtype=np.float32) / 255
        for limit, slant in ((0.72, 1), (0.42, -1)):
            ramp = np.abs((x + slant * y) / (15 * unit) % 1 * 2 - 1)
            hatch = Image.fromarray((ramp < np.clip((limit - dark) * 1.9, 0, 0.5)).astype(np.uint8) * 190)
            lines = ImageChops.lighter(lines, hatch)
    return Image.composite(Image.new("RGB", image.size, (40, 38, 46)), paper, lines)


def _blueprint(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    sheet, step = Image.new("RGB", image.size, (24, 62, 128)), 50 * _unit(image)
    draw = ImageDraw.Draw(sheet)
    for number in range(1, round(max(image.size) / step) + 1):
        color = ((44, 86, 154), (66, 110, 180))[number % 4 == 0]
        draw.line((number * step, 0, number * step, image.height), fill=color)
        draw.line((0, number * step, image.width, number * step), fill=color)
    return Image.composite(
        Image.new("RGB", image.size, (226, 238, 255)), sheet, _edges(image, max(1.0, 1.5 * _unit(image)))
    )


def _riso(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    """Two inks, slightly out of register, as grainy halftones on paper."""
    gray, unit = image.convert("L"), _unit(image)
    sheet = Image.new("RGB", image.size, (247, 241, 228))
    deep = shift(max(palette.shapes, key=lambda color: max(color) - min(color)), light=-0.15, saturation=1.5)
    bright: Color = (255, 92, 104) if deep[2] + deep[1] > deep[0] * 1.2 else (255, 196, 40)
    middle, dark = _curve(lambda level: 1.25 - level * 1.3), _curve(lambda level: 0.95 - level * 1.25)
    plates = ((gray.point(middle), bright, 0.26, 0), (gray.point(dark), deep, 1.31, round(4 * unit)))
    for level, ink, slant, offset in plates:
        plate = ImageChops.offset(_dots(level, max(3.0, 7 * unit), slant), offset, offset)
        plate = ImageChops.multiply(
            plate,
            Image.fromarray((200 + 55 * noise(seed + offset, 90, 90, (256, 256), 2)).astype(np.uint8)).resize(
                image.size
            ),
        )
        sheet = ImageChops.multiply(
            sheet,
            Image.composite(Image.new("RGB", image.size, ink), Image.new("RGB", image.size, (255, 255, 255)), plate),
        )
    return sheet


def _comic(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    few = ImageOps.posterize(ImageEnhance.Color(image).enhance(1.4), 3).point(
        [min(255, v + 14) for v in range(256)] * 3
    )
    dots = _dots(image.convert("L").point(_curve(lambda level: 0.8 - level)), max(4.0, 13 * _unit(image)), 0.5)
    few = Image.composite(few.point(_curve(lambda level: level * 0.78) * 3), few, dots)
    return Image.composite(Image.new("RGB", image.size, (22, 20, 26)), few, _edges(image, max(1.0, 2.4 * _unit(image))))


def _pixel(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    factor = 92 / min(image.size)
    small = image.resize(
        (max(1, round(image.width * factor)), max(1, round(image.height * factor))), Image.Resampling.BOX
    )
    few = ImageEnhance.Color(small).enhance(1.2).quantize(24, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return few.convert("RGB").resize(image.size, Image.Resampling.NEAREST)


def _faceted(image: Image.Image, seed: int, palette: Palette, *, lead: bool = False) -> Image.Image:
    """Flat triangles; with lead between them, panes of glass."""
    result = ImageEnhance.Color(image).enhance(1.4 if lead else 1.1)
    pieces, draw = list(triangles(result, 22 if lead else 30, seed)), ImageDraw.Draw(result)
    for points, color in pieces:
        draw.polygon([tuple(point) for point in points.tolist()], fill=color)
    for points, _ in pieces if lead else ():
        draw.line([tuple(point) for point in points.tolist()], fill=(30, 27, 34), width=max(1, round(4 * _unit(image))))
    return result


def _photo(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    """Depth of field, light that spills, darker corners, film grain."""
    soft = image.filter(ImageFilter.GaussianBlur(9 * _unit(image)))
    focus = Image.radial_gradient("L").resize(image.size).point(_curve(lambda level: level * 1.7 - 0.35))
    return _grain(_vignette(_bloom(Image.composite(soft, image, focus), 0.4, 30 * _unit(image)), 0.5), 0.09, seed)


def _vintage(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    sepia = ImageOps.colorize(image.convert("L"), (58, 38, 30), (252, 236, 204), mid=(178, 134, 98))
    return _grain(_vignette(Image.blend(image, sepia, 0.62), 0.4), 0.09, seed)


def _noir(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    gray = ImageOps.autocontrast(image.convert("L"), cutoff=(1, 1))
    return _grain(_vignette(gray.convert("RGB"), 0.3), 0.12, seed)


Style = Callable[[Image.Image, int, Palette], Image.Image]
STYLES: Mapping[str, Style] = {
    "watercolor": _watercolor,
    "oil": _oil,
    "ink": _drawn,
    "pencil": lambda image, seed, palette: _drawn(image, seed, palette, rubbed=True),
    "photo": _photo,
    "riso": _riso,
    "pixel": _pixel,
    "comic": _comic,
    "lowpoly": _faceted,
    "mosaic": lambda image, seed, palette: _faceted(image, seed, palette, lead=True),
    "blueprint": _blueprint,
    "neon": lambda image, seed, palette: _bloom(ImageEnhance.Color(image).enhance(1.25), 0.7, image.width / 26),
    "vintage": _vintage,
    "noir": _noir,
    "pastel": lambda image, seed, palette: Image.blend(image, Image.new("RGB", image.size, (255, 248, 246)), 0.25),
}

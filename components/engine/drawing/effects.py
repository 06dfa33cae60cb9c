"""Finish an image in a style or with a material's texture. Each function takes and returns RGB images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from components.engine.drawing.color import CREAM, INK, WHITE, Palette, shift
from components.engine.drawing.spec import Color

Field = NDArray[Any]
OFFSET_TYPE = frozenset({"riso", "comic", "3d"})  # styles that print large type twice, a little apart
SMOOTH = frozenset({"pixel", "blueprint", "minimal", "3d", "lowpoly", "neon"})  # styles without grain


def noise(seed: int, rows: float, columns: float, size: tuple[int, int], octaves: int = 3) -> Field:
    """Return smooth noise of 0 to 1 at a size in pixels, about rows x columns waves large."""
    rng, total = np.random.default_rng(seed), np.zeros((size[1], size[0]), dtype=np.float32)
    for octave in range(octaves):
        cells = (max(2, round(rows * 2**octave)) + 1, max(2, round(columns * 2**octave)) + 1)
        grid = Image.fromarray(rng.random(cells, dtype=np.float32))
        total += np.asarray(grid.resize(size, Image.Resampling.BICUBIC)) * 0.5**octave
    return np.asarray(np.clip((total / (2 - 0.5 ** (octaves - 1)) - 0.5) * 1.7 + 0.5, 0, 1))


def triangles(image: Image.Image, across: int, seed: int) -> Iterator[tuple[Field, Color]]:
    """Yield the image as triangles with the color at their middle, `across` cells along the shorter edge."""
    columns, rows = (max(2, round(across * edge / min(image.size))) for edge in image.size)
    grid = np.stack(np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1)), axis=2)
    push = np.random.default_rng(seed).uniform(-0.36, 0.36, grid.shape) / [columns, rows]
    push[[0, -1], :, 1] = push[:, [0, -1], 0] = 0
    corners = (grid + push) * image.size
    small = image.resize((columns * 3, rows * 3), Image.Resampling.BOX)
    for row, column in np.ndindex(rows, columns):
        a, b, c, d = corners[row : row + 2, column : column + 2].reshape(4, 2)
        for three in ((a, b, c), (b, d, c)) if (row + column) % 2 else ((a, b, d), (a, d, c)):
            points = np.array(three)
            x, y = (points.mean(axis=0) / image.size * small.size).astype(int).tolist()
            yield points, small.getpixel((x, y))  # type: ignore[misc]


def finish(image: Image.Image, style: str, seed: int, palette: Palette, detail: float = 1.0) -> Image.Image:
    """Return the image in a style; from medium quality on with a light grain, from high quality on a stronger one."""
    if style in STYLES:
        image = STYLES[style](image, seed, palette)
    return _grain(image, 0.03 * detail, seed) if detail > 0.75 and style not in SMOOTH else image


def textured(image: Image.Image, kind: str, seed: int) -> Image.Image:
    """Return the image with the surface of a material: grain, veins, speckle, metal, gloss, weave."""
    size = (max(8, image.width // 2), max(8, image.height // 2))
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    slant = x / size[0] + y / size[1]
    fields: Mapping[str, Callable[[], Field]] = {
        "grain": lambda: 0.74 + 0.26 * np.sin(5 * (noise(seed, 4, 3, size, 2) * 9 + 22 * x / size[0])) ** 2,
        "veins": lambda: 1 - 0.42 * np.clip(1 - np.abs(noise(seed, 4, 4, size, 5) - 0.5) * 34, 0, 1),
        "speckle": lambda: 0.8 + 0.2 * noise(seed, 160, 160, size, 1) ** 2 + 0.1 * noise(seed + 1, 6, 6, size),
        "metal": lambda: 0.86 + 0.3 * np.sin(6 * slant) + 0.1 * noise(seed, 300, 4, size, 1),
        "gloss": lambda: 0.96 + 0.36 * ((slant * 2.1 % 1) > 0.72) * (1 - slant * 0.35),
        "weave": lambda: 0.8 + 0.16 * ((x // 3 + y // 3) % 2) + 0.12 * noise(seed, 90, 90, size, 1),
    }
    field = fields[kind]()
    darkened = ImageChops.multiply(image, _gray(field, image.size))
    return ImageChops.screen(darkened, _gray(field - 1, image.size))


def _gray(level: Field, size: tuple[int, int]) -> Image.Image:
    """Return levels of 0 to 1 as a gray RGB image of a size."""
    return Image.fromarray((np.clip(level, 0, 1) * 255).astype(np.uint8)).resize(size).convert("RGB")


def _levels(image: Image.Image, slope: float, start: float = 0.0) -> Image.Image:
    """Return the image with every level, as 0 to 1, times a slope plus a start."""
    return image.point(lambda level: level * slope + start * 255)


def _solid(image: Image.Image, color: Color) -> Image.Image:
    return Image.new("RGB", image.size, color)


def _unit(image: Image.Image) -> float:
    return min(image.size) / 1000


def _grain(image: Image.Image, strength: float, seed: int) -> Image.Image:
    tile = np.random.default_rng(seed).standard_normal((256, 256), dtype=np.float32) * strength / 2 + 0.5
    tiled = np.tile(tile, (image.height // 256 + 1, image.width // 256 + 1))[: image.height, : image.width]
    return ImageChops.add(image, _gray(tiled, image.size), 1, -127)


def _edges(image: Image.Image, radius: float = 1.5) -> Image.Image:
    """Return 255 where color or brightness changes, along lines as wide as a radius in units."""
    radius = max(1.0, radius * _unit(image))
    thin, wide = (image.filter(ImageFilter.BoxBlur(radius * share)) for share in (0.5, 1.6))
    red, green, blue = ImageChops.difference(thin, wide).split()
    return _levels(ImageChops.lighter(ImageChops.lighter(red, green), blue), 16, -0.19)


def _outlined(image: Image.Image, lines: Image.Image) -> Image.Image:
    return Image.composite(_solid(image, INK), image, lines)


def _bloom(image: Image.Image, strength: float) -> Image.Image:
    """Let bright parts spill light."""
    bright = _levels(image.reduce(min(4, *image.size)), 1.9 * strength, -0.85 * strength)
    blurred = bright.filter(ImageFilter.GaussianBlur(9 * _unit(image)))
    return ImageChops.screen(image, blurred.resize(image.size, Image.Resampling.BILINEAR))


def _vignette(image: Image.Image, strength: float) -> Image.Image:
    darker = _levels(Image.radial_gradient("L"), -strength, 1 + strength * 0.4)
    return ImageChops.multiply(image, darker.resize(image.size).convert("RGB"))


def _dots(level: Image.Image, side: float, slant: float) -> Image.Image:
    """Return a halftone screen: 255 inside dots that grow with the level, `side` units apart."""
    y, x = np.ogrid[0 : level.height, 0 : level.width]
    turn = np.complex64(np.exp(1j * slant) / max(3.0, side * _unit(level)))
    grid = (x + np.complex64(1j) * y).astype(np.complex64) * turn
    away = np.hypot(grid.real % 1 - 0.5, grid.imag % 1 - 0.5)
    return Image.fromarray(((away * 1.5) ** 2 * 255 < np.asarray(level)).astype(np.uint8) * 255)


def _flowing(image: Image.Image, seed: int, reach: float) -> Image.Image:
    """Return the image at half its size, its colors run into each other by a reach in units."""
    small = image.reduce(min(2, *image.size))
    y, x = np.ogrid[0 : small.height, 0 : small.width]
    down, right = (noise(seed + k, 18, 18, small.size) * reach * _unit(small) for k in (0, 9))
    rows, columns = np.clip(y + down, 0, small.height - 1), np.clip(x + right, 0, small.width - 1)
    return Image.fromarray(np.asarray(small)[rows.astype(int), columns.astype(int)])


def _watercolor(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    """Let colors run and pool inside a ragged rim of paper."""
    washed = _flowing(image, seed, 18).filter(ImageFilter.GaussianBlur(1.2))
    size, pooled = washed.size, noise(seed + 20, 6, 6, washed.size, 5)
    edge = np.asarray(washed.filter(ImageFilter.FIND_EDGES).convert("L"), dtype=np.float32) / 255
    y, x = np.ogrid[0 : size[1], 0 : size[0]]
    near = np.minimum(np.minimum(x, x[:, ::-1]), np.minimum(y, y[::-1])) / np.float32(min(size)) * 100
    rim = np.clip((near - 1.4 - noise(seed + 40, 14, 14, size, 4) * 3) * 1.2, 0, 1)
    painted = Image.composite(washed, _solid(washed, CREAM), _gray(rim * (0.86 - 0.16 * pooled), size).convert("L"))
    painted = ImageChops.multiply(painted, _gray(1 - rim * (0.2 - 0.2 * pooled + edge * 0.6), size))
    return _grain(painted.resize(image.size, Image.Resampling.BICUBIC), 0.05, seed)


def _oil(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    """Paint in thick short strokes with relief."""
    dabs = _flowing(image, seed, 60).filter(ImageFilter.ModeFilter(7)).resize(image.size, Image.Resampling.BICUBIC)
    brush = _gray(noise(seed + 3, 260, 60, image.size, 2), image.size).filter(ImageFilter.EMBOSS)
    return ImageChops.add(dabs, _levels(brush, 0.35, 0.325), 1, -128)


def _ink(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    """Draw outlines on paper, with hatching in the dark areas."""
    lines, dark = _edges(image), np.asarray(image.convert("L"), dtype=np.float32) / 255
    y, x = np.ogrid[0 : image.height, 0 : image.width]
    for limit, slant in ((0.72, 1), (0.42, -1)):
        ramp = np.abs((x + slant * y) / np.float32(15 * _unit(image)) % 1 * 2 - 1)
        hatch = ramp < np.clip((limit - dark) * 1.9, 0, 0.5)
        lines = ImageChops.lighter(lines, Image.fromarray(hatch.astype(np.uint8) * 190))
    return _outlined(_solid(image, CREAM), lines)


def _pencil(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    """Draw outlines, and rub the image's colors on with a soft pencil."""
    tooth = _gray(0.46 + 0.38 * noise(seed, 200, 60, image.size, 2), image.size).convert("L")
    return _outlined(Image.composite(image, _solid(image, CREAM), tooth), _edges(image))


def _blueprint(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    y, x = np.ogrid[0 : image.height, 0 : image.width]
    squared = np.minimum(x % (50 * _unit(image)), y % (50 * _unit(image))) < 1
    lines = ImageChops.lighter(_edges(image), Image.fromarray(squared.astype(np.uint8) * 40))
    return ImageOps.colorize(lines, (24, 62, 128), (226, 238, 255))


def _riso(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    """Print two inks as grainy halftones on paper, slightly out of register."""
    gray, sheet = image.convert("L"), _solid(image, CREAM)
    deep = shift(max(palette.shapes, key=lambda color: max(color) - min(color)), light=-0.15, saturation=1.5)
    bright: Color = (255, 92, 104) if deep[2] + deep[1] > deep[0] * 1.2 else (255, 196, 40)
    grain = _gray(0.78 + 0.22 * noise(seed, 90, 90, (256, 256), 2), image.size).convert("L")
    for ink, slant, start, offset in ((bright, 0.26, 1.25, 0.0), (deep, 1.31, 0.95, 4.0)):
        plate = ImageChops.offset(_dots(_levels(gray, -1.27, start), 7, slant), round(offset * _unit(image)))
        printed = Image.composite(_solid(image, ink), _solid(image, WHITE), ImageChops.multiply(plate, grain))
        sheet = ImageChops.multiply(sheet, printed)
    return sheet


def _comic(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    few = _levels(ImageOps.posterize(ImageEnhance.Color(image).enhance(1.4), 3), 1, 0.055)
    dots = _dots(_levels(image.convert("L"), -1, 0.8), 13, 0.5)
    return _outlined(Image.composite(_levels(few, 0.78), few, dots), _edges(image, 2.4))


def _pixel(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    small = image.resize([max(1, round(edge * 92 / min(image.size))) for edge in image.size], Image.Resampling.BOX)
    few = ImageEnhance.Color(small).enhance(1.2).quantize(24, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return few.convert("RGB").resize(image.size, Image.Resampling.NEAREST)


def _faceted(image: Image.Image, seed: int, lead: Color | None = None) -> Image.Image:
    """Return flat triangles; with lead between them, panes of glass."""
    result = ImageEnhance.Color(image).enhance(1.4 if lead else 1.1)
    pieces, draw = list(triangles(result, 22 if lead else 30, seed)), ImageDraw.Draw(result)
    for points, color in pieces:
        draw.polygon(points.ravel().tolist(), color, lead, max(1, round(4 * _unit(image))))
    return result


def _photo(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    """Add depth of field, spilling light, darker corners and film grain."""
    soft = image.filter(ImageFilter.GaussianBlur(9 * _unit(image)))
    focus = _levels(Image.radial_gradient("L").resize(image.size), 1.7, -0.35)
    return _grain(_vignette(_bloom(Image.composite(soft, image, focus), 0.4), 0.5), 0.09, seed)


def _vintage(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    sepia = ImageOps.colorize(image.convert("L"), (58, 38, 30), (252, 236, 204), mid=(178, 134, 98))
    return _grain(_vignette(Image.blend(image, sepia, 0.62), 0.4), 0.09, seed)


def _noir(image: Image.Image, seed: int, palette: Palette) -> Image.Image:
    gray = ImageOps.autocontrast(image.convert("L"), cutoff=(1, 1)).convert("RGB")
    return _grain(_vignette(gray, 0.3), 0.12, seed)


STYLES: Mapping[str, Callable[[Image.Image, int, Palette], Image.Image]] = {
    "watercolor": _watercolor, "oil": _oil, "ink": _ink, "pencil": _pencil, "photo": _photo, "riso": _riso,
    "pixel": _pixel, "comic": _comic, "blueprint": _blueprint, "vintage": _vintage, "noir": _noir,
    "lowpoly": lambda image, seed, palette: _faceted(image, seed),
    "mosaic": lambda image, seed, palette: _faceted(image, seed, INK),
    "neon": lambda image, seed, palette: _bloom(ImageEnhance.Color(image).enhance(1.25), 0.7),
    "pastel": lambda image, seed, palette: Image.blend(image, _solid(image, CREAM), 0.25),
}  # fmt: skip

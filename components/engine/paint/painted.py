"""Finishes of a brush: watercolour and oil."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from components.engine.noise import Field, cloudy_field, smooth_field
from components.engine.paint.effects import grainy, seed_of
from components.engine.palette import mix
from components.engine.shapes import Picture


def watercolor(image: Image.Image, picture: Picture) -> Image.Image:
    """Wobbling edges, pooled pigment, rough paper, an unpainted rim."""
    width, height = image.size
    half = image.resize((width // 2 or 1, height // 2 or 1), Image.Resampling.BOX)
    soft = half.filter(ImageFilter.GaussianBlur(1.2))
    source = np.asarray(soft)
    rows, columns = source.shape[:2]
    seed = seed_of(picture, 1)
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
    return grainy(full, 0.05, seed)


def _rim(width: int, height: int, seed: int) -> Field:
    """1 inside, 0 at the border, with a ragged edge between."""
    x = np.minimum(np.arange(width), np.arange(width)[::-1])[None, :].astype(np.float32)
    y = np.minimum(np.arange(height), np.arange(height)[::-1])[:, None].astype(np.float32)
    unit = min(width, height) / 100
    ragged = cloudy_field(seed, 14, 14, width, height, 4) * unit * 5
    inside: Field = np.clip((np.minimum(x, y) - unit * 1.2 - ragged) / unit, 0, 1)
    return inside


def oil(image: Image.Image, picture: Picture) -> Image.Image:
    """Thousands of short strokes along a flowing field."""
    rng = np.random.default_rng(seed_of(picture, 2))
    width, height = image.size
    unit = min(width, height) / 1000
    base = image.filter(ImageFilter.BoxBlur(5 * unit))
    small = base.resize((width // 4 or 1, height // 4 or 1), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.int16)
    field = smooth_field(seed_of(picture, 3), 3, 3, small.width, small.height)
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

"""Where an edit happens: what a mask leaves open, what markup is drawn over, what stands before its background."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from components.engine.shapes import Color

Levels = NDArray[Any]
SMALL = 256  # pixels of the longer edge where shapes of areas are worked out


def fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture at a size, cut where its proportions differ."""
    return image if image.size == size else ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def open_area(mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    """255 where the mask is fully transparent, 0 where it is opaque, in between along soft edges."""
    return fitted(ImageChops.invert(mask.convert("RGBA").getchannel("A")), size)


def marked_area(markup: Image.Image, size: tuple[int, int]) -> Image.Image:
    """What is drawn, with a soft rim, and what it runs around."""
    strokes = markup.convert("RGBA").getchannel("A")
    shrink = max(1, round(max(markup.size) / SMALL))
    small = strokes.resize((max(1, markup.width // shrink), max(1, markup.height // shrink)), Image.Resampling.BOX)
    ink = small.point([255 if level > 20 else 0 for level in range(256)]).filter(ImageFilter.MaxFilter(5))
    # Paper that no stroke runs around can be reached from outside; what cannot is inside.
    sheet = ImageOps.expand(ink, 1, 0)
    ImageDraw.floodfill(sheet, (0, 0), 128)
    around = sheet.crop((1, 1, sheet.width - 1, sheet.height - 1)).point([0 if v == 128 else 255 for v in range(256)])
    soft = around.filter(ImageFilter.GaussianBlur(1.2)).resize(markup.size, Image.Resampling.BICUBIC)
    return fitted(ImageChops.lighter(soft, strokes), size)


def ink_color(markup: Image.Image) -> Color | None:
    """The mean colour that was drawn with; None when nothing was drawn, or in black, grey or white."""
    values = np.asarray(markup.convert("RGBA").resize((128, 128), Image.Resampling.BOX), dtype=np.float64)
    weight = values[..., 3]
    if not weight.sum():
        return None
    # Pillow's reduction mixes colours with their alpha taken into account, so the mean is of ink alone.
    red, green, blue = ((values[..., part] * weight).sum() / weight.sum() for part in range(3))
    if max(red, green, blue) - min(red, green, blue) < 40:
        return None
    return round(float(red)), round(float(green)), round(float(blue))


def foreground(image: Image.Image) -> Image.Image:
    """A guess at what stands before its background: what differs from the border's colours, nearer the middle more."""
    small = image.convert("RGB").copy()
    small.thumbnail((SMALL, SMALL))
    values = np.asarray(small, dtype=np.float32)
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    # A few typical colours of the border stand for the background.
    order = np.argsort(border.sum(axis=1))
    typical = border[order[np.linspace(0, len(order) - 1, 9).astype(int)]]
    distance = np.min([np.abs(values - color).max(axis=2) for color in typical], axis=0)
    y = np.linspace(-1, 1, values.shape[0])[:, None]
    x = np.linspace(-1, 1, values.shape[1])[None, :]
    middle = np.clip(1.25 - np.hypot(x, y), 0.35, 1)
    level: NDArray[Any] = np.clip((distance * middle - 16) * 8, 0, 255)
    guess = Image.fromarray(level.astype(np.uint8))
    closed = guess.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.MinFilter(3))
    return closed.filter(ImageFilter.GaussianBlur(0.8)).resize(image.size, Image.Resampling.BICUBIC)


def filled_in(image: Image.Image, area: Image.Image) -> Image.Image:
    """The picture with an area filled from its surroundings, as if nothing were there: coarse to fine."""
    colors = np.asarray(image.convert("RGB"), dtype=np.float32)
    known = (255 - np.asarray(area, dtype=np.float32))[..., None] / 255
    known = (known > 0.98).astype(np.float32)
    levels: list[tuple[Levels, Levels]] = [(colors * known, known)]
    while min(levels[-1][0].shape[:2]) > 1 and not levels[-1][1].all():
        levels.append((_halved(levels[-1][0]), _halved(levels[-1][1])))
    total, weight = levels[-1]
    filled: Levels = total / np.maximum(weight, 1e-4)
    for total, weight in reversed(levels[:-1]):
        rough = _enlarged(filled, total.shape[1], total.shape[0])
        sure = np.minimum(1, weight)
        filled = (total / np.maximum(weight, 1e-4)) * sure + rough * (1 - sure)
    return Image.fromarray(filled.clip(0, 255).astype(np.uint8))


def _halved(values: Levels) -> Levels:
    height, width = values.shape[0] // 2 * 2 or 1, values.shape[1] // 2 * 2 or 1
    even = values[:height, :width]
    rows = even[0::2] + even[1::2] if height > 1 else even
    columns: Levels = rows[:, 0::2] + rows[:, 1::2] if width > 1 else rows
    return columns


def _enlarged(values: Levels, width: int, height: int) -> Levels:
    channels = [
        np.asarray(Image.fromarray(values[..., part]).resize((width, height), Image.Resampling.BILINEAR))
        for part in range(values.shape[2])
    ]
    return np.stack(channels, axis=2)

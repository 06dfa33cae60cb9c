"""Where an edit happens: what a mask leaves open, what markup runs around, what stands before its background."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from components.engine.drawing.color import Color

Levels = NDArray[Any]
SMALL = 256  # pixels of the longer edge at which the shapes of areas are worked out
GRID = 48  # cells of the longer edge at which room for type is looked for
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels


def fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return an image at a size, cropped where its proportions differ."""
    return image if image.size == size else ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def open_area(mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return 255 where the mask is fully transparent, 0 where it is opaque, in between along soft edges."""
    return fitted(ImageChops.invert(mask.convert("RGBA").getchannel("A")), size)


def marked_area(markup: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return what is drawn, with a soft rim, and what it runs around."""
    strokes = markup.convert("RGBA").getchannel("A")
    shrink = max(1, round(max(markup.size) / SMALL))
    small = strokes.resize((max(1, markup.width // shrink), max(1, markup.height // shrink)), Image.Resampling.BOX)
    ink = small.point([255 if level > 20 else 0 for level in range(256)]).filter(ImageFilter.MaxFilter(5))
    sheet = ImageOps.expand(ink, 1, 0)
    ImageDraw.floodfill(sheet, (0, 0), 128)  # what the flood from outside cannot reach is inside
    around = sheet.crop((1, 1, sheet.width - 1, sheet.height - 1)).point([0 if v == 128 else 255 for v in range(256)])
    soft = around.filter(ImageFilter.GaussianBlur(1.2)).resize(markup.size, Image.Resampling.BICUBIC)
    return fitted(ImageChops.lighter(soft, strokes), size)


def ink_color(markup: Image.Image) -> Color | None:
    """Return the mean color of the strokes; None when nothing is drawn, or in black, gray or white."""
    values = np.asarray(markup.convert("RGBA").resize((128, 128), Image.Resampling.BOX), dtype=np.float64)
    weight = values[..., 3]
    if not weight.sum():
        return None
    red, green, blue = (round(float((values[..., k] * weight).sum() / weight.sum())) for k in range(3))
    return (red, green, blue) if max(red, green, blue) - min(red, green, blue) >= 40 else None


def foreground(image: Image.Image) -> Image.Image:
    """Return a guess at what stands before the background: what differs from the border's colors."""
    small = image.convert("RGB").copy()
    small.thumbnail((SMALL, SMALL))
    values = np.asarray(small, dtype=np.float32)
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    typical = border[np.argsort(border.sum(axis=1))[np.linspace(0, len(border) - 1, 9).astype(int)]]
    distance = np.min([np.abs(values - color).max(axis=2) for color in typical], axis=0)
    y, x = np.linspace(-1, 1, values.shape[0])[:, None], np.linspace(-1, 1, values.shape[1])[None, :]
    level: Levels = np.clip((distance * np.clip(1.25 - np.hypot(x, y), 0.35, 1) - 16) * 8, 0, 255)
    guess = Image.fromarray(level.astype(np.uint8))
    closed = guess.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.MinFilter(3))
    return closed.filter(ImageFilter.GaussianBlur(0.8)).resize(image.size, Image.Resampling.BICUBIC)


def filled_in(image: Image.Image, area: Image.Image) -> Image.Image:
    """Return the image with an area filled from its surroundings, from coarse to fine."""
    known = (np.asarray(area)[..., None] < 6).astype(np.float32)
    levels: list[tuple[Levels, Levels]] = [(np.asarray(image.convert("RGB"), dtype=np.float32) * known, known)]
    while min(levels[-1][0].shape[:2]) > 1 and not levels[-1][1].all():
        levels.append((_halved(levels[-1][0]), _halved(levels[-1][1])))
    total, weight = levels[-1]
    filled: Levels = total / np.maximum(weight, 1e-4)
    for total, weight in reversed(levels[:-1]):
        size = (total.shape[1], total.shape[0])
        rough = [np.asarray(Image.fromarray(filled[..., k]).resize(size, Image.Resampling.BILINEAR)) for k in range(3)]
        sure = np.minimum(1, weight)
        filled = (total / np.maximum(weight, 1e-4)) * sure + np.stack(rough, axis=2) * (1 - sure)
    return Image.fromarray(filled.clip(0, 255).astype(np.uint8))


def _halved(values: Levels) -> Levels:
    even = values[: values.shape[0] // 2 * 2 or 1, : values.shape[1] // 2 * 2 or 1]
    rows = even[0::2] + even[1::2] if len(even) > 1 else even
    columns: Levels = rows[:, 0::2] + rows[:, 1::2] if rows.shape[1] > 1 else rows
    return columns


def largest_room(area: Image.Image) -> Box | None:
    """Return the box inside an area that has most room for a line of type; None where nothing is open."""
    shrink = max(area.size) / GRID
    cells = (max(1, round(area.width / shrink)), max(1, round(area.height / shrink)))
    is_open = np.asarray(area.resize(cells, Image.Resampling.BOX)) > 200
    best, found = 0.0, area.getbbox()
    heights = np.zeros(cells[0], dtype=int)
    for row in range(cells[1]):
        heights = np.where(is_open[row], heights + 1, 0)
        for left in range(cells[0]):
            tall = int(heights[left])
            for right in range(left, cells[0]):
                tall = min(tall, int(heights[right]))
                if not tall:
                    break
                wide = right - left + 1
                worth = wide * tall * min(1.0, wide / tall)  # type runs along, so width counts for more
                if worth > best:
                    best = worth
                    corners = (
                        left / cells[0],
                        (row + 1 - tall) / cells[1],
                        (right + 1) / cells[0],
                        (row + 1) / cells[1],
                    )
                    x0, y0, x1, y1 = (v * edge for v, edge in zip(corners, (*area.size, *area.size), strict=True))
                    found = (int(x0), int(y0), int(x1), int(y1))
    return found

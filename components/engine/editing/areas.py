"""Where an edit happens: what a mask leaves open, what markup runs around, what stands before its background."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps, ImageStat

from components.engine.drawing.spec import Color

SMALL = 256  # pixels of the longer edge at which the shapes of areas are worked out
GRID = 32  # cells of each edge at which room for type is looked for
Pixels = tuple[int, int, int, int]  # left, top, right, bottom


def fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return an image at a size, cropped where its proportions differ."""
    return image if image.size == size else ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def open_area(mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return 255 where the mask is fully transparent, 0 where it is opaque, in between along soft edges."""
    return fitted(ImageChops.invert(mask.convert("RGBA").getchannel("A")), size)


def marked_area(markup: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return what is drawn, with a soft rim, and what it runs around."""
    strokes = markup.convert("RGBA").getchannel("A")
    small = strokes.reduce(max(1, round(max(markup.size) / SMALL)))
    ink = small.point([0] * 21 + [255] * 235).filter(ImageFilter.MaxFilter(5))
    sheet = ImageOps.expand(ink, 1, 0)
    ImageDraw.floodfill(sheet, (0, 0), 128)  # what the flood from outside cannot reach is inside
    around = ImageOps.crop(sheet, 1).point([0 if level == 128 else 255 for level in range(256)])
    soft = around.filter(ImageFilter.GaussianBlur(1.2)).resize(markup.size, Image.Resampling.BICUBIC)
    return fitted(ImageChops.lighter(soft, strokes), size)


def ink_color(markup: Image.Image) -> Color | None:
    """Return the mean color of the strokes; None when nothing is drawn, or in black, gray or white."""
    strokes = markup.convert("RGBA").getchannel("A")
    if not strokes.getbbox():
        return None
    red, green, blue = (round(part) for part in ImageStat.Stat(markup.convert("RGB"), strokes).mean)
    return (red, green, blue) if max(red, green, blue) - min(red, green, blue) >= 40 else None


def foreground(image: Image.Image) -> Image.Image:
    """Return a guess at what stands before the background: what differs from the border's colors."""
    small = ImageOps.contain(image.convert("RGB"), (SMALL, SMALL), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.float32)
    border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    typical = border[np.argsort(border.sum(axis=1))[np.linspace(0, len(border) - 1, 9).astype(int)]]
    distance = np.min([np.abs(values - color).max(axis=2) for color in typical], axis=0)
    y, x = np.linspace(-1, 1, small.height)[:, None], np.linspace(-1, 1, small.width)[None, :]
    level = np.clip((distance * np.clip(1.25 - np.hypot(x, y), 0.35, 1) - 16) * 8, 0, 255)
    guess = Image.fromarray(level.astype(np.uint8)).filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.MaxFilter(5))
    return guess.filter(ImageFilter.GaussianBlur(0.8)).resize(image.size, Image.Resampling.BICUBIC)


def filled_in(image: Image.Image, area: Image.Image) -> Image.Image:
    """Return the RGB image with an area filled from its surroundings, from coarse to fine."""
    known = area.point([255] * 6 + [0] * 250)
    mean = ImageStat.Stat(image, known if known.getbbox() else None).mean
    filled, kept = Image.new("RGB", (1, 1), tuple(map(round, mean))), Image.new("RGB", image.size)
    kept.paste(image, (0, 0), known)
    for shrink in (64, 32, 16, 8, 4, 2, 1):
        part, weight = kept.reduce(shrink), known.reduce(shrink)
        share = np.maximum(np.asarray(weight, dtype=np.float32), 1)[..., None] / 255
        sure = Image.fromarray((np.asarray(part) / share).clip(0, 255).round().astype(np.uint8))
        filled = Image.composite(sure, filled.resize(part.size), weight.point([0] * 12 + [255] * 244))
    return filled


def largest_room(area: Image.Image) -> Pixels | None:
    """Return the box inside an area that has most room for a line of type; None where nothing is open."""
    columns, rows = min(GRID, area.width), min(GRID, area.height)
    cells = np.asarray(area.resize((columns, rows), Image.Resampling.BOX)) >= 254
    sums = np.pad(cells.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    best, found = 0.0, area.getbbox()
    for tall, wide in np.ndindex(rows + 1, columns + 1):
        width, height = wide * area.width / columns, tall * area.height / rows
        worth = width * min(width, height)  # type runs along, so width counts for more
        if worth > best:
            inside = sums[tall:, wide:] - sums[:-tall, wide:] - sums[tall:, :-wide] + sums[:-tall, :-wide]
            for row, column in np.argwhere(inside == wide * tall)[:1].tolist():
                x, y, best = column * area.width / columns, row * area.height / rows, worth
                found = (int(np.ceil(x)), int(np.ceil(y)), int(x + width), int(y + height))
    return found

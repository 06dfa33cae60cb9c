"""Paints shapes in pixels with Pillow: soft edges by drawing masks larger, light by screening, water by mirroring."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from components.engine.noise import cloudy_field, smooth_field, warped
from components.engine.shapes import (
    Area,
    Backdrop,
    Ball,
    Color,
    Disc,
    Dots,
    Fade,
    Fill,
    Glow,
    Line,
    Mirror,
    Mist,
    Points,
    Shape,
    Words,
    curve,
)

Box = tuple[int, int, int, int]
THIN = 8  # pixels of the enlarged mask
SOFT_SHRINK = 6.0  # blurs wider than this many pixels are done on a smaller mask


class Canvas:
    """Pixels that shapes are painted on, from back to front. `scale` is pixels a unit.

    With `transparent` it starts empty, and keeps how much of each pixel is covered.
    """

    def __init__(self, width: int, height: int, scale: float, *, transparent: bool = False, fine: int = 2) -> None:
        self.width = width
        self.height = height
        self.scale = scale
        self.fine = fine
        self.image = Image.new("RGB", (width, height), (0, 0, 0))
        self.alpha = Image.new("L", (width, height), 0) if transparent else None
        self._painters: dict[type, Callable[[Any], None]] = {
            Area: self._area,
            Disc: self._disc,
            Line: self._line,
            Dots: self._dots,
            Glow: self._glow,
            Backdrop: self._backdrop,
            Mist: self._mist,
            Mirror: self._mirror,
            Words: self._words,
        }

    def paint(self, shape: Shape) -> None:
        """Paint one shape over what is there."""
        self._painters[type(shape)](shape)

    def finished(self) -> Image.Image:
        """The picture: RGB, or RGBA when it began empty."""
        if self.alpha is None:
            return self.image
        alpha = np.asarray(self.alpha, dtype=np.float32)
        # Everything was laid over black, so colours of half-covered pixels are that much too dark.
        covered = np.maximum(alpha, 1.0)[..., None]
        colors = np.clip(np.asarray(self.image, dtype=np.float32) * (255.0 / covered), 0, 255)
        result = Image.fromarray(colors.astype(np.uint8))
        result.putalpha(self.alpha)
        return result

    # --- masks ---

    def _box(self, low: Points, high: Points, margin: float) -> Box | None:
        left, top = (math.floor(float(v) - margin) for v in low)
        right, bottom = (math.ceil(float(v) + margin) + 1 for v in high)
        box = (max(0, left), max(0, top), min(self.width, right), min(self.height, bottom))
        return box if box[0] < box[2] and box[1] < box[3] else None

    def _lay(self, fill: Fill, box: Box, mask: Image.Image, whole: tuple[float, float, float, float]) -> None:
        if isinstance(fill, Fade | Ball):
            self.image.paste(_gradient(fill, box, whole), box, mask)
        else:
            self.image.paste(fill, box, mask)
        if self.alpha is not None:
            self.alpha.paste(255, box, mask)

    def _filled(self, outlines: list[Points], fill: Fill, opacity: float, soft: float) -> None:
        everything = np.concatenate(outlines)
        low, high = everything.min(axis=0), everything.max(axis=0)
        box = self._box(low, high, soft * 2.5 + 1)
        if box is None or opacity <= 0:
            return
        shrink = max(1, round(soft / SOFT_SHRINK)) if soft > SOFT_SHRINK else 1
        factor = self.fine if shrink == 1 else 1 / shrink
        width, height = box[2] - box[0], box[3] - box[1]
        size = (max(1, math.ceil(width * factor)), max(1, math.ceil(height * factor)))
        mask = Image.new("L", size, 0)
        draw = ImageDraw.Draw(mask)
        level = round(255 * min(1.0, opacity))
        corner = np.array([box[0], box[1]], dtype=np.float64)
        for outline in outlines:
            draw.polygon(((outline - corner) * factor).ravel().tolist(), fill=level)
        if shrink == 1:
            mask = mask.reduce(self.fine) if self.fine > 1 else mask
            mask = mask.filter(ImageFilter.GaussianBlur(soft)) if soft > 0.3 else mask
        else:
            mask = mask.filter(ImageFilter.GaussianBlur(soft / shrink))
            mask = mask.resize((width, height), Image.Resampling.BICUBIC)
        if mask.size != (width, height):
            mask = mask.crop((0, 0, width, height))
        self._lay(fill, box, mask, (float(low[0]), float(low[1]), float(high[0]), float(high[1])))

    # --- shapes ---

    def _area(self, shape: Area) -> None:
        if not shape.outlines:
            return
        outlines = [curve(line, closed=True) if shape.smooth else line for line in shape.outlines]
        self._filled([line * self.scale for line in outlines], shape.fill, shape.opacity, shape.soft * self.scale)

    def _disc(self, shape: Disc) -> None:
        self._filled([shape.outline() * self.scale], shape.fill, shape.opacity, shape.soft * self.scale)

    def _line(self, shape: Line) -> None:
        if not shape.strokes:
            return
        strokes = [curve(line, closed=False) if shape.smooth else line for line in shape.strokes]
        strokes = [line * self.scale for line in strokes]
        everything = np.concatenate(strokes)
        width = max(0.6, shape.width * self.scale)
        soft = shape.soft * self.scale
        box = self._box(everything.min(axis=0), everything.max(axis=0), width + soft * 2.5 + 1)
        if box is None:
            return
        size = ((box[2] - box[0]) * self.fine, (box[3] - box[1]) * self.fine)
        mask = Image.new("L", size, 0)
        draw = ImageDraw.Draw(mask)
        level = round(255 * shape.opacity)
        thick = max(1, round(width * self.fine))
        for line in strokes:
            flat = ((line - np.array(box[:2])) * self.fine).ravel().tolist()
            # Joints show only in thick lines, and cost more than the line itself.
            draw.line(flat, fill=level, width=thick, joint="curve" if thick > THIN else None)
            if thick > 3:
                for x, y in (flat[:2], flat[-2:]):
                    half = (thick - 1) / 2
                    draw.ellipse((x - half, y - half, x + half, y + half), fill=level)
        mask = mask.reduce(self.fine) if self.fine > 1 else mask
        if soft > 0.3:
            mask = mask.filter(ImageFilter.GaussianBlur(soft))
        self._lay(shape.color, box, mask, (0, 0, 1, 1))

    def _dots(self, shape: Dots) -> None:
        if not len(shape.points):
            return
        centers = shape.points * self.scale
        radii = np.maximum(shape.radii * self.scale, 0.45)
        most = float(radii.max())
        box = self._box(centers.min(axis=0), centers.max(axis=0), most + 1)
        if box is None:
            return
        mask = Image.new("L", ((box[2] - box[0]) * self.fine, (box[3] - box[1]) * self.fine), 0)
        draw = ImageDraw.Draw(mask)
        levels = np.clip(shape.opacities * 255, 0, 255).astype(int)
        for (x, y), radius, level in zip(
            (centers - np.array(box[:2])) * self.fine, radii * self.fine, levels, strict=True
        ):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=int(level))
        self._lay(shape.color, box, mask.reduce(self.fine) if self.fine > 1 else mask, (0, 0, 1, 1))

    def _glow(self, shape: Glow) -> None:
        center = np.array([shape.x, shape.y]) * self.scale
        radius = shape.radius * self.scale
        box = self._box(center, center, radius)
        if box is None or self.alpha is not None:
            return
        side = max(2, round(radius * 2))
        falloff = _falloff(shape.color, shape.strength)
        left, top = center[0] - radius, center[1] - radius
        light = falloff.resize(
            (box[2] - box[0], box[3] - box[1]),
            Image.Resampling.BILINEAR,
            box=_clamped((box[0] - left, box[1] - top, box[2] - left, box[3] - top), 256 / side, 256),
        )
        behind = self.image.crop(box)
        self.image.paste(ImageChops.screen(behind, light), box)

    def _backdrop(self, shape: Backdrop) -> None:
        places = [place * (self.height - 1) for place, _ in shape.stops]
        rows = np.arange(self.height)
        channels = [np.interp(rows, places, [color[part] for _, color in shape.stops]) for part in range(3)]
        column = np.stack(channels, axis=1).astype(np.float32)
        # A little noise before rounding, so that wide gradients show no bands.
        rng = np.random.default_rng(7)
        tile = rng.random((self.height, 64), dtype=np.float32)
        dither = np.tile(tile, (1, self.width // 64 + 1))[:, : self.width]
        pixels = np.empty((self.height, self.width, 3), dtype=np.uint8)
        for part in range(3):
            pixels[..., part] = column[:, part : part + 1] + dither
        self.image = Image.fromarray(pixels)
        if self.alpha is not None:
            self.alpha.paste(255, (0, 0, self.width, self.height))

    def _mist(self, shape: Mist) -> None:
        top, bottom = shape.top * self.scale, shape.bottom * self.scale
        box = self._box(np.array([0.0, top]), np.array([float(self.width), bottom]), 0)
        if box is None:
            return
        width, height = box[2] - box[0], box[3] - box[1]
        # At a quarter of the size: it is soft anyway.
        small = (max(8, width // 4), max(8, height // 4))
        rows = max(2.0, (bottom - top) / self.scale / shape.grain)
        columns = max(2.0, self.width / self.scale / shape.grain / shape.stretch)
        field = warped(cloudy_field(shape.seed, rows, columns, *small, octaves=5), shape.seed, rows, columns)
        if shape.drift:
            field = np.roll(field, round(shape.drift * self.scale / 4), axis=1)
        field = np.clip((field - shape.gap) / (1 - shape.gap), 0, 1)
        field = field * field * (3 - 2 * field)
        place = (np.linspace(box[1], box[3], small[1]) - top) / max(1.0, bottom - top)
        edges = np.clip(np.minimum(place, 1 - place) * 4, 0, 1)[:, None]
        levels = (field * edges * (255 * shape.strength)).astype(np.uint8)
        mask = Image.fromarray(levels).resize((width, height), Image.Resampling.BICUBIC)
        self._lay(shape.color, box, mask, (0, 0, 1, 1))

    def _mirror(self, shape: Mirror) -> None:
        line = round(shape.horizon * self.scale)
        depth = self.height - line
        if depth < 2 or line < 2:
            return
        # Rows of the picture above, taken from further away the further down, and shaken by waves.
        down = np.arange(depth, dtype=np.float32)
        ripple = np.sin(down / (3.0 + down * 0.03) / self.scale * 3 + shape.phase * 2 * math.pi) * (1 + down * 0.012)
        source = np.clip(line - 1 - down * (line / max(line, depth)) + ripple * self.scale * 2, 0, line - 1)
        pixels = np.asarray(self.image)[source.astype(np.int32)]
        shake = smooth_field(11, max(4, depth / self.scale / 9), 5, 8, depth)[:, 0] - 0.5
        offsets = (shake * (2 + down * 0.05) * self.scale * 1.2).astype(np.int32)
        columns = (np.arange(self.width)[None, :] + offsets[:, None]) % self.width
        pixels = np.take_along_axis(pixels, columns[..., None], axis=1)
        share = (np.linspace(shape.strength * 0.55, min(1.0, shape.strength * 1.25), depth) * 256).astype(np.uint16)
        tint = np.array(shape.tint, dtype=np.uint16)
        mixed = pixels * (256 - share)[:, None, None] + tint * share[:, None, None]
        self.image.paste(Image.fromarray((mixed >> 8).astype(np.uint8)), (0, line))

    def _words(self, shape: Words) -> None:
        font = ImageFont.load_default(max(6.0, shape.size * self.scale))
        center = (shape.x * self.scale, shape.y * self.scale)
        draw = ImageDraw.Draw(self.image)
        draw.text(center, shape.text, fill=shape.color, font=font, anchor="mm")
        if self.alpha is not None:
            ImageDraw.Draw(self.alpha).text(center, shape.text, fill=255, font=font, anchor="mm")


def _clamped(box: tuple[float, float, float, float], factor: float, most: float) -> tuple[float, float, float, float]:
    left, top, right, bottom = (min(most, max(0.0, edge * factor)) for edge in box)
    return left, top, max(left + 1e-3, right), max(top + 1e-3, bottom)


def _falloff(color: Color, strength: float) -> Image.Image:
    """256 x 256 pixels of light, brightest in the middle, nothing at the rim."""
    distance = np.asarray(Image.radial_gradient("L"), dtype=np.float32) / 255
    level = np.clip(1 - distance, 0, 1) ** 2.2 * strength
    return Image.fromarray((level[..., None] * np.array(color, dtype=np.float32)).clip(0, 255).astype(np.uint8))


def _gradient(fill: Fade | Ball, box: Box, whole: tuple[float, float, float, float]) -> Image.Image:
    """The part of a shape's gradient that falls into a box."""
    left, top, right, bottom = whole
    width, height = max(1e-6, right - left), max(1e-6, bottom - top)
    size = (box[2] - box[0], box[3] - box[1])
    if isinstance(fill, Fade):
        start, end, span = (left, width, (box[0], box[2])) if fill.across else (top, height, (box[1], box[3]))
        share = np.clip((np.arange(span[0], span[1]) + 0.5 - start) / end, 0, 1)[:, None]
        strip = np.array(fill.start) + (np.array(fill.end) - np.array(fill.start)) * share + 0.5
        pixels = strip.astype(np.uint8)[None] if fill.across else strip.astype(np.uint8)[:, None]
        return Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST)
    small = (min(size[0], 160), min(size[1], 160))
    x = (np.linspace(box[0], box[2], small[0]) - left) / width - fill.x
    y = (np.linspace(box[1], box[3], small[1]) - top) / height - fill.y
    reach = max(fill.x, 1 - fill.x, fill.y, 1 - fill.y)
    share2 = np.clip(np.hypot(x[None, :], y[:, None]) / reach, 0, 1)[..., None]
    colors = np.array(fill.center) + (np.array(fill.edge) - np.array(fill.center)) * share2
    return Image.fromarray(colors.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)

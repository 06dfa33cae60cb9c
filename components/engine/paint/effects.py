"""What several finishes share: darker corners, grain, light that spills, numbers by lot."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from components.engine.shapes import Picture

GRAIN_TILE = 512


def seed_of(picture: Picture, about: int) -> int:
    """Where chance starts for one part of a picture's finish."""
    return (picture.seed + about * 7919) % 2**31


def vignette(image: Image.Image, strength: float) -> Image.Image:
    """Darker corners."""
    distance = np.asarray(Image.radial_gradient("L").resize((64, 64)), dtype=np.float32) / 255
    level = 255 * (1 - strength * np.clip(distance * 1.25 - 0.45, 0, 1) ** 1.6)
    shade = Image.fromarray(level.astype(np.uint8)).resize(image.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(image, Image.merge("RGB", (shade, shade, shade)))


def grainy(image: Image.Image, strength: float, seed: int) -> Image.Image:
    """Grey noise, the same for all channels, from one tile."""
    rng = np.random.default_rng(seed % 2**31)
    tile = (rng.standard_normal((GRAIN_TILE, GRAIN_TILE), dtype=np.float32) * strength * 128 + 128).clip(0, 255)
    width, height = image.size
    across, down = width // GRAIN_TILE + 1, height // GRAIN_TILE + 1
    grain = Image.fromarray(np.tile(tile.astype(np.uint8), (down, across))[:height, :width])
    return ImageChops.add(image, Image.merge("RGB", (grain, grain, grain)), 1, -128)


def bloom(image: Image.Image, strength: float, radius: float) -> Image.Image:
    """Light that spills from what is bright."""
    small = image.resize((image.width // 4 or 1, image.height // 4 or 1), Image.Resampling.BOX)
    bright = small.point([max(0, round((level - 120) * 1.9)) for level in range(256)] * 3)
    spilled = bright.filter(ImageFilter.GaussianBlur(radius / 4)).resize(image.size, Image.Resampling.BILINEAR)
    spilled = spilled.point([round(level * strength) for level in range(256)] * 3)
    return ImageChops.screen(image, spilled)

"""Smooth randomness: fields of noise, made small and enlarged, which is fast and looks soft."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]


def smooth_field(seed: int, rows: float, columns: float, width: int, height: int) -> Field:
    """One octave: random values on a grid of about rows x columns, enlarged to width x height, 0 to 1."""
    rng = np.random.default_rng(seed)
    grid = rng.random((max(2, round(rows)) + 1, max(2, round(columns)) + 1), dtype=np.float32)
    enlarged = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
    field: Field = np.asarray(enlarged, dtype=np.float32)
    return field


def cloudy_field(seed: int, rows: float, columns: float, width: int, height: int, octaves: int = 4) -> Field:
    """Several octaves on top of each other, each twice as fine and half as strong; spread over 0 to 1."""
    total = np.zeros((height, width), dtype=np.float32)
    strength, sum_ = 1.0, 0.0
    for octave in range(octaves):
        total += strength * smooth_field(seed + octave, rows * 2**octave, columns * 2**octave, width, height)
        sum_ += strength
        strength *= 0.5
    spread = (total / sum_ - 0.5) * 1.7 + 0.5
    field: Field = np.clip(spread, 0.0, 1.0)
    return field


def warped(field: Field, seed: int, rows: float, columns: float) -> Field:
    """The field pulled about by other noise, so that its grid no longer shows."""
    height, width = field.shape
    across = smooth_field(seed + 101, rows * 1.6, columns * 1.6, width, height) - 0.5
    down = smooth_field(seed + 102, rows * 1.6, columns * 1.6, width, height) - 0.5
    x = np.abs(np.arange(width)[None, :] + across * (width / columns * 0.6)).astype(np.int32)
    y = np.abs(np.arange(height)[:, None] + down * (height / rows * 0.6)).astype(np.int32)
    # What is pulled in from outside is mirrored, since a border would show.
    x = np.minimum(x, 2 * (width - 1) - x)
    y = np.minimum(y, 2 * (height - 1) - y)
    pulled: Field = field[y, x]
    return pulled


def ridge(rng: np.random.Generator, count: int, roughness: float = 0.5) -> NDArray[np.float64]:
    """Heights of `count` points along a ridge, -1 to 1, by sums of waves; rougher ones have more small waves."""
    x = np.linspace(0, 1, count)
    heights = np.zeros(count)
    strength = 1.0
    for octave in range(5):
        waves = 1.1 * 1.9**octave
        heights += strength * np.sin(2 * np.pi * (waves * x * rng.uniform(0.7, 1.3) + rng.random()))
        strength *= roughness
    most = float(np.abs(heights).max()) or 1.0
    return heights / most


def jagged(rng: np.random.Generator, levels: int, roughness: float = 0.55) -> NDArray[np.float64]:
    """Heights of a jagged ridge with 2**levels + 1 points by midpoint displacement, about -1 to 1."""
    heights = rng.uniform(-0.4, 0.4, 3)
    spread = 0.9
    for _ in range(levels - 1):
        middle = (heights[:-1] + heights[1:]) / 2 + rng.uniform(-spread, spread, len(heights) - 1)
        merged = np.empty(len(heights) + len(middle))
        merged[0::2], merged[1::2] = heights, middle
        heights = merged
        spread *= roughness
    return heights / (float(np.abs(heights).max()) or 1.0)

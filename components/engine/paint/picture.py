"""Draws a brief."""

from __future__ import annotations

import numpy as np
from PIL import Image

from components.engine.brief import Brief


def render(brief: Brief) -> Image.Image:
    """The picture of a brief, mode RGB, or RGBA when the background is transparent."""
    rng = np.random.default_rng(brief.seed)
    top, bottom = rng.uniform(60, 255, 3), rng.uniform(60, 255, 3)
    y = np.linspace(0, 1, brief.height, dtype=np.float32)[:, None, None]
    x = np.linspace(0, 1, brief.width, dtype=np.float32)[None, :, None]
    pixels = np.broadcast_to(top + (bottom - top) * (y * 0.8 + x * 0.2), (brief.height, brief.width, 3))
    return Image.fromarray(pixels.astype(np.uint8))

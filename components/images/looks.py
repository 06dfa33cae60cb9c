"""How an image looks at a glance, as a few numbers, so that many images can be compared without opening them again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from components.images.preview import small_image

_BLOCKS = (8, 8)
_OPENED = (64, 64)  # pixels that an image fits into before it is reduced to blocks
_GRAY = (128, 128, 128, 255)
# Shares of the range from black to white: on average over the image, and in the block that differs most. Other
# compression differs by less than 1% and 4%.
MEAN, BLOCK = 0.03, 0.15
SHAPE = 0.05  # share of the width per height


class Look(NamedTuple):
    """Hold an image's width per height and the colors of its blocks, 0 to 1."""

    shape: float
    blocks: Any


def look_of(path: Path, *, max_pixels: int) -> Look:
    """Return how an image looks over gray. Raise ImageRefused or OSError."""
    small = small_image(path, _OPENED, max_pixels=max_pixels).convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", small.size, _GRAY), small).convert("RGB")
    blocks = flat.resize(_BLOCKS, Image.Resampling.BOX)
    return Look(small.width / small.height, np.asarray(blocks, dtype=np.float32) / 255)


def look_alike(looks: Sequence[Look]) -> bool:
    """Return whether a person would call all of these images the same at a glance."""
    if len(looks) < 2:
        return True
    shapes = [look.shape for look in looks]
    spread = np.ptp(np.stack([look.blocks for look in looks]), axis=0)
    is_same_shape = max(shapes) <= min(shapes) * (1 + SHAPE)
    return bool(is_same_shape and spread.mean() <= MEAN and spread.max() <= BLOCK)

"""Make partial images: coarse at first, then finer."""

from __future__ import annotations

from PIL import Image

COARSEST = 48  # how many pixels of the whole become one at the very beginning


def partial_image(image: Image.Image, share: float) -> Image.Image:
    """Return the image as it looks when `share`, 0 to 1, of the work is done: the same size, less detail."""
    coarse = max(2, round(COARSEST ** (1 - share)))
    small = image.resize((max(1, image.width // coarse), max(1, image.height // coarse)), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.BICUBIC)

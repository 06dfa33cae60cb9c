"""Small input images for trying a server: shapes on a plain ground, and a mask over the left half."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw

from components.images.masks.png import mask_png
from components.images.writing import PNG, keep_file
from components.parameters import InputImage


def sample_image(size: tuple[int, int], into: Path, *, number: int = 1) -> InputImage:
    """Write an image of a disc and a square into the folder `into`; each `number` has other colors."""
    ground, front = (("#d9e4ec", "#c2452d"), ("#efe6d2", "#2d6cc2"))[number % 2]
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    across, down, radius = size[0] // 4, size[1] // 2, min(size) // 8
    draw.circle((across, down), radius, front)
    draw.rectangle((3 * across - radius, down - radius, 3 * across + radius, down + radius), front)
    file = io.BytesIO()
    image.save(file, "PNG")
    return keep_file(file.getvalue(), PNG, f"sample-{number}.png", size, False, into)


def left_half_mask(size: tuple[int, int], into: Path) -> InputImage:
    """Write a mask that leaves the right half as it is into the folder `into`."""
    mask = Image.new("L", size, 0)
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    return mask_png(mask, into)

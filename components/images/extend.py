"""Gives a picture new borders, to be filled by an edit: the larger picture, and what is new as its mask."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from components.parameters import InputImage

# How far the mask reaches into the picture, in pixels, so that the seam can be blended.
SEAM = 8


@dataclass(frozen=True)
class Borders:
    """Pixels to add on each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


def borders_for_ratio(width: int, height: int, ratio: float) -> Borders:
    """The even borders that give a picture of width x height the ratio (width divided by height)."""
    wide, high = max(width, round(height * ratio)), max(height, round(width / ratio))
    across, down = wide - width, high - height
    return Borders(across // 2, down // 2, across - across // 2, down - down // 2)


def extend(image: InputImage, borders: Borders, into: Path) -> tuple[InputImage, Image.Image]:
    """The picture with see-through borders, as a PNG in `into`, and an L image of its size: 255 where it is new.

    The new area reaches a few pixels into the old picture, on the sides that grow, so that no seam stays.
    """
    with Image.open(image.path) as opened:
        picture = opened.convert("RGBA")
    size = (picture.width + borders.left + borders.right, picture.height + borders.top + borders.bottom)
    larger = Image.new("RGBA", size, (0, 0, 0, 0))
    larger.paste(picture, (borders.left, borders.top))
    mask = Image.new("L", size, 255)
    kept = (
        borders.left + (SEAM if borders.left else 0),
        borders.top + (SEAM if borders.top else 0),
        borders.left + picture.width - (SEAM if borders.right else 0),
        borders.top + picture.height - (SEAM if borders.bottom else 0),
    )
    mask.paste(0, kept)
    file = io.BytesIO()
    larger.save(file, "PNG", compress_level=4)
    data = file.getvalue()
    sha256 = hashlib.sha256(data).hexdigest()
    path = into / f"{sha256}.png"
    path.write_bytes(data)
    name = f"{Path(image.name).stem[:60]}-extended.png"
    return InputImage(path, name, "image/png", *size, len(data), sha256, True), mask

"""Shrink images for an analysis to what the chosen detail can use.

At low detail a model sees 512 pixels; at high detail an image is fitted into 2048x2048 and then shrunk until its
shorter side has 768; auto chooses between these two; original keeps the image's size.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from PIL import Image

from components.images import normalize
from components.images.decoding.opening import decoding, open_image, refusing
from components.images.shrink import reduced
from components.images.writing import JPEG, PNG, SENDABLE, Format, encode

_QUALITY = 88
_FEW_COLORS = 4096  # an image of so few colors is a drawing, whose PNG is sharp and small


class Downscaled(NamedTuple):
    """Hold the bytes to send, their content type, and a sentence that says what was done ("" for nothing)."""

    data: bytes
    content_type: str
    note: str


def useful_size(width: int, height: int, detail: str) -> tuple[int, int]:
    """Return the size in pixels that a detail ("low", "high", "auto", "original") can use; never a larger one."""
    scale = 1.0
    if detail == "low":
        scale = 512 / max(width, height)
    elif detail in {"high", "auto"}:
        scale = min(2048 / max(width, height), 768 / min(width, height))
    scale = min(scale, 1.0)
    return max(1, round(width * scale)), max(1, round(height * scale))


def shrink_for_detail(path: Path, detail: str) -> Downscaled:
    """Return an image's file for an analysis, shrunk and written again where that makes it smaller.

    A file that is small enough already, or that would only grow, is sent unchanged. Raise ImageRefused for
    what cannot be opened.
    """
    with open_image(path) as image, refusing():
        before = image.size
        own = SENDABLE.get(image.format or "")
        size = useful_size(*before, detail)
        if own is not None and size == before:
            return Downscaled(path.read_bytes(), own.content_type, "")
        image.draft(image.mode, size)
        with decoding(image, stored=before):
            image.load()
            turned = normalize.orientation(image)
            small = _reduced(normalize.eight_bits(image) or image, size)
        small = normalize.in_srgb(small) or small
        small = small.convert("RGBA" if small.has_transparency_data else "RGB")
        small = small.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        small = normalize.upright(small, turned) or small
        kind = _fitting_kind(small)
        data = encode(small, kind, quality=_QUALITY)
    if own is not None and len(data) >= path.stat().st_size:
        return Downscaled(path.read_bytes(), own.content_type, "")
    note = f"Sent as {small.width}x{small.height} {kind.suffix.upper()} instead of {before[0]}x{before[1]}"
    return Downscaled(data, kind.content_type, f"{note}: at {detail} detail no more is seen.")


def _reduced(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the image at three times this size or more, which is all that good resizing needs (RGB for a palette)."""
    factor = int(min(image.width / size[0], image.height / size[1]) / 3)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return reduced(image, factor, lambda strip: strip.convert(mode)) if image.mode == "P" else reduced(image, factor)


def _fitting_kind(image: Image.Image) -> Format:
    if image.mode == "RGBA" or image.getcolors(_FEW_COLORS) is not None:
        return PNG
    return JPEG

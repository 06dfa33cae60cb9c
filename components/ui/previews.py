"""Small versions of pictures for drawing on, with a base mask laid over them in colour; made when asked for."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import streamlit as st
from PIL import Image, ImageColor, ImageOps

from components.parameters import InputImage

MAX_WIDTH = 4096
QUALITY = 85
TINT = 0.55
CHECK = 12


def preview_address(image: InputImage, width: int, base: str | None, colour: str) -> str:
    """Where the preview of a picture is served, `width` pixels wide, with a base mask in a colour over it.

    The canvas takes whole addresses only, so the page's own is put in front.
    """
    parts = urlsplit(st.context.url or "http://localhost")
    query = {"w": str(min(width, MAX_WIDTH)), **({"base": base, "colour": colour} if base else {})}
    return f"{parts.scheme}://{parts.netloc}/previews/{image.sha256}?{urlencode(query)}"


@lru_cache(maxsize=64)
def preview(path: Path, width: int, base: Path | None, colour: str) -> tuple[bytes, str]:
    """A picture at `width` pixels as JPEG, on a checkerboard where it is see-through; bytes and content type.

    `base` is an L image of the picture's size: 255 where the mask is painted.
    """
    with Image.open(path) as opened:
        opened.draft("RGB", (width, width))
        image = ImageOps.exif_transpose(opened)
        height = max(1, round(image.height * width / image.width))
        clear = image.has_transparency_data
        image = image.convert("RGBA" if clear else "RGB")
        small = image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
    if clear:
        under = _checkerboard(width, height)
        under.paste(small, (0, 0), small)
        small = under
    if base is not None:
        with Image.open(base) as opened:
            painted = opened.convert("L").resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
        small.paste(Image.new("RGB", small.size, _rgb(colour)), (0, 0), painted.point(lambda value: value * TINT))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=QUALITY)
    return file.getvalue(), "image/jpeg"


def _rgb(colour: str) -> tuple[int, ...]:
    try:
        return ImageColor.getrgb(colour)[:3]
    except ValueError:
        return (224, 36, 94)


def _checkerboard(width: int, height: int) -> Image.Image:
    tile = Image.new("RGB", (CHECK * 2, CHECK * 2), (236, 236, 236))
    dark = Image.new("RGB", (CHECK, CHECK), (208, 208, 208))
    tile.paste(dark, (0, 0))
    tile.paste(dark, (CHECK, CHECK))
    board = Image.new("RGB", (width, height))
    for x in range(0, width, CHECK * 2):
        for y in range(0, height, CHECK * 2):
            board.paste(tile, (x, y))
    return board

"""Small versions of pictures for drawing on, and of masks to lay over them; made when asked for."""

from __future__ import annotations

import io
import threading
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from PIL import Image, ImageColor, ImageOps

from components.images.mask_work import mask_from_alpha
from components.images.preview import opaque, preview_of, shrunk
from components.parameters import InputImage
from components.ui.drawing import PAINT

MAX_WIDTH = 4096
MAX_RATIO = 100  # of height to width; the width is what is asked for
TINT = 0.55
SHARED = 960  # pixels of width; up to here previews come from one decode
_decoding = [threading.Lock() for _ in range(16)]


def preview_address(image: InputImage, width: int) -> str:
    """Where the preview of a picture is served, `width` pixels wide.

    The canvas takes whole addresses only, so the page's own is put in front.
    """
    parts = urlsplit(st.context.url or "http://localhost")
    return f"{parts.scheme}://{parts.netloc}/previews/{image.sha256}?w={min(width, MAX_WIDTH)}"


def paint_address(base: str, width: int) -> str:
    """Where a mask that a drawing stands on is served as `paint_layer` gives it."""
    return f"/previews/{base}?w={min(width, MAX_WIDTH)}&as=paint"


@lru_cache(maxsize=16)
def paint_layer(path: Path, width: int) -> bytes:
    """A mask (L, 255 painted) as a PNG at most `width` pixels wide, in the easel's paint where it is painted."""
    with Image.open(path) as opened:
        mask = opened.convert("L")
    if width < mask.width:
        mask = mask.resize((width, max(1, round(mask.height * width / mask.width))), Image.Resampling.BOX)
    paint = Image.frombytes("P", mask.size, mask.tobytes())
    paint.putpalette(ImageColor.getrgb(PAINT) * 256)
    file = io.BytesIO()
    paint.save(file, "PNG", compress_level=4, transparency=bytes(range(256)))
    return file.getvalue()


@lru_cache(maxsize=64)
def preview(path: Path, width: int, base: Path | None, colour: str) -> tuple[bytes, str]:
    """A picture at most `width` pixels wide, without transparency, for drawing on; bytes and content type.

    `base` is laid over in `colour`: an L image, 255 where the mask is painted, or one with transparency, as masks
    are sent, alpha 0 where it is painted.
    """
    small = _small(path, width)
    if base is not None:
        with Image.open(base) as opened:
            whole = mask_from_alpha(opened) if opened.has_transparency_data else opened.convert("L")
            painted = whole.resize(small.size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        small.paste(Image.new("RGB", small.size, _rgb(colour)), (0, 0), painted.point(lambda value: value * TINT))
    made = preview_of(small, small.size)
    return made.data, made.content_type


def _small(path: Path, width: int) -> Image.Image:
    """A picture at most `width` pixels wide, without transparency; a new one at each call.

    A page that takes a photograph in asks for its tile and for its canvas at once: both come from one decode, which
    takes most of the time.
    """
    if width > SHARED:
        return _decoded(path, width)
    with _decoding[hash(path) % len(_decoding)]:
        shared = _shared(path)
    return shrunk(shared, (width, width * MAX_RATIO))


@lru_cache(maxsize=16)
def _shared(path: Path) -> Image.Image:
    return _decoded(path, SHARED)


def _decoded(path: Path, width: int) -> Image.Image:
    box = (width, width * MAX_RATIO)
    with Image.open(path) as opened:
        opened.draft(opened.mode, box)
        return opaque(shrunk(ImageOps.exif_transpose(opened), box))


def _rgb(colour: str) -> tuple[int, ...]:
    try:
        return ImageColor.getrgb(colour)[:3]
    except ValueError:
        return (224, 36, 94)

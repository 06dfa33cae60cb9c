"""Previews of images to draw on and of masks to lay over them, made on request.

Anybody who can open the app can request them, so their cost is bounded: a fixed set of widths, one decode of each file
at a time, a few threads of their own, and a bounded queue.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import streamlit as st
from anyio import CapacityLimiter, to_thread
from PIL import Image, ImageColor

from components.images.decoding.opening import KNOWN_PIXELS, decode, decoding_all, open_image
from components.images.masks.operations import mask_from_alpha
from components.images.preview import opaque, preview_of, shrunk, small_image
from components.parameters import InputImage
from components.ui.access.base_path import app_address
from components.ui.edit.canvas.objects import PAINT

T = TypeVar("T")

WIDTHS = (160, 224, 320, 480, 960, 1440, 2048, 2880, 4096)  # pixels; any other is rounded up to one of these
MAX_RATIO = 100  # of height to width; the width is what is asked for
MAX_PREVIEW_PIXELS = 17_000_000
_BYTES = 12  # a pixel of a preview while it is made
TINT = 0.55
SHARED = 1440  # pixels of width; up to here previews come from one decode
_decoding = [threading.Lock() for _ in range(16)]

THREADS = 3  # threads that make previews; files are served by others
MAX_WAITING = 200
_threads: CapacityLimiter | None = None


class TooManyWaiting(Exception):
    """The queue of previews is full."""


async def in_preview_thread(make: Callable[..., T], *arguments: object) -> T:
    """Make a preview in one of the threads that are there for it. Raise TooManyWaiting."""
    global _threads
    _threads = _threads or CapacityLimiter(THREADS)
    if _threads.statistics().tasks_waiting >= MAX_WAITING:
        raise TooManyWaiting
    return await to_thread.run_sync(make, *arguments, limiter=_threads)


def allowed_width(width: int) -> int:
    """Return the preview width in pixels for a requested width."""
    return next((one for one in WIDTHS if one >= width), WIDTHS[-1])


def _box(width: int) -> tuple[int, int]:
    return width, min(width * MAX_RATIO, MAX_PREVIEW_PIXELS // width)


def preview_address(image: InputImage, width: int) -> str:
    """Return the address of an image's preview, at least `width` pixels wide if the image is.

    The canvas takes complete addresses only, so the page's origin is put in front.
    """
    parts = urlsplit(st.context.url or "http://localhost")
    path = app_address(f"/previews/{image.sha256}?w={allowed_width(width)}")
    return f"{parts.scheme}://{parts.netloc}{path}"


def paint_address(base: str, width: int) -> str:
    """Return the address of a drawing's base mask as `paint_layer` renders it."""
    return app_address(f"/previews/{base}?w={allowed_width(width)}&as=paint")


@lru_cache(maxsize=16)
def paint_layer(path: Path, width: int) -> bytes:
    """Return a mask (L, 255 painted) as a PNG in the canvas's paint, at most `width` pixels wide."""
    mask = decode(path, max_pixels=KNOWN_PIXELS).convert("L")
    if width < mask.width:
        mask = mask.resize((width, max(1, round(mask.height * width / mask.width))), Image.Resampling.BOX)
    paint = Image.frombytes("P", mask.size, mask.tobytes())
    paint.putpalette(ImageColor.getrgb(PAINT) * 256)
    file = io.BytesIO()
    paint.save(file, "PNG", compress_level=4, transparency=bytes(range(256)))
    return file.getvalue()


def preview(path: Path, width: int, base: Path | None, color: tuple[int, ...]) -> tuple[bytes, str]:
    """Return an opaque preview of an image, at most `width` pixels wide: bytes and content type.

    `base` is laid over in `color`: an L image, 255 where the mask is painted, or one with transparency, as masks
    are sent, alpha 0 where painted. One preview of a file is made at a time. Raise ImageRefused, OSError.
    """
    with _decoding[hash(path) % len(_decoding)]:
        return _cached_preview(path, width, base, color)


@lru_cache(maxsize=64)
def _cached_preview(path: Path, width: int, base: Path | None, color: tuple[int, ...]) -> tuple[bytes, str]:
    with decoding_all(path, more=_BYTES * _pixels(path, width)):
        small = _small(path, width)
        if base is not None:
            with decoding_all(base, copies=1):
                opened = decode(base, max_pixels=KNOWN_PIXELS)
                complete = mask_from_alpha(opened) if opened.has_transparency_data else opened.convert("L")
                painted = complete.resize(small.size, Image.Resampling.BILINEAR, reducing_gap=2.0)
            small.paste(Image.new("RGB", small.size, color), (0, 0), painted.point(lambda value: value * TINT))
        made = preview_of(small, small.size)
    return made.data, made.content_type


def _pixels(path: Path, width: int) -> int:
    """Return how many pixels a preview of this width has."""
    with open_image(path) as image:
        scale = min(1.0, *(most / side for most, side in zip(_box(width), image.size, strict=True)))
        return round(image.width * image.height * scale**2)


def _small(path: Path, width: int) -> Image.Image:
    """Return a new opaque image at most `width` pixels wide.

    A page requests a photograph's tile and its canvas at once: both come from one decode, which takes most of the time.
    """
    return _decoded(path, width) if width > SHARED else shrunk(_shared(path), _box(width))


@lru_cache(maxsize=8)
def _shared(path: Path) -> Image.Image:
    return _decoded(path, SHARED)


def _decoded(path: Path, width: int) -> Image.Image:
    return opaque(small_image(path, _box(width), max_pixels=KNOWN_PIXELS))


def rgb(color: str) -> tuple[int, ...]:
    """Return a color as red, green and blue; the default mask color if it is invalid."""
    try:
        return ImageColor.getrgb(color)[:3]
    except ValueError:
        return (224, 36, 94)

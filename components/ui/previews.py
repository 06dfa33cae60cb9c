"""Small versions of pictures for drawing on, with a base mask laid over them in colour; made when asked for."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import streamlit as st
from PIL import Image, ImageColor, ImageOps

from components.images.mask_work import mask_from_alpha
from components.images.preview import opaque, preview_of, shrunk
from components.parameters import InputImage

MAX_WIDTH = 4096
MAX_RATIO = 100  # of height to width; the width is what is asked for
TINT = 0.55


def preview_address(image: InputImage, width: int, base: str | None, colour: str) -> str:
    """Where the preview of a picture is served, `width` pixels wide, with a base mask in a colour over it.

    The canvas takes whole addresses only, so the page's own is put in front.
    """
    parts = urlsplit(st.context.url or "http://localhost")
    query = {"w": str(min(width, MAX_WIDTH)), **({"base": base, "colour": colour} if base else {})}
    return f"{parts.scheme}://{parts.netloc}/previews/{image.sha256}?{urlencode(query)}"


@lru_cache(maxsize=64)
def preview(path: Path, width: int, base: Path | None, colour: str) -> tuple[bytes, str]:
    """A picture at most `width` pixels wide, without transparency, for drawing on; bytes and content type.

    `base` is laid over in `colour`: an L image, 255 where the mask is painted, or one with transparency, as masks
    are sent, alpha 0 where it is painted.
    """
    box = (width, width * MAX_RATIO)
    with Image.open(path) as opened:
        opened.draft(opened.mode, box)
        small = opaque(shrunk(ImageOps.exif_transpose(opened), box))
    if base is not None:
        with Image.open(base) as opened:
            whole = mask_from_alpha(opened) if opened.has_transparency_data else opened.convert("L")
            painted = whole.resize(small.size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        small.paste(Image.new("RGB", small.size, _rgb(colour)), (0, 0), painted.point(lambda value: value * TINT))
    made = preview_of(small, small.size)
    return made.data, made.content_type


def _rgb(colour: str) -> tuple[int, ...]:
    try:
        return ImageColor.getrgb(colour)[:3]
    except ValueError:
        return (224, 36, 94)

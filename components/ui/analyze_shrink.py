"""Makes pictures smaller where the chosen detail cannot use their size, so that less goes over the wire."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import streamlit as st
from PIL import Image

from components.library import LibraryUnavailable
from components.parameters import InputImage, Request
from components.parameters.rules import megabytes
from components.ui.workbench import workbench

# The longest edge in pixels that a model looks at for each detail; "original" takes what it gets.
USEFUL_EDGE: Mapping[str, int] = {"low": 512, "auto": 2048, "high": 2048}
JPEG_QUALITY = 90
AT_ONCE = 4


def useful_edge(detail: object) -> int | None:
    """The longest edge that is of use for a detail; None where there is no limit."""
    return USEFUL_EDGE.get(str(detail))


def too_large(images: tuple[InputImage, ...], detail: object) -> int:
    """How many of the pictures are larger than useful."""
    edge = useful_edge(detail)
    return 0 if edge is None else sum(max(image.width, image.height) > edge for image in images)


def shrunk(request: Request, *, as_is: bool) -> tuple[Request, tuple[str, ...]]:
    """The request with pictures no larger than useful, and for each picture what was done, or ""."""
    nothing = tuple("" for _ in request.images)
    edge = useful_edge(request.values.get("detail"))
    if as_is or edge is None or not too_large(request.images, request.values.get("detail")):
        return request, nothing
    done: dict[tuple[str, int], InputImage] = st.session_state.setdefault("analyze.smaller", {})
    waiting = [image for image in dict.fromkeys(request.images) if (image.sha256, edge) not in done]
    # Taken here, since threads of their own know no session.
    bench = workbench()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        made = threads.map(lambda image: _smaller(image, edge, bench.library.scratch), waiting)
        for image, path in zip(waiting, made, strict=True):
            done[image.sha256, edge] = _kept(image, path)
    images = tuple(done[image.sha256, edge] for image in request.images)
    notes = tuple(_note(old, new) for old, new in zip(request.images, images, strict=True))
    # The same content may have come in under several names.
    named = tuple(dataclasses.replace(new, name=old.name) for old, new in zip(request.images, images, strict=True))
    return dataclasses.replace(request, images=named), notes


def _note(old: InputImage, new: InputImage) -> str:
    if old.sha256 == new.sha256:
        return ""
    return (
        f"{old.name} was sent as {new.width}x{new.height}, {megabytes(new.bytes)} instead of "
        f"{old.width}x{old.height}, {megabytes(old.bytes)}."
    )


def _smaller(image: InputImage, edge: int, into: Path) -> Path | None:
    """A file with the picture at the useful size; None where it is small enough, or would not get smaller."""
    if max(image.width, image.height) <= edge:
        return None
    path = into / f"smaller-{secrets.token_hex(8)}"
    try:
        with Image.open(image.path) as opened:
            opened.draft("RGB", (edge, edge))  # JPEGs are decoded small at once, several times as fast
            scale = edge / max(opened.size)
            size = (max(1, round(opened.width * scale)), max(1, round(opened.height * scale)))
            mode = "RGBA" if image.has_alpha else "RGB"
            small = opened.convert(mode).resize(size, Image.Resampling.LANCZOS)
        if image.has_alpha:
            small.save(path, "WEBP", quality=JPEG_QUALITY)
        else:
            small.save(path, "JPEG", quality=JPEG_QUALITY, optimize=True)
    except (OSError, ValueError, MemoryError):
        # What cannot be made smaller goes as it is; the server has the last word on it.
        path.unlink(missing_ok=True)
        return None
    if path.stat().st_size >= image.bytes:
        path.unlink()
        return None
    return path


def _kept(image: InputImage, path: Path | None) -> InputImage:
    if path is None:
        return image
    try:
        with Image.open(path) as opened:
            width, height = opened.size
        data = path.read_bytes()
        made = InputImage(
            path,
            image.name,
            "image/webp" if image.has_alpha else "image/jpeg",
            width,
            height,
            len(data),
            hashlib.sha256(data).hexdigest(),
            image.has_alpha,
        )
        return workbench().library.keep_input(made)
    except LibraryUnavailable:
        return image
    finally:
        path.unlink(missing_ok=True)

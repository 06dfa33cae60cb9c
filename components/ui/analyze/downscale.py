"""Downscale images that are larger than the chosen detail can use, to send less."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from components.images.downscale import Downscaled, shrink_for_detail, useful_size
from components.images.errors import ImageRefused
from components.library import LibraryUnavailable
from components.parameters import InputImage, Request
from components.parameters.rules import megabytes
from components.ui.analyze.page_state import AnalyzeState
from components.ui.process.workbench import workbench
from components.ui.session.state import page_state

THREADS = 4


def count_oversized(images: tuple[InputImage, ...], detail: object) -> int:
    """Return how many images are larger than the detail can use."""
    return sum(useful_size(one.width, one.height, str(detail)) != (one.width, one.height) for one in images)


def downscale_inputs(request: Request, *, as_is: bool) -> tuple[Request, tuple[str, ...]]:
    """Return the request with images no larger than useful, and a note for each image ("" if unchanged)."""
    detail = str(request.values.get("detail"))
    if as_is or not count_oversized(request.images, detail):
        return request, tuple("" for _ in request.images)
    done = page_state(AnalyzeState).downscaled
    waiting = [image for image in dict.fromkeys(request.images) if (image.sha256, detail) not in done]
    with ThreadPoolExecutor(THREADS) as threads:
        made = threads.map(partial(_smaller, detail=detail), waiting)
        for image, small in zip(waiting, made, strict=True):
            done[image.sha256, detail] = image if small is None else _store(image, small, detail)
    # Several names may share one content.
    images = tuple(dataclasses.replace(done[image.sha256, detail], name=image.name) for image in request.images)
    notes = tuple(_note(old, new) for old, new in zip(request.images, images, strict=True))
    return dataclasses.replace(request, images=images), notes


def _note(old: InputImage, new: InputImage) -> str:
    if old.sha256 == new.sha256:
        return ""
    return (
        f"{old.name} was sent as {new.width}x{new.height}, {megabytes(new.bytes)} instead of "
        f"{old.width}x{old.height}, {megabytes(old.bytes)}."
    )


def _smaller(image: InputImage, detail: str) -> Downscaled | None:
    """Return the image at the useful size; None when it stays unchanged."""
    try:
        small = shrink_for_detail(image.path, detail)
    except (ImageRefused, OSError):
        return None  # send it unchanged; the server decides
    return small if small.note else None


def _store(image: InputImage, small: Downscaled, detail: str) -> InputImage:
    library = workbench().library
    path = library.staging / f"smaller-{secrets.token_hex(8)}"
    width, height = useful_size(image.width, image.height, detail)
    try:
        path.write_bytes(small.data)
        digest = hashlib.sha256(small.data).hexdigest()
        made = InputImage(path, image.name, small.content_type, width, height, len(small.data), digest, image.has_alpha)
        return library.keep_input(made)
    except (LibraryUnavailable, OSError):
        return image
    finally:
        path.unlink(missing_ok=True)

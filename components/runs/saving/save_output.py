"""Save an arrived image: open it completely, make its thumbnail, store the file, then its row."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from components.client import InvalidImage, Money
from components.client.events import ImageArrived
from components.images.decoding.probe import NotAnImage, inspect
from components.library import Library, StoredOutput
from components.library.errors import explained
from components.library.files.content_store import sync_file


def save_output(library: Library, run_id: str, arrived: ImageArrived, max_pixels: int) -> StoredOutput:
    """Save one image, in a worker thread, and return its output.

    Raise InvalidImage when the bytes are not an image (they stay in the staged file), and LibraryUnavailable when the
    library cannot take it.
    """
    thumbnail = arrived.path.with_suffix(".small")
    try:
        with explained(library.folder):
            put_down(arrived)
            image = inspect(arrived.path, max_pixels=max_pixels, thumbnail=thumbnail)
    except NotAnImage as refusal:
        raise InvalidImage(f"Image {arrived.index + 1}: {refusal}", money=Money.MAY_BE_BILLED) from refusal
    return library.add_output(
        run_id,
        arrived.index,
        arrived.path,
        arrived.sha256,
        image,
        thumbnail=thumbnail,
        revised_prompt=arrived.revised_prompt,
        synced=True,
    )


def put_down(arrived: ImageArrived) -> None:
    """Write an image that is only in memory to the disk. Raise OSError."""
    if arrived.data is None or arrived.path.exists():
        return
    unfinished = arrived.path.with_suffix(".part")
    try:
        unfinished.parent.mkdir(exist_ok=True)
        unfinished.write_bytes(arrived.data)
        sync_file(unfinished)
        os.replace(unfinished, arrived.path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def discard(path: Path) -> None:
    """Delete a staged file; one that cannot be deleted goes with the staging folder."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)

"""Takes an arrived picture into the library: opened as a whole, given a thumbnail, filed, then its row."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from components.client import Money, NotAnImageAnswer
from components.client.events import ImageArrived
from components.images.probe import NotAnImage, inspect
from components.library import Library, StoredOutput
from components.library.errors import explained
from components.library.files.content_store import sync_file


def save_output(library: Library, run_id: str, arrived: ImageArrived, max_pixels: int) -> StoredOutput:
    """File one picture; called in a worker thread.

    Raises NotAnImageAnswer when the bytes are no picture (they stay in the scratch file), and LibraryUnavailable
    when the library cannot take it.
    """
    thumbnail = arrived.path.with_suffix(".small")
    try:
        with explained(library.folder):
            put_down(arrived)
            picture = inspect(arrived.path, max_pixels=max_pixels, thumbnail=thumbnail)
    except NotAnImage as refusal:
        raise NotAnImageAnswer(f"Picture {arrived.index + 1}: {refusal}", money=Money.MAY_BE_BILLED) from refusal
    return library.add_output(
        run_id,
        arrived.index,
        arrived.path,
        arrived.sha256,
        picture,
        thumbnail=thumbnail,
        revised_prompt=arrived.revised_prompt,
        synced=True,
    )


def put_down(arrived: ImageArrived) -> None:
    """Write a picture that is in memory, because the disk did not take it while it came. Raises OSError."""
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
    """Remove a scratch file that is not needed any more; one that the disk does not let go of ends with the scratch."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)

"""Images that the library does not have at a run's end: keep files that cannot be opened, and name them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.client import ApiError, InvalidImage
from components.client.events import ImageArrived
from components.library import Library
from components.library.files.unopened import keep_unopened, unopened_of, with_unopened
from components.library.maintenance.recovery import UNSAVED
from components.runs.live import LiveRun
from components.runs.saving.save_output import discard
from components.runs.view import UnsavedView, stored_view


def with_unsaved(library: Library, live: LiveRun, error: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a run's error with what the library does not have: unreadable files, and places of images."""
    if error is None:
        return None
    notes: list[dict[str, Any]] = []
    for one in live.view.unsaved:
        path = live.files.get(one.token)
        if not one.is_image and path is not None:
            with contextlib.suppress(OSError):  # it stays in staging, and the next start keeps it
                notes.append(keep_unopened(library, one.index, path, _sha256(path), one.reason))
    waiting = [one.index for one in live.view.unsaved if one.is_image]
    return {**with_unopened(error, notes), **({UNSAVED: waiting} if waiting else {})}


def offer_unsaved(library: Library, live: LiveRun, event: ImageArrived, error: ApiError) -> str:
    """Offer an image for download, and return the token that names it."""
    token = event.path.name
    # The file may be stored without its row.
    moved = None if event.path.exists() else library.file("original", event.sha256)
    live.files[token] = moved or event.path
    is_in_memory = event.data is not None and moved is None and not event.path.exists()
    if event.data is not None and is_in_memory:
        live.memory[token] = event.data
    is_image = not isinstance(error, InvalidImage)
    unsaved = UnsavedView(event.index, token, error.what, is_image, is_in_memory)
    live.change(unsaved=tuple(sorted((*live.view.unsaved, unsaved), key=lambda one: one.index)))
    return token


def discard_unreadable(library: Library, live: LiveRun, error: Mapping[str, Any] | None) -> None:
    """Delete the staged files of unreadable images, now that the run's row names the kept ones."""
    kept = {note["sha256"] for note in unopened_of(error)}
    for one in live.view.unsaved:
        path = live.files.get(one.token)
        if one.is_image or path is None or _sha256(path) not in kept:
            continue
        if (file := library.file("unopened", _sha256(path))) is not None:
            live.files[one.token] = file
            discard(path)


def find_unsaved(library: Library, live: LiveRun | None, run_id: str, token: str) -> Path | bytes | None:
    """Return what a run's page offers for download: a file, or bytes that are only in memory."""
    path = live.files.get(token) if live is not None else None
    if path is not None and path.is_file():
        return path
    if live is not None and token in live.memory:
        return live.memory[token]
    stored = stored_view(library, run_id)
    is_named = stored is not None and any(one.token == token for one in stored.unsaved)
    return library.file("unopened", token) if is_named else None


def _sha256(path: Path) -> str:
    """Return the SHA-256 in the name of a complete file, see `received_name`."""
    return path.stem.partition("-")[2]

"""What the library's tests fill a library with, and how they leave it as a killed process does."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sqlalchemy import text

from components.images.decoding.probe import inspect
from components.library import Library, StoredOutput
from components.library.files.process_lock import ProcessLock
from components.library.files.staging import received_name
from components.parameters import InputImage, Request, resolve
from tests.unit.runs.fake_client import png


def ask(*, images: tuple[InputImage, ...] = (), mask: InputImage | None = None, **raw: Any) -> Request:
    """Return a request to generate, or to edit if there are images."""
    operation = "edit" if images else "generate"
    request = resolve(operation, "gpt-image-2", {"prompt": "a fox", **raw}, images=images, mask=mask)
    assert isinstance(request, Request), request
    return request


def begin(library: Library, run_id: str, request: Request | None = None) -> str:
    """Insert a run; return its id."""
    library.begin_run(run_id, request or ask(), connection_id="c1", connection_name="Test")
    return run_id


def answered(library: Library, run_id: str, folder: Path, text: str = "An ocelot.", **values: Any) -> str:
    """Insert an ended analysis with this text; return the id of its answer."""
    image = an_input(folder, f"{run_id}.png", 77)
    request = resolve("analyze", "gpt-6.1-terra", {"text": "What is it?"}, images=(image,))
    assert isinstance(request, Request), request
    library.update_run(begin(library, run_id, request), **{"state": "done", "text": text, **values})
    return f"{run_id}-text"


def add(library: Library, run_id: str, index: int, data: bytes) -> StoredOutput:
    """Add an image as the runner does."""
    staged = library.staging / f"{run_id}-{index}"
    staged.write_bytes(data)
    small = library.staging / f"{run_id}-{index}.webp"
    image = inspect(staged, max_pixels=10_000, thumbnail=small)
    return library.add_output(run_id, index, staged, hashlib.sha256(data).hexdigest(), image, thumbnail=small)


def crash(library: Library) -> None:
    """Leave a library as a killed process does: the lock is open or the heartbeat missing, everything else stays."""
    process = library.process_lock
    if not isinstance(process, ProcessLock):
        process._stopping.set()
        process._thread.join()
    process._lock.release()
    if isinstance(process, ProcessLock):
        (library.folder / "processes" / f"{process.process}.lock").touch()
    else:
        with library.engine.begin() as connection:
            dead = "UPDATE processes SET expires = clock_timestamp() - interval '1 second' WHERE id = :id"
            connection.execute(text(dead), {"id": process.process})
        process._own_engine.dispose()
    library.engine.dispose()


def an_input(folder: Path, name: str, seed: int) -> InputImage:
    """Return an image file outside the library."""
    path = folder / name
    path.write_bytes(png(seed))
    digest = hashlib.sha256(png(seed)).hexdigest()
    return InputImage(path, name, "image/png", 40, 30, len(png(seed)), digest, has_alpha=True)


def half_saved(library: Library, run_id: str, index: int, data: bytes, sha256: str | None = None) -> Path:
    """Write a received image that is not in the library yet; `sha256` differs from its content if given."""
    path = library.run_staging(run_id) / received_name(index, sha256 or hashlib.sha256(data).hexdigest())
    path.write_bytes(data)
    return path

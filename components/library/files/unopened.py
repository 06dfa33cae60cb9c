"""Received images that this app cannot open: too large, or in an unknown format.

They have been paid for, so each is stored unchanged under `unopened/`, and listed in its run's error under "unopened"
with its index, SHA-256 and the reason. The run's page offers it for download, also after a restart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import String, cast, not_, select

from components.images.decoding.probe import NotAnImage, format_of
from components.library.db.schema import runs
from components.library.files.content_store import extension
from components.library.files.handle import LibraryHandle

KEY = "unopened"

# By the brand in the header of an ISO base media file, ISO/IEC 14496-12 and 23008-12.
_BRANDS = {b"heic": "heic", b"heix": "heic", b"mif1": "heic", b"msf1": "heic", b"avif": "avif", b"avis": "avif"}


def file_suffix(found: Path | bytes) -> str:
    """Return the file name extension for bytes that may not be an image, "bin" for an unknown format."""
    try:
        return extension(format_of(found))
    except (NotAnImage, OSError):
        return _BRANDS.get(_head(found)[8:12], "bin") if _head(found)[4:8] == b"ftyp" else "bin"


def _head(found: Path | bytes) -> bytes:
    if isinstance(found, bytes):
        return found[:12]
    try:
        with found.open("rb") as file:
            return file.read(12)
    except OSError:
        return b""


def keep_unopened(library: LibraryHandle, index: int, staged: Path, sha256: str, reason: str) -> dict[str, Any]:
    """Store a complete staged file and return its entry for the run's error.

    The caller removes the staged file after the entry is written. Raise OSError.
    """
    library.files.adopt(staged, "unopened", sha256, file_suffix(staged), keep=True)
    return {"index": index, "sha256": sha256, "reason": reason}


def with_unopened(error: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return an error with these entries added, each index and content once."""
    known = {(one["index"], one["sha256"]): dict(one) for one in (*unopened_of(error), *entries)}
    return {**error, KEY: list(known.values())} if known else dict(error)


def unopened_of(error: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the entries in a run's error: "index" from 0, "sha256" and "reason" of each."""
    found = (error or {}).get(KEY)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def remove_unopened(library: LibraryHandle, errors: Iterable[Mapping[str, Any] | None]) -> None:
    """Remove the files that the errors of purged runs list, unless another run lists them."""
    for sha256 in dict.fromkeys(str(one["sha256"]) for error in errors for one in unopened_of(error)):

        def is_wanted(_: float, sha256: str = sha256) -> bool:
            named = select(runs.c.id).where(not_(runs.c.purged), cast(runs.c.error, String).contains(sha256)).limit(1)
            with library.engine.connect() as connection:
                return connection.execute(named).first() is not None

        library.files.remove(KEY, sha256, is_wanted)

"""Answers that came as images and cannot be opened here: too large, or of a format that nobody knows.

They were paid for, so each is kept as it came under `unopened/`, and its run's error names it: a list under "unopened"
of index, SHA-256 and the reason. So it can be had from the run's page, also after a restart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, cast, not_, select

from components.images.probe import NotAnImage, format_of
from components.library.db.schema import runs
from components.library.files.content_store import extension

if TYPE_CHECKING:
    from components.library.store import Library

KEY = "unopened"

# By the brand in the header of an ISO base media file, ISO/IEC 14496-12 and 23008-12.
_BRANDS = {b"heic": "heic", b"heix": "heic", b"mif1": "heic", b"msf1": "heic", b"avif": "avif", b"avis": "avif"}


def ending_of(found: Path | bytes) -> str:
    """The file name extension for bytes that may be no image, "bin" for what nobody knows."""
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


def keep_unopened(library: Library, index: int, scratch: Path, sha256: str, reason: str) -> dict[str, Any]:
    """Keep a whole scratch file; what the run's error is to say of it. The scratch file stays until that is written.

    Raises OSError.
    """
    library.files.adopt(scratch, "unopened", sha256, ending_of(scratch), keep=True)
    return {"index": index, "sha256": sha256, "reason": reason}


def with_unopened(error: Mapping[str, Any], notes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """An error that names these too, each content of each place once."""
    known = {(one["index"], one["sha256"]): dict(one) for one in (*unopened_of(error), *notes)}
    return {**error, KEY: list(known.values())} if known else dict(error)


def unopened_of(error: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What a run's error names: "index" from 0, "sha256" and "reason" of each."""
    noted = (error or {}).get(KEY)
    return [one for one in noted if isinstance(one, dict)] if isinstance(noted, list) else []


def remove_unopened(library: Library, errors: Iterable[Mapping[str, Any] | None]) -> None:
    """Remove the files that errors of runs that are gone name and no other run does."""
    for sha256 in dict.fromkeys(str(one["sha256"]) for error in errors for one in unopened_of(error)):

        def is_wanted(_: Path, sha256: str = sha256) -> bool:
            named = select(runs.c.id).where(not_(runs.c.purged), cast(runs.c.error, String).contains(sha256)).limit(1)
            with library.engine.connect() as connection:
                return connection.execute(named).first() is not None

        library.files.remove(KEY, sha256, is_wanted)

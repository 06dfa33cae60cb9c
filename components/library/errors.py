"""What can go wrong between the library and its disk."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError


class LibraryUnavailable(Exception):
    """The library cannot be read or written now; the message says why and what to do, for a person."""


_REASONS = {
    errno.ENOSPC: "The disk of the library is full. Make room there, then try again.",
    errno.EDQUOT: "The disk quota of the library is used up. Make room there, then try again.",
    errno.EROFS: "The disk of the library is read-only.",
    errno.EACCES: "The library's folder may not be written to.",
    errno.EPERM: "The library's folder may not be written to.",
}


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn errors of the disk and of the database into LibraryUnavailable."""
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(
            error.errno or 0, f"The library's folder cannot be used: {error.strerror or type(error).__name__}."
        )
        raise LibraryUnavailable(f"{reason} (folder {folder.name})") from error
    except DBAPIError as error:
        said = str(error.orig)
        if "locked" in said:
            reason = "The library's database is locked by another program for too long. Try again in a moment."
        elif "full" in said:
            reason = _REASONS[errno.ENOSPC]
        elif "readonly" in said or "read-only" in said:
            reason = "The library's database is read-only."
        else:
            reason = f"The library's database failed: {said}."
        raise LibraryUnavailable(reason) from error

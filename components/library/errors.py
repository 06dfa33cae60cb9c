"""Translate errors of the disk and the database into messages for people."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

log = logging.getLogger(__name__)


class LibraryUnavailable(Exception):
    """The library cannot be read or written now.

    `what` is a sentence on what happened, `next_step` one on what to do.
    """

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(f"{what} {next_step}")
        self.what = what
        self.next_step = next_step


class NotAllowed(LibraryUnavailable):
    """A person may not change what they want to change; nothing was changed."""


_MAKE_ROOM = "Make room there, then try again."
_ASK_OPERATOR = "Ask the operator of the app to make its data folder writable."
_FULL = ("The disk of the library is full.", _MAKE_ROOM)
_FORBIDDEN = ("The library's folder is not writable.", _ASK_OPERATOR)

_DISK = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: ("The disk quota of the library is used up.", _MAKE_ROOM),
    errno.EFBIG: ("The disk of the library cannot store a file of this size.", _MAKE_ROOM),
    errno.EROFS: ("The disk of the library is read-only.", _ASK_OPERATOR),
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EMFILE: ("The app has too many files open.", "Try again when fewer runs are under way."),
}

# By parts of SQLite's messages; not every Python version passes SQLite's error codes on.
_DATABASE = (
    ("locked", ("The library's database was locked by another program for too long.", "Try again in a moment.")),
    ("full", _FULL),
    ("readonly", ("The library's database is read-only.", _ASK_OPERATOR)),
    ("read-only", ("The library's database is read-only.", _ASK_OPERATOR)),
    (
        "disk I/O error",
        (
            "The disk of the library's database failed: it may be full or read-only.",
            "Make room there, and make the data folder writable.",
        ),
    ),
    ("unable to open", ("The library's database cannot be opened.", _ASK_OPERATOR)),
    (
        "malformed",
        ("The library's database is damaged.", "Restore it from a backup; the image files are not affected."),
    ),
    (
        "not a database",
        ("workbench.sqlite3 is not a SQLite database.", "Move it away or restore it; nothing was changed."),
    ),
)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Raise errors of the disk and the database as LibraryUnavailable. `folder` is the library's.

    The original error goes to the log only, because it contains paths.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        unknown = (f"The library's folder “{folder.name}” cannot be used: {reason}.", "Check the disk, then try again.")
        log.warning("The library cannot be used: %s", error)
        raise LibraryUnavailable(*_DISK.get(error.errno or 0, unknown)) from error
    except DBAPIError as error:
        reason = str(error.orig)  # without the statement, which contains prompts
        log.warning("The library's database cannot be used: %s", reason)
        unknown = (f"The library's database failed: {reason}.", "Try again; see the app's log.")
        raise LibraryUnavailable(*next((known for part, known in _DATABASE if part in reason), unknown)) from error

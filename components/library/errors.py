"""What can go wrong between the library and its disk."""

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

    `what` is a sentence about what happened, `next_step` one about what to do, both for a person.
    """

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(f"{what} {next_step}")
        self.what = what
        self.next_step = next_step


_MAKE_ROOM = "Make room there, then try again."
_ASK_WHO_RUNS_IT = "Whoever runs the app must make its data folder writable."
_FULL = ("The disk of the library is full.", _MAKE_ROOM)
_FORBIDDEN = ("The library's folder may not be written to.", _ASK_WHO_RUNS_IT)

_DISK = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: ("The disk quota of the library is used up.", _MAKE_ROOM),
    errno.EFBIG: ("The disk of the library takes no file of this size.", _MAKE_ROOM),
    errno.EROFS: ("The disk of the library is read-only.", _ASK_WHO_RUNS_IT),
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EMFILE: ("The app has too many files open.", "Try again when fewer runs are under way."),
}

# By words of SQLite's messages, whose codes do not reach SQLAlchemy's errors on every Python.
_DATABASE = (
    ("locked", ("The library's database is locked by another program for too long.", "Try again in a moment.")),
    ("full", _FULL),
    ("readonly", ("The library's database is read-only.", _ASK_WHO_RUNS_IT)),
    ("read-only", ("The library's database is read-only.", _ASK_WHO_RUNS_IT)),
    (
        "disk I/O error",
        (
            "The disk of the library's database fails: it may be full, or may not be written to.",
            "Make room there, and make the data folder writable.",
        ),
    ),
    ("unable to open", ("The library's database cannot be opened.", _ASK_WHO_RUNS_IT)),
    (
        "malformed",
        ("The library's database is damaged.", "Restore it from a backup; the pictures' files are not touched."),
    ),
    ("not a database", ("The library's database is no database.", "Move it away or restore it; nothing was changed.")),
)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn errors of the disk and of the database into LibraryUnavailable. `folder` is the library's.

    What they were exactly goes to the log, for whoever runs the app: a path has no place on a page.
    """
    try:
        yield
    except OSError as error:
        said = error.strerror or type(error).__name__
        unknown = (f"The library's folder “{folder.name}” cannot be used: {said}.", "Look at the disk, then try again.")
        log.warning("The library cannot be used: %s", error)
        raise LibraryUnavailable(*_DISK.get(error.errno or 0, unknown)) from error
    except DBAPIError as error:
        said = str(error.orig)  # the whole of it would tell prompts
        log.warning("The library's database cannot be used: %s", said)
        unknown = (f"The library's database failed: {said}.", "Try again; the app's log says more.")
        raise LibraryUnavailable(*next((told for words, told in _DATABASE if words in said), unknown)) from error

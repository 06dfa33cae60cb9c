"""Translate errors of the disk and the database into messages for people."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

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
    """The person may not change what they want to change; nothing was changed. Without words: they are a viewer."""

    def __init__(
        self,
        what: str = "You are a viewer: you can see what belongs to the team or to you, and change nothing.",
        next_step: str = "Ask an admin of the app to make you a member.",
    ) -> None:
        super().__init__(what, next_step)


class StorageError(OSError):
    """The storage of the library's files failed. `what` and `next_step` as in LibraryUnavailable; neither has a key."""

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(f"{what} {next_step}")
        self.what = what
        self.next_step = next_step


class FileChanged(StorageError):
    """The bytes of a stored file are not those that it is named by."""


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

_CHECK_URL = "Check IMAGE_WORKBENCH_DATABASE_URL."
_AGAIN = "Try again in a moment."
_NO_ANSWER = (
    "The library's database does not answer.",
    "Check that PostgreSQL is running and can be reached, then try again.",
)
_BUSY = ("The library's database has no free connection.", _AGAIN)
_TOO_LONG = ("The library's database was busy for too long.", _AGAIN)

# By the beginnings of PostgreSQL's SQLSTATE codes.
_POSTGRESQL = {
    "08": _NO_ANSWER,
    "28": ("The library's database refused the app's user name or password.", _CHECK_URL),
    "3D": ("The library's database does not exist.", _CHECK_URL),
    "25006": ("The library's database is read-only.", "Point IMAGE_WORKBENCH_DATABASE_URL at the primary server."),
    "42501": ("The library's database does not allow the app's user to do this.", "Make that user the owner of it."),
    "53100": ("The disk of the library's database is full.", _MAKE_ROOM),
    "53300": _BUSY,
    "57P": ("The library's database is stopping or starting.", _AGAIN),
    "55P03": _TOO_LONG,
    "57014": _TOO_LONG,
    "40": ("Somebody else changed this at the same time.", "Try again."),
}


def _of_postgresql(error: DBAPIError) -> tuple[str, str] | None:
    """Return what happened and what to do for an error of PostgreSQL; None for any other."""
    if not type(error.orig).__module__.startswith("psycopg"):
        return None
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # the driver's own error: usually there is no connection, or no longer
        return _refused(str(error.orig)) if isinstance(error, OperationalError) else None
    return next((known for start, known in _POSTGRESQL.items() if state.startswith(start)), None)


def _refused(reason: str) -> tuple[str, str]:
    """Return what happened when no connection was made: its error has no code, only the server's message."""
    parts = (("authentication failed", "28"), ("no password", "28"), ("does not exist", "3D"), ("too many", "53300"))
    return next((_POSTGRESQL[code] for part, code in parts if part in reason), _NO_ANSWER)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Raise errors of the disk and the database as LibraryUnavailable. `folder` is the library's.

    The original error goes to the log only, because it contains paths.
    """
    try:
        yield
    except StorageError as error:  # its cause is logged
        raise LibraryUnavailable(error.what, error.next_step) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        unknown = (f"The library's folder “{folder.name}” cannot be used: {reason}.", "Check the disk, then try again.")
        log.warning("The library cannot be used: %s", error)
        raise LibraryUnavailable(*_DISK.get(error.errno or 0, unknown)) from error
    except PoolTimeout as error:
        log.warning("The library's database cannot be used: all connections are in use.")
        raise LibraryUnavailable(*_BUSY) from error
    except DBAPIError as error:
        # Without the statement, which contains prompts, and the details after the first line, which contain values.
        reason = (str(error.orig).splitlines() or [""])[0]
        log.warning("The library's database cannot be used: %s", reason)
        unknown = (f"The library's database failed: {reason}.", "Try again; see the app's log.")
        known = _of_postgresql(error) or next((known for part, known in _DATABASE if part in reason), unknown)
        raise LibraryUnavailable(*known) from error

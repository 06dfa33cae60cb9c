"""Open a library: create its folder, migrate its database and recover from crashes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from components.library.db import migrate
from components.library.db.engine import open_engine
from components.library.errors import LibraryUnavailable, explained
from components.library.files.content_store import leave_readme
from components.library.files.process_lock import ProcessLock
from components.library.maintenance import housekeeping, recovery
from components.library.store import MAX_PIXELS, Library


def open_library(folder: Path, *, database_url: str = "", max_pixels: int = MAX_PIXELS) -> Library:
    """Open the library in a folder, or create one, and settle the runs of dead processes.

    Its database is the PostgreSQL one at `database_url`; without a URL, a SQLite file in the folder.

    Images of dead processes with more than `max_pixels` are kept unopened. Raises LibraryUnavailable if the folder or
    its database cannot be used.
    """
    folder = folder.resolve()
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        leave_readme(folder)
        library = Library(folder, open_engine(folder, database_url), ProcessLock(folder), max_pixels)
    try:
        with explained(folder), library.process_lock.exclusive():
            migrate.upgrade(library.engine)
        recovery.settle(library)
        with suppress(LibraryUnavailable):  # on a full disk the library can still be read
            housekeeping.tidy(library)
    except BaseException:
        library.close()
        raise
    return library

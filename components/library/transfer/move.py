"""Move a library: from SQLite and a folder to PostgreSQL and S3, or back, or one of the two.

Files are copied first, and compared; then all rows, in one transaction that ends after they were compared. So a move
that was interrupted at any moment has left files and no rows: the next one copies only what is missing. The former
library stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from components.library.db import migrate
from components.library.db.dialects import snapshot
from components.library.db.engine import open_engine
from components.library.db.row_sums import Sums
from components.library.errors import explained
from components.library.files.content_store import leave_readme
from components.library.files.file_store import FileStore
from components.library.files.opening import open_files
from components.library.store import Library
from components.library.transfer.contents import CopiedFiles, copy_files, list_files
from components.library.transfer.location import StoreLocation
from components.library.transfer.rows import copy_rows, is_unused, sum_rows

Report = Callable[[str], None]


class MoveRefused(Exception):
    """A library cannot be moved; the message is for a person."""


@dataclass(frozen=True)
class Moved:
    """What the new place has: the number of rows, and its files if they were moved."""

    rows: int
    files: CopiedFiles | None


def move(library: Library, here: StoreLocation, there: StoreLocation, report: Report = lambda _: None) -> Moved:
    """Copy an open library from `here` to `there`.

    Raise MoveRefused, and LibraryUnavailable where either place cannot be read or written.
    """
    moves_rows, moves_files = here.database != there.database, here.files != there.files
    if not moves_rows and not moves_files:
        raise MoveRefused("The library is there already; nothing was moved.")
    _require_alone(library)
    with explained(there.folder):
        there.folder.mkdir(parents=True, exist_ok=True)
        leave_readme(there.folder)
        files = _move_files(library, there, report) if moves_files else None
        rows = _move_rows(library, there, report) if moves_rows else _count(library.engine)
    return Moved(rows, files)


def _require_alone(library: Library) -> None:
    alive, _ = library.process_lock.alive_and_dead()
    if alive - {library.process_lock.process}:
        raise MoveRefused("An app is using the library. Stop it first: what it writes now would be left behind.")


def _move_files(library: Library, there: StoreLocation, report: Report) -> CopiedFiles:
    target: FileStore = open_files(there.folder, there.files_url)
    try:
        strange = list_files(target).keys() - list_files(library.files).keys()
        if strange:
            raise MoveRefused(
                f"There are {len(strange):,} other files in the new place; nothing was moved. Name an empty one."
            )
        return copy_files(library.files, target, library.staging, report)
    finally:
        target.close()


def _move_rows(library: Library, there: StoreLocation, report: Report) -> int:
    engine = open_engine(there.folder, there.database_url)
    try:
        migrate.upgrade(engine)
        with snapshot(library.engine) as source, engine.begin() as target:
            before = sum_rows(target)
            if not is_unused(before):
                if before != sum_rows(source):
                    raise MoveRefused("The new database has other rows; they were left as they are. Name an empty one.")
                return _total(before)  # an earlier move came this far
            copied = copy_rows(source, target, report)
            report("comparing rows")
            arrived = sum_rows(target)
            wrong = [name for name, one in copied.items() if arrived[name] != one]
            if wrong:
                raise MoveRefused(f"Rows did not arrive as they were read: {', '.join(wrong)}. Nothing was kept.")
            _require_alone(library)
        return _total(copied)
    finally:
        engine.dispose()


def _count(engine: Engine) -> int:
    with snapshot(engine) as connection:
        return _total(sum_rows(connection))


def _total(sums: Sums) -> int:
    return sum(one.rows for one in sums.values())

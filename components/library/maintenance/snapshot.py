"""The database of a backup: a SQLite file that holds a library's rows as they were at one moment, and what it names.

A file is stored before its row is written, so a snapshot never refers to a file that does not exist yet.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from components.library.db import migrate
from components.library.db.dialects import is_postgresql, snapshot
from components.library.db.engine import NAME, open_engine
from components.library.errors import LibraryUnavailable
from components.library.files.file_store import FileStore
from components.library.files.unopened import unopened_of
from components.library.transfer.contents import Name, list_files
from components.library.transfer.rows import copy_rows, sum_rows


def take_snapshot(engine: Engine, path: Path) -> None:
    """Write a library's database to a SQLite file, also while others write to it. Raise LibraryUnavailable."""
    path.unlink(missing_ok=True)
    if is_postgresql(engine):
        _copy_postgresql(engine, path)
        return
    with open_database(Path(engine.url.database or "")) as source, open_database(path) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # a single file, without a log


def _copy_postgresql(engine: Engine, path: Path) -> None:
    if not migrate.is_current(engine):
        raise LibraryUnavailable(
            "The library's database has another version than this app.", "Start the app once, then try again."
        )
    # As in a library's folder, so that it can be restored to one.
    folder = path.with_name(f"{path.name}.new")
    folder.mkdir()
    copy = open_engine(folder)
    try:
        migrate.upgrade(copy)
        with snapshot(engine) as source, copy.begin() as target:
            if copy_rows(source, target) != sum_rows(target):
                raise LibraryUnavailable("The rows of the backup differ from the library's.", "Try again.")
        copy.dispose()
        with open_database(folder / NAME) as database:
            database.execute("PRAGMA journal_mode=DELETE")
        (folder / NAME).replace(path)
    finally:
        copy.dispose()
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()


def referenced(files: FileStore, database: Path) -> tuple[dict[Name, int], set[Name]]:
    """Return the files that a snapshot refers to, with their bytes; and those missing."""
    there, found, missing = list_files(files), dict[Name, int](), set[Name]()
    for kind, sha256, is_needed in _contents(database):
        file = there.get((kind, sha256)) or files.info(kind, sha256)
        if file is not None:
            found[kind, sha256] = file.bytes
        elif is_needed:
            missing.add((kind, sha256))
    return found, missing


def lost(missing: set[Name]) -> tuple[str, ...]:
    """Return the SHA-256 of missing files that cannot be created again."""
    return tuple(sorted({sha256 for kind, sha256 in missing if kind != "thumbnail"}))


def _contents(path: Path) -> Iterator[tuple[str, str, bool]]:
    """Yield kind, SHA-256 and whether the file should exist. An SVG has no thumbnail."""
    with open_database(path) as database:
        query = "SELECT DISTINCT sha256, format FROM outputs WHERE sha256 != ''"
        for sha256, image_format in database.execute(query).fetchall():
            yield "original", sha256, True
            # If an identical image was just deleted, its thumbnail is created again a moment after the row.
            yield "thumbnail", sha256, image_format != "svg"
        # An old backup lacks some of these tables.
        tables = "SELECT name FROM sqlite_master WHERE name IN ('inputs', 'sheet_inputs', 'drafts')"
        there = {name for (name,) in database.execute(tables).fetchall()}
        for (names,) in database.execute("SELECT inputs FROM drafts").fetchall() if "drafts" in there else ():
            for sha256 in names.split():
                yield "input", sha256, False
        for table in there - {"drafts"}:
            for (sha256,) in database.execute(f"SELECT DISTINCT sha256 FROM {table}").fetchall():  # noqa: S608
                yield "input", sha256, True
        for (error,) in database.execute("SELECT error FROM runs WHERE error LIKE '%\"unopened\"%'").fetchall():
            for one in unopened_of(json.loads(error)):
                yield "unopened", str(one["sha256"]), False


@contextmanager
def open_database(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection to a SQLite file. Raise LibraryUnavailable."""
    try:
        with closing(sqlite3.connect(path, timeout=60)) as database:
            yield database
    except sqlite3.Error as error:
        raise LibraryUnavailable(f"The database {path.name} cannot be read: {error}.", "Check its disk.") from error

"""Copy a database before it is upgraded. The copy is a SQLite file of the same version, whatever the original is on.

Only the newest copies are kept. `python -m components.library restore --database-only` restores one.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    Text,
    cast,
    column,
    create_engine,
    delete,
    event,
    insert,
    select,
    table,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import JSON

from components.library.db.dialects import snapshot
from components.library.db.engine import NAME
from components.library.db.revisions import apply_migrations
from components.library.db.row_sums import Page, Sums, sum_tables
from components.library.db.schema import FULLTEXT_TABLES
from components.library.errors import LibraryUnavailable

log = logging.getLogger(__name__)

# How many copies are kept, and the bytes that stay free beside them.
COPIES = 3
_SPARE = 50_000_000
_GROWTH = 1.5

# The name of a finished copy, and the beginning of what a copy that was killed leaves: a file, its journal, a folder.
_COPY = re.compile(rf"{re.escape(NAME)}\.before-upgrade-from-[0-9a-z]+")
_LEFT_OVER = re.compile(rf"{_COPY.pattern}\.[0-9a-f]{{8}}\.part")

# Rows that are read, compared and inserted together.
_ROWS = 500


def copy_sqlite(engine: Engine, revision: str) -> None:
    """Copy a SQLite database beside itself. Raise LibraryUnavailable if that is not possible."""
    database = Path(str(engine.url.database))
    with (
        _placed(database.parent, revision, database.stat().st_size) as part,
        closing(sqlite3.connect(database)) as source,
        closing(sqlite3.connect(part)) as target,
    ):
        source.backup(target)


def copy_postgresql(engine: Engine, revision: str, folder: Path) -> None:
    """Copy the rows of a PostgreSQL database to a SQLite file in a folder, and compare the two.

    The rows are read as they are at one moment, a few hundred at a time. Left out is what lives only as long as the
    processes that use the library: who is alive, which runs wait for a worker.
    Raise LibraryUnavailable if the copy cannot be written or differs.
    """
    with engine.connect() as connection:
        size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    # SQLite stores long text uncompressed, so the copy can be the larger of the two.
    with _placed(folder, revision, int(size * _GROWTH)) as part:
        copy = _unsafe_engine(part)
        try:
            with copy.begin() as target:
                target.exec_driver_sql("BEGIN IMMEDIATE")
                apply_migrations(target, revision)
            tables = _tables(copy)
            with snapshot(engine) as source, copy.begin() as target:
                target.exec_driver_sql("BEGIN IMMEDIATE")
                target.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
                copied = _copy_rows(source, target, tables)
            # PostgreSQL would end a snapshot that waits while a large copy is read again.
            with copy.connect() as written:
                if _sums(written, tables) != copied:
                    raise sqlite3.DatabaseError("the rows in the copy differ from those in the database")
        finally:
            copy.dispose()


def _unsafe_engine(path: Path) -> Engine:
    """Return an engine for a new SQLite file that is thrown away unless it is complete: nothing is undone or synced.

    So it takes no more room than it has bytes.
    """
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


@contextmanager
def _placed(folder: Path, revision: str, size: int) -> Iterator[Path]:
    """Yield where to write a copy for which `size` bytes are needed; then name it, and remove the oldest over COPIES.

    The caller holds the lock under which one process upgrades, so unfinished copies in the folder are left over from
    processes that were killed. They are removed first.
    """
    copy = folder / f"{NAME}.before-upgrade-from-{revision}"
    _remove(path for path in folder.iterdir() if _LEFT_OVER.match(path.name))
    needed = size + _SPARE
    if shutil.disk_usage(folder).free < needed:
        raise LibraryUnavailable(
            f"The library's database has to be upgraded, and the disk has no room for a copy of it ({needed / 1e6:.0f} "
            "MB).",
            f"Make room in {folder}, then start the app again; nothing was changed.",
        )
    part = folder / f"{copy.name}.{secrets.token_hex(4)}.part"
    try:
        try:
            yield part
            _sync(part)
            os.replace(part, copy)
        finally:
            part.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise _cannot_copy(folder, error) from error
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise _cannot_copy(folder, error.orig) from error
        raise
    log.warning("The database was copied to %s before its upgrade.", copy)
    _remove(_oldest(folder, copy))


def _oldest(folder: Path, newest: Path) -> list[Path]:
    """Return the finished copies over COPIES, by when they were written; never the newest."""
    others = [path for path in folder.iterdir() if _COPY.fullmatch(path.name) and path != newest and path.is_file()]
    return sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[COPIES - 1 :]


def _remove(paths: Iterable[Path]) -> None:
    """Remove files and folders. One that cannot be removed is logged: it does not prevent an upgrade."""
    for path in list(paths):
        try:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be removed: %s.", path, error.strerror or type(error).__name__)


def _cannot_copy(folder: Path, error: OSError | sqlite3.Error) -> LibraryUnavailable:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return LibraryUnavailable(
        f"The library's database has to be upgraded, and the copy of it from before could not be written: {reason}.",
        f"Make {folder} writable and make room in it, then start the app again; nothing was changed.",
    )


def _sync(path: Path) -> None:
    """Write a file through to the disk, before the database changes."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _tables(copy: Engine) -> list[Table]:
    """Return the tables of a version that both databases have, parents before children."""
    metadata = MetaData()
    left_out = (*FULLTEXT_TABLES, "alembic_version")
    metadata.reflect(copy, only=lambda name, _: not name.startswith(left_out))
    return metadata.sorted_tables


def _copy_rows(source: Connection, target: Connection, tables: Sequence[Table]) -> Sums:
    """Replace all rows of a new database, which the migrations began to fill; return the sums of what was read."""
    for one in reversed(tables):
        target.execute(delete(one))
    # JSON stays the text that it is: what it says is not this version's to read.
    written = {
        one.name: table(one.name, *(column(part.name, Text() if _is_json(part) else part.type) for part in one.c))
        for one in tables
    }
    return sum_tables(
        tables, partial(_pages, source), lambda one, rows: target.execute(insert(written[one.name]), rows)
    )


def _sums(connection: Connection, tables: Sequence[Table]) -> Sums:
    return sum_tables(tables, partial(_pages, connection))


def _pages(connection: Connection, of: Table) -> Iterator[Page]:
    parts = [cast(part, Text).label(part.name) if _is_json(part) else part for part in of.c]
    names = [part.name for part in of.c]
    for rows in connection.execute(select(*parts), execution_options={"yield_per": _ROWS}).partitions():
        yield [dict(zip(names, row, strict=True)) for row in rows]


def _is_json(part: Column[Any]) -> bool:
    return isinstance(part.type, JSON)

"""Migrate a database of any older version to the newest schema, after a copy of it was made."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection, Engine

from components.library.db.dialects import is_postgresql
from components.library.db.revisions import apply_migrations, is_known, newest, revision_of
from components.library.db.upgrade_copy import copy_postgresql, copy_sqlite
from components.library.errors import LibraryUnavailable

log = logging.getLogger(__name__)


def upgrade(engine: Engine, copies: Path | None = None) -> None:
    """Apply all pending migrations in one transaction, after a copy. Only one process may do so at a time.

    A SQLite database is copied beside itself, one of PostgreSQL into the folder `copies`. On PostgreSQL other servers
    wait meanwhile, so that there is one copy and one migration.
    Raise LibraryUnavailable for a database from a newer version of the app; where the copy cannot be written; and for
    an older one of PostgreSQL without a folder for its copy.
    """
    with engine.connect() as connection:
        current = _known_revision(connection)
    if current == newest():
        return
    if is_postgresql(engine):
        _upgrade_postgresql(engine, copies)
        return
    if current is not None:
        copy_sqlite(engine, current)
    with engine.begin() as connection:
        # Python's driver does not begin a transaction for DDL by itself.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        apply_migrations(connection)


def _upgrade_postgresql(engine: Engine, copies: Path | None) -> None:
    from components.library.db.postgres import lock_migrations

    with engine.begin() as connection:
        lock_migrations(connection)
        current = _known_revision(connection)
        if current == newest():
            return  # another server was quicker
        if current is not None:
            if copies is None:
                raise LibraryUnavailable(
                    "The database has the tables of an older version of the app.",
                    "Start the app with it once, or name an empty one; nothing was changed.",
                )
            log.warning("The database is upgraded from version %s; a copy of it is made first.", current)
            copy_postgresql(engine, current, copies)
        apply_migrations(connection)


def _known_revision(connection: Connection) -> str | None:
    current = revision_of(connection)
    if current is not None and not is_known(current):
        raise LibraryUnavailable(
            "The library was created by a newer version of the app.",
            "Open it with that version, or restore a backup from before the upgrade; nothing was changed.",
        )
    return current


def is_current(engine: Engine) -> bool:
    """Return whether a database has the newest schema."""
    with engine.connect() as connection:
        return revision_of(connection) == newest()

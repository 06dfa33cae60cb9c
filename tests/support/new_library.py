"""New libraries for tests: the migrations run once per process, and each new database is a copy of the result.

Running them takes 0.2 s, and some 2,000 tests open a library of their own. `tests/unit/library/db/test_migrations.py`
runs the real migrations each time.
"""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, create_engine, inspect
from sqlalchemy.pool import StaticPool

from components.library.db import migrate, revisions

run_migrations = migrate.upgrade


@cache
def _migrated() -> Engine:
    # One connection, which holds the database in memory, for whichever thread opens a library.
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    run_migrations(engine)
    return engine


_newest = cache(revisions.newest)  # the app reads all migrations each time


def _is_newest(engine: Engine) -> bool:
    with engine.connect() as connection:
        return revisions.revision_of(connection) == _newest()


def copy_migrated(engine: Engine, copies: Path | None = None) -> None:
    """Fill an empty database with the newest schema; migrate any other as the app does."""
    if engine.dialect.name != "sqlite" and _is_newest(engine):
        return
    if engine.dialect.name != "sqlite" or inspect(engine).get_table_names():
        run_migrations(engine, copies)
        return
    source, target = _migrated().raw_connection(), engine.raw_connection()
    try:
        assert isinstance(source.driver_connection, sqlite3.Connection)
        assert isinstance(target.driver_connection, sqlite3.Connection)
        source.driver_connection.backup(target.driver_connection)
    finally:
        source.close()
        target.close()

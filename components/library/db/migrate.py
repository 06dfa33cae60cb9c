"""Migrate a database of any older version to the newest schema, after a copy of it was made."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from components.library.db.dialects import is_postgresql
from components.library.errors import LibraryUnavailable

_FOLDER = Path(__file__).parent / "migrations"

log = logging.getLogger(__name__)

# Copies of a SQLite database from before an upgrade: how many are kept, and the bytes that stay free beside them.
COPIES = 3
_SPARE = 50_000_000


def configuration() -> Config:
    """Return Alembic's configuration; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: Engine) -> None:
    """Apply all pending migrations in one transaction. Only one process may do so at a time.

    A SQLite database is copied first. Raises LibraryUnavailable for a database from a newer version of the app, and
    where there is no room for the copy.
    """
    config = configuration()
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = _revision(connection)
    if current == scripts.get_current_head():
        return
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise LibraryUnavailable(
            "The library was created by a newer version of the app.",
            "Open it with that version, or restore a backup from before the upgrade; nothing was changed.",
        )
    if current is not None:
        _copy_before(engine, current)
    with engine.begin() as connection:
        if is_postgresql(connection):
            from components.library.db.postgres import lock_migrations

            lock_migrations(connection)
            if _revision(connection) == scripts.get_current_head():
                return  # another server was quicker
        else:
            # Python's driver does not begin a transaction for DDL by itself.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _copy_before(engine: Engine, revision: str) -> None:
    """Copy a SQLite database beside itself, and remove older copies. Raises LibraryUnavailable without room for it."""
    if is_postgresql(engine):
        log.warning(
            "Upgrading the database from version %s. To go back, restore a backup that was made before: "
            "python -m components.library backup",
            revision,
        )
        return
    database = Path(str(engine.url.database))
    needed = database.stat().st_size + _SPARE
    if shutil.disk_usage(database.parent).free < needed:
        raise LibraryUnavailable(
            f"The library's database has to be upgraded, and the disk has no room for a copy of it ({needed / 1e6:.0f} "
            "MB).",
            "Make room there, then start the app again; nothing was changed.",
        )
    copy = database.with_name(f"{database.name}.before-upgrade-from-{revision}")
    part = copy.with_name(f"{copy.name}.part")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
    os.replace(part, copy)
    log.info("The database was copied to %s before its upgrade.", copy.name)
    for old in sorted(database.parent.glob(f"{database.name}.before-upgrade-*"))[:-COPIES]:
        old.unlink(missing_ok=True)


def is_current(engine: Engine) -> bool:
    """Return whether a database has the newest schema."""
    with engine.connect() as connection:
        return _revision(connection) == ScriptDirectory.from_config(configuration()).get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()

"""Migrate a database of any older version to the newest schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from components.library.db.dialects import is_postgresql
from components.library.errors import LibraryUnavailable

_FOLDER = Path(__file__).parent / "migrations"


def configuration() -> Config:
    """Return Alembic's configuration; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: Engine) -> None:
    """Apply all pending migrations in one transaction. Only one process may do so at a time.

    Raises LibraryUnavailable for a database from a newer version of the app.
    """
    config = configuration()
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = _revision(connection)
    if current == scripts.get_current_head():
        return
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise LibraryUnavailable(
            "The library was created by a newer version of the app.", "Open it with that version; nothing was changed."
        )
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


def is_current(engine: Engine) -> bool:
    """Return whether a database has the newest schema."""
    with engine.connect() as connection:
        return _revision(connection) == ScriptDirectory.from_config(configuration()).get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()

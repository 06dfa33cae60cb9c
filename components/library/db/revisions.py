"""Which version a database's schema has, and how Alembic brings it to another."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_FOLDER = Path(__file__).parent / "migrations"


def configuration() -> Config:
    """Return Alembic's configuration; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def newest() -> str:
    """Return the revision of the newest schema."""
    return str(ScriptDirectory.from_config(configuration()).get_current_head())


def is_known(revision: str) -> bool:
    """Return whether this version of the app knows a revision."""
    return revision in {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}


def revision_of(connection: Connection) -> str | None:
    """Return a database's revision; None before the first migration."""
    return MigrationContext.configure(connection).get_current_revision()


def apply_migrations(connection: Connection, revision: str = "head") -> None:
    """Apply the migrations up to a revision, within the connection's transaction."""
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)

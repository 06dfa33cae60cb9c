"""Create the library's SQLAlchemy engine: for a SQLite file in its folder, or for a PostgreSQL database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from components.library.db.dialects import read_json

NAME = "workbench.sqlite3"
BUSY_SECONDS = 10


def open_engine(folder: Path, url: str = "") -> Engine:
    """Return an engine for the PostgreSQL database at a URL; without one, for the SQLite file in the library's folder.

    Raise SettingError for a URL that is not one of a PostgreSQL database.
    """
    if not url:
        return _sqlite(folder)
    from components.library.db.postgres import postgres_engine  # its driver takes a while to import

    return postgres_engine(url)


def _sqlite(folder: Path) -> Engine:
    """Return an engine for the library's SQLite file, with write-ahead log and foreign keys.

    synchronous=FULL syncs each commit to the disk: a row records an image that was paid for, so it must survive a power
    cut.
    """
    options: dict[str, Any] = {
        "connect_args": {"timeout": BUSY_SECONDS},
        "hide_parameters": True,
        "json_deserializer": read_json,
    }
    engine = create_engine(f"sqlite:///{folder / NAME}", **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS}000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine

"""The SQL side of the library: the engine, and what only SQLite needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

NAME = "workbench.sqlite3"
BUSY_SECONDS = 10


def _json(text: str) -> Any:
    """What a column of JSON holds; None for what is none, so that one damaged row does not fail a page."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None


def open_engine(folder: Path) -> Engine:
    """An engine on the library's SQLite file: write-ahead log, foreign keys, and every commit synced to the disk.

    synchronous=FULL costs a sync a commit; a row says that a picture was paid for, so it must survive a power cut.
    """
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS}, "json_deserializer": _json}
    engine = create_engine(f"sqlite:///{folder / NAME}", **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS}000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine

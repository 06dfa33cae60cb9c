"""Create the engine for a PostgreSQL database, and make its columns store and sort text as SQLite does."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from psycopg import Connection as Driver
from psycopg.conninfo import make_conninfo
from psycopg.types.string import StrDumper
from sqlalchemy import URL, Connection, Engine, MetaData, String, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from components.library.db.dialects import read_json
from components.settings import SettingError

# Connections of one process: kept open, and at most. PostgreSQL accepts 100 in all by default.
KEPT, MOST = 5, 20
CONNECT_SECONDS = 5
POOL_SECONDS = 10
RECYCLE_SECONDS = 1800  # before firewalls forget an idle connection

# How soon a connection is given up whose other end no longer answers: seconds, probes, milliseconds.
ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}

# In a session: how long a statement waits for a lock, how long it may take, and how long a transaction may do nothing.
# A row by an index costs as on a disk that need not turn; by its default, PostgreSQL would rather read whole tables.
SESSION = {
    "lock_timeout": "10s",
    "statement_timeout": "120s",
    "idle_in_transaction_session_timeout": "300s",
    "random_page_cost": "1.1",
}

# The advisory lock under which one process migrates; any number that nothing else in the database uses.
MIGRATION_LOCK = 7_021_953
MIGRATION_WAIT = 1800  # seconds that another one waits for it

_NAMES = ("postgresql", "postgresql+psycopg", "postgres")
# A NUL, or one half of a surrogate pair, as JSON writes them. A backslash before them would make them plain text.
_FIRST, _SECOND = r"\\ud[89ab][0-9a-f]{2}", r"\\ud[c-f][0-9a-f]{2}"
_ESCAPE = re.compile(rf"\\\\|{_FIRST}{_SECOND}|(\\u0000|{_FIRST}|{_SECOND})")
REPLACEMENT = "\ufffd"


class _Text(StrDumper):
    """Text with a NUL, which PostgreSQL cannot store: it is replaced, so that an answer that was paid for is kept."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", REPLACEMENT) if "\0" in obj else obj)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list | tuple) else value


def write_json(value: Any) -> str:
    """Write JSON without what PostgreSQL refuses in it: NUL, half surrogate pairs, numbers that are not finite."""
    try:
        written = json.dumps(value, allow_nan=False)
    except ValueError:
        written = json.dumps(_finite(value), allow_nan=False)
    if "\\u" not in written:
        return written
    return _ESCAPE.sub(lambda found: "\\ufffd" if found[1] else found[0], written)


def postgres_engine(url: str | URL, *, kept: int = KEPT, most: int = MOST) -> Engine:
    """Return an engine for the database at a URL. Raise SettingError, whose message does not contain the URL."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        address = None
    if address is None or address.drivername not in _NAMES:
        raise SettingError(
            "IMAGE_WORKBENCH_DATABASE_URL is not the address of a PostgreSQL database. "
            "It looks like postgresql+psycopg://USER:PASSWORD@HOST/DATABASE."
        ) from None
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "image-workbench", **ALIVE},
        json_serializer=write_json,
        json_deserializer=read_json,
        pool_size=kept,
        max_overflow=most - kept,
        pool_timeout=POOL_SECONDS,
        pool_recycle=RECYCLE_SECONDS,
        pool_pre_ping=True,  # replaces connections that a restart of the database has closed
        hide_parameters=True,
        execution_options={"preserve_rowcount": True},  # also that of INSERT, as with SQLite
    )

    @event.listens_for(engine, "connect")
    def prepare(driver: Driver[Any], _: ConnectionPoolEntry) -> None:
        driver.adapters.register_dumper(str, _Text)
        with driver.cursor() as cursor:
            cursor.execute("; ".join(f"SET {name} = '{limit}'" for name, limit in SESSION.items()))
        driver.commit()

    return engine


def conninfo(engine: Engine) -> str:
    """Return the engine's address as libpq takes it, with its password. A URL of libpq means other things at times."""
    _, options = engine.dialect.create_connect_args(engine.url)
    options.pop("context", None)  # of psycopg, for types
    return make_conninfo(**options)


def lock_migrations(connection: Connection) -> None:
    """Wait until no other process migrates, and copies the database before; the lock ends with the transaction."""
    connection.execute(text(f"SET LOCAL lock_timeout = '{MIGRATION_WAIT}s'"))
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # while the copy is made
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))


def settle_text_columns(connection: Connection, metadata: MetaData) -> None:
    """Let every text column sort by code points and take text of any length, as SQLite's do.

    A database's own collation depends on how it was created. Run after the migrations; columns that have it are left.
    """
    there = inspect(connection)
    known = set(there.get_table_names())
    for table in (one for one in metadata.sorted_tables if one.name in known):
        changes = [
            f'ALTER COLUMN "{column["name"]}" TYPE TEXT COLLATE "C"'
            for column in there.get_columns(table.name)
            if isinstance(column["type"], String) and (column["type"].length or column["type"].collation != "C")
        ]
        if changes:
            connection.execute(text(f'ALTER TABLE "{table.name}" {", ".join(changes)}'))

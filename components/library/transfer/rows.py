"""Copy all rows of a library into an empty database of either kind, and compare the two.

The tables come from the metadata, parents before children. Times, ids and JSON stay as they are; what one database
cannot store, such as a NUL in PostgreSQL's text, counts as what it stores instead.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, delete, insert, select
from sqlalchemy.pool import StaticPool

from components.library.db import migrate
from components.library.db.dialects import is_postgresql
from components.library.db.tables.all_tables import metadata

# Rows that are read, hashed and inserted together.
_ROWS = 500


@dataclass(frozen=True)
class TableSum:
    """The number of a table's rows, and a checksum of them that does not depend on their order."""

    rows: int = 0
    checksum: int = 0

    def with_row(self, values: Mapping[str, Any]) -> TableSum:
        """Return this with a row added."""
        digest = hashlib.sha256(_canonical(values)).digest()
        return TableSum(self.rows + 1, (self.checksum + int.from_bytes(digest)) % 2**256)


Sums = Mapping[str, TableSum]


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees the database as it is at one moment, whatever others write meanwhile."""
    with engine.connect() as connection:
        if is_postgresql(connection):
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        else:
            connection.exec_driver_sql("BEGIN")
        yield connection
        connection.rollback()


def is_unused(sums: Sums) -> bool:
    """Return whether a database has no more rows than a new one, in which the migrations put a start set."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        migrate.upgrade(engine)
        with engine.connect() as connection:
            return {name: one.rows for name, one in sums.items()} == {
                name: one.rows for name, one in sum_rows(connection).items()
            }
    finally:
        engine.dispose()


def copy_rows(source: Connection, target: Connection, report: Callable[[str], None] = lambda _: None) -> Sums:
    """Replace all rows of an unused database by those of another; return the sums of what was read."""
    for table in reversed(metadata.sorted_tables):
        target.execute(delete(table))
    sums = {}
    for table in metadata.sorted_tables:
        found = TableSum()
        for rows in _pages(source, table):
            target.execute(insert(table), rows)
            for row in rows:
                found = found.with_row(row)
            report(f"{table.name}: {found.rows:,} rows")
        sums[table.name] = found
    return sums


def sum_rows(connection: Connection) -> Sums:
    """Return the sums of all tables."""
    sums = {}
    for table in metadata.sorted_tables:
        found = TableSum()
        for rows in _pages(connection, table):
            for row in rows:
                found = found.with_row(row)
        sums[table.name] = found
    return sums


def _pages(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    query, keys = select(table).order_by(*table.primary_key), [column.key for column in table.c]
    for rows in connection.execute(query, execution_options={"yield_per": _ROWS}).partitions():
        yield [dict(zip(keys, row, strict=True)) for row in rows]


def _canonical(values: Mapping[str, Any]) -> bytes:
    return json.dumps(_storable(values), sort_keys=True, ensure_ascii=False, default=_hex).encode()


def _hex(value: Any) -> str:
    return bytes(value).hex()


def _storable(value: Any) -> Any:
    """Return a value as both databases store it: no NUL, no half of a surrogate pair, no number that is not finite."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return [_storable(one) for one in value] if isinstance(value, list | tuple) else value

"""Copy all rows of a library into an empty database of either kind, and compare the two.

The tables come from the metadata, parents before children. Times, ids and JSON stay as they are; what one database
cannot store, such as a NUL in PostgreSQL's text, counts as what it stores instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy import Connection, Table, create_engine, delete, insert, select
from sqlalchemy.pool import StaticPool

from components.library.db import migrate
from components.library.db.row_sums import Page, Sums, sum_tables
from components.library.db.tables.all_tables import metadata

# Rows that are read, hashed and inserted together.
_ROWS = 500


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
    return sum_tables(
        metadata.sorted_tables,
        partial(_pages, source),
        lambda table, rows: target.execute(insert(table), rows),
        report,
    )


def sum_rows(connection: Connection) -> Sums:
    """Return the sums of all tables."""
    return sum_tables(metadata.sorted_tables, partial(_pages, connection))


def _pages(connection: Connection, table: Table) -> Iterator[Page]:
    query, keys = select(table).order_by(*table.primary_key), [column.key for column in table.c]
    for rows in connection.execute(query, execution_options={"yield_per": _ROWS}).partitions():
        yield [dict(zip(keys, row, strict=True)) for row in rows]

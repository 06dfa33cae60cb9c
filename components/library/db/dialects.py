"""What SQLite and PostgreSQL do differently, in one place: inserts over rows, integers, JSON as text, snapshots."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Engine, Table, Text, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


def read_json(text: str) -> Any:
    """Parse a JSON column; return None for invalid JSON, so that one damaged row does not fail a page."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None


def is_postgresql(database: Engine | Connection) -> bool:
    """Return whether a library's database is PostgreSQL; otherwise it is SQLite."""
    return bool(database.dialect.name == "postgresql")


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


def insert_new(connection: Connection, table: Table) -> Any:
    """Return an INSERT that leaves out rows whose keys are there already, also those that others insert meanwhile.

    Add its rows by `values` or by `from_select`, whose query needs a condition.
    """
    return _insert(connection, table).on_conflict_do_nothing()


def upsert(connection: Connection, table: Table, *rows: Mapping[str, Any]) -> None:
    """Insert rows of the same columns; where the primary key is there already, change the other columns."""
    if not rows:
        return
    statement = _insert(connection, table)
    keys = [column.key for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def lock_row(connection: Connection, column: Column[Any], value: Any) -> None:
    """Let nobody else change the row with this key before the transaction ends; on SQLite, nobody else can anyway."""
    connection.execute(select(column).where(column == value).with_for_update())


def _insert(connection: Connection, table: Table) -> Any:
    return (postgresql if is_postgresql(connection) else sqlite).insert(table)


class whole_number(FunctionElement[int]):
    """The whole part of a number that is not negative."""

    type = BigInteger()
    inherit_cache = True


@compiles(whole_number)
def _cast(element: whole_number, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS INTEGER)"


@compiles(whole_number, "postgresql")
def _trunc(element: whole_number, compiler: Any, **options: Any) -> str:
    return f"CAST(trunc({compiler.process(element.clauses, **options)}) AS BIGINT)"


class json_text(FunctionElement[str]):
    """The text of a JSON column as `json.dumps` wrote it."""

    type = Text()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)


@compiles(json_text)
def _as_stored(element: json_text, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(json_text, "postgresql")
def _as_text(element: json_text, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS TEXT)"

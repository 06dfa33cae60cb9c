"""What a person sees: everything but the private runs and sheets of others, and what belongs to them.

One place for every query. `seen_engine` returns an engine whose statements see, under the names of the tables, only
the rows that the person may see: common table expressions stand in front of each statement, and a database looks
names up there first. So a query that somebody adds is covered too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Connection,
    Delete,
    Engine,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    event,
    text,
)

# Conditions on a row of `{row}`; `{schema}` is where the real tables are.
_OF_RUN = (
    "NOT EXISTS (SELECT 1 FROM {schema}.runs AS hidden "
    "WHERE hidden.id = {row}.run_id AND hidden.is_private AND hidden.owner <> :viewer)"
)
_OF_SHEET = (
    "NOT EXISTS (SELECT 1 FROM {schema}.sheets AS hidden "
    "WHERE hidden.id = {row}.sheet_id AND hidden.is_private AND hidden.owner <> :viewer)"
)
_OF_OUTPUT = (
    "NOT EXISTS (SELECT 1 FROM {schema}.outputs AS held JOIN {schema}.runs AS hidden ON hidden.id = held.run_id "
    "WHERE held.id = {row}.output_id AND hidden.is_private AND hidden.owner <> :viewer)"
)
_OWN = "(NOT {row}.is_private OR {row}.owner = :viewer)"

# Every table with rows that may be somebody's alone.
VISIBLE: Mapping[str, str] = {
    "runs": _OWN,
    "sheets": _OWN,
    "outputs": _OF_RUN,
    "inputs": _OF_RUN,
    "prompt_runs": _OF_RUN,
    "output_tags": _OF_OUTPUT,
    "collection_outputs": _OF_OUTPUT,
    "check_results": _OF_OUTPUT,
    "sheet_cells": _OF_SHEET,
    "sheet_inputs": _OF_SHEET,
    "sheet_batches": _OF_SHEET,
    "sheet_starts": _OF_SHEET,
    "checks": _OF_SHEET,
    "votes": _OF_SHEET,
    "voters": _OF_SHEET,
    "prompt_sheets": _OF_SHEET,
    "own_files": "{row}.person = :viewer",
    "kept_connections": "{row}.person = :viewer",
    "drafts": "{row}.owner = :viewer",
}
# Nobody's id: someone without one sees no private rows, not even those of others without one.
NOBODY = "\0"


def seen_engine(engine: Engine, viewer: str) -> Engine:
    """Return the engine as a person sees it: the same pool, with what is private to others left out."""
    seen = engine.execution_options(viewer=viewer or NOBODY)
    event.listen(seen, "before_execute", _restrict, retval=True)
    return seen


def _restrict(
    connection: Connection, statement: Any, many: Any, one: Any, options: Mapping[str, Any]
) -> tuple[Any, Any, Any]:
    viewer, schema = connection.get_execution_options()["viewer"], connection.dialect.default_schema_name or "main"
    if isinstance(statement, Select | CompoundSelect):
        return statement.add_cte(*_tables_seen(viewer, schema)), many, one
    if isinstance(statement, Insert | Update | Delete):
        target = statement.table
        assert isinstance(target, Table)
        others = [one for one in _tables_seen(viewer, schema) if one.name != target.name]
        if isinstance(statement, Update | Delete) and target.name in VISIBLE:
            statement = statement.where(_condition(target.name, target.name, viewer, schema))
        return statement.add_cte(*others), many, one
    raise TypeError(f"A statement of the kind {type(statement).__name__} cannot be limited to what a person sees.")


def _condition(table: str, row: str, viewer: str, schema: str) -> ColumnElement[Any]:
    return text(VISIBLE[table].format(row=row, schema=schema)).bindparams(_viewer(viewer))  # type: ignore[return-value]


def _viewer(viewer: str) -> Any:
    return bindparam("viewer", viewer)


@lru_cache(maxsize=256)
def _tables_seen(viewer: str, schema: str) -> tuple[CTE, ...]:
    return tuple(_seen(name, viewer, schema) for name in VISIBLE)


def _seen(table: str, viewer: str, schema: str) -> CTE:
    rows = f"SELECT * FROM {schema}.{table} AS one WHERE {VISIBLE[table].format(row='one', schema=schema)}"  # noqa: S608
    found = text(rows).bindparams(_viewer(viewer)).columns().cte(table)
    return found.prefix_with("NOT MATERIALIZED")

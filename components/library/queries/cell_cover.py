"""The image that a cell of a sheet shows: the first of its newest run or, while that has none, of the run before it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, not_, or_, select

from components.library.db.schema import IS_ANSWER, outputs, sheet_cells

IS_IMAGE = and_(not_(IS_ANSWER), outputs.c.deleted_at.is_(None))
# Whether an output is of one of both runs.
IS_OF_CELL = or_(outputs.c.run_id == sheet_cells.c.run_id, outputs.c.run_id == sheet_cells.c.former_run_id)


def of_cover(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column of a cell's image that is never NULL there, as a part of a query over cells."""
    return func.coalesce(*(_of_first(column, run) for run in (sheet_cells.c.run_id, sheet_cells.c.former_run_id)))


def _of_first(column: ColumnElement[Any], run_id: ColumnElement[str]) -> ScalarSelect[Any]:
    found = select(column).where(outputs.c.run_id == run_id, IS_IMAGE).order_by(outputs.c.position).limit(1)
    return found.correlate(sheet_cells).scalar_subquery()

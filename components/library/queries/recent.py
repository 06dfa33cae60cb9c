"""The newest runs, for a strip of thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, exists, false, not_, or_, select

from components.library.db.row_schema import sanitized
from components.library.db.rows import stored_output
from components.library.db.schema import IS_ANSWER, RUN_IS_SHOWN, outputs, runs, sheet_cells
from components.library.records import RunSummary, StoredOutput

MAX_IDS = 500


@dataclass(frozen=True)
class Owned:
    """How one person's runs are recognized: the owner's name, "" for none, and the ids of runs that they started."""

    name: str
    ids: frozenset[str]


def recent_runs(
    connection: Connection,
    operation: str | None,
    limit: int,
    owned: Owned | None = None,
    *,
    without_cells: bool = False,
) -> list[RunSummary]:
    """Return the newest runs of one or all operations, newest first; see `Library.recent`."""
    query = select(runs.c.id, runs.c.operation, runs.c.model, runs.c.state, runs.c.prompt, runs.c.created)
    query = query.where(RUN_IS_SHOWN)
    if without_cells:
        query = query.where(~exists().where(sheet_cells.c.run_id == runs.c.id))
    if operation is not None:
        query = query.where(runs.c.operation == operation)
    if owned is not None:
        newest = sorted(owned.ids)[-MAX_IDS:]  # ids sort by time
        named = runs.c.owner == owned.name if owned.name else false()
        query = query.where(or_(named, runs.c.id.in_(newest)))
    rows = connection.execute(query.order_by(runs.c.created.desc(), runs.c.id.desc()).limit(limit)).all()
    covers = covers_of(connection, [row.id for row in rows])
    return [RunSummary(**sanitized(runs, row._mapping), cover=covers.get(row.id)) for row in rows]


def covers_of(connection: Connection, run_ids: Sequence[str]) -> dict[str, StoredOutput]:
    """Return the first image of each run that is not in the trash, by run id."""
    of_these = outputs.c.run_id.in_(run_ids), not_(IS_ANSWER), outputs.c.deleted_at.is_(None)
    # Backwards, so that the first of a run comes last and stays.
    query = select(outputs).where(*of_these).order_by(outputs.c.position.desc())
    return {row.run_id: stored_output(row._mapping) for row in connection.execute(query)}

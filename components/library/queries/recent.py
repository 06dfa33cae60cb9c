"""The newest runs, for a strip of thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, false, not_, or_, select

from components.library.db.row_schema import sanitized
from components.library.db.rows import stored_output
from components.library.db.schema import IS_ANSWER, RUN_IS_SHOWN, outputs, runs, sheet_cells
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.library.records import RunSummary, StoredOutput

MAX_IDS = 500
MAX_PAGES = 5  # that are read to fill a list in which sheets are folded


@dataclass(frozen=True)
class Owned:
    """How one person's runs are recognized: the owner's name, "" for none, and the ids of runs that they started."""

    name: str
    ids: frozenset[str]


def recent_runs(
    connection: Connection, operation: str | None, limit: int, owned: Owned | None = None, *, fold_sheets: bool = False
) -> list[RunSummary]:
    """Return the newest runs of one or all operations, newest first; see `Library.recent`."""
    columns = runs.c.id, runs.c.operation, runs.c.model, runs.c.state, runs.c.prompt, runs.c.created
    query: Select[Any] = select(*columns, sheet_cells.c.sheet_id).where(RUN_IS_SHOWN)
    query = query.select_from(runs.outerjoin(sheet_cells, sheet_cells.c.run_id == runs.c.id))
    query = _newest(query, operation, limit, owned)
    rows = _folded(connection, query, limit) if fold_sheets else connection.execute(query).all()
    covers = covers_of(connection, [row.id for row in rows])
    return [
        RunSummary(
            **sanitized(runs, {column.name: row._mapping[column.name] for column in columns}),
            cover=covers.get(row.id),
            sheet_id=(row.sheet_id or "") if fold_sheets else "",
        )
        for row in rows
    ]


def recent_prompts(library: LibraryHandle, operation: str, limit: int, owned: Owned | None = None) -> list[str]:
    """Return the prompts of the newest runs of an operation, newest first. Raise LibraryUnavailable."""
    query = _newest(select(runs.c.prompt).where(RUN_IS_SHOWN), operation, limit, owned)
    with explained(library.folder), library.engine.connect() as connection:
        return [sanitized(runs, row)["prompt"] for row in connection.execute(query).mappings()]


def _newest(query: Select[Any], operation: str | None, limit: int, owned: Owned | None) -> Select[Any]:
    """Return the query of runs limited to the newest of one or all operations, of one or all persons."""
    if operation is not None:
        query = query.where(runs.c.operation == operation)
    if owned is not None:
        newest = sorted(owned.ids)[-MAX_IDS:]  # ids sort by time
        named = runs.c.owner == owned.name if owned.name else false()
        query = query.where(or_(named, runs.c.id.in_(newest)))
    return query.order_by(runs.c.created.desc(), runs.c.id.desc()).limit(limit)


def _folded(connection: Connection, query: Select[Any], limit: int) -> list[Row[Any]]:
    """Return up to `limit` rows with only the newest run of each sheet, page by page past the others."""
    found: list[Row[Any]] = []
    known: set[str] = set()
    page = query
    for _ in range(MAX_PAGES):
        rows = connection.execute(page).all()
        for row in rows:
            if row.sheet_id is None or row.sheet_id not in known:
                found.append(row)
                known |= {row.sheet_id} - {None}
        if len(rows) < limit or len(found) >= limit:
            break
        last = rows[-1]
        is_older = or_(runs.c.created < last.created, and_(runs.c.created == last.created, runs.c.id < last.id))
        page = query.where(is_older, or_(sheet_cells.c.sheet_id.is_(None), sheet_cells.c.sheet_id.not_in(known)))
    return found[:limit]


def covers_of(connection: Connection, run_ids: Sequence[str]) -> dict[str, StoredOutput]:
    """Return the first image of each run that is not in the trash, by run id."""
    if not run_ids:
        return {}
    of_these = outputs.c.run_id.in_(run_ids), not_(IS_ANSWER), outputs.c.deleted_at.is_(None)
    # Backwards, so that the first of a run comes last and stays.
    query = select(outputs).where(*of_these).order_by(outputs.c.position.desc())
    firsts = {row.run_id: row for row in connection.execute(query)}
    return {run_id: stored_output(row._mapping) for run_id, row in firsts.items()}

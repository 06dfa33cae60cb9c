"""The totals of a sheet, and which of its cells are on the screen, without reading all cells."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    Connection,
    case,
    func,
    not_,
    or_,
    select,
)

from components.library.db.rows import dollars
from components.library.db.schema import ENDED, outputs, runs, sheet_cells
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.library.queries.cell_cover import of_cover
from components.library.queries.sheet_cells import PRIVATE, SKIPPED, WAITING, hidden_runs

NO_LIMIT = 2**31
FAILED = frozenset({"failed", "cancelled", "interrupted"})
UNDER_WAY = frozenset({"queued", "running"})

_IS_SKIPPED = or_(sheet_cells.c.recipe.is_(None), sheet_cells.c.skipped != "")
_STATE: ColumnElement[str] = case(
    (_IS_SKIPPED, SKIPPED),
    else_=func.coalesce(runs.c.state, WAITING),
)
_JOINED = sheet_cells.outerjoin(runs, runs.c.id == sheet_cells.c.run_id)


@dataclass(frozen=True)
class SheetSummary:
    """How many cells are in each state, have an image and have a starred one; their known cost in dollars."""

    states: Mapping[str, int]
    images: int
    starred: int
    cost: Decimal

    def count(self, states: Collection[str]) -> int:
        """Return how many cells are in one of these states."""
        return count_in(self.states, states)


def count_in(counts: Mapping[str, int], states: Collection[str]) -> int:
    """Return how many cells are in one of these states."""
    return sum(counts.get(state, 0) for state in states)


@dataclass(frozen=True)
class CellMark:
    """What filters ask of a cell: its places on the axes, its state, and its image's SHA-256 and star."""

    places: tuple[int, ...]
    state: str
    content: str | None
    starred: bool


def states_of(library: LibraryHandle, sheet_id: str) -> dict[str, int]:
    """Return how many cells are in each state, without those that none is in."""
    with explained(library.folder), library.engine.connect() as connection:
        return _less_hidden(_states_and_cost(connection, sheet_id)[0], hidden_runs(library, sheet_id))


def summary_of(library: LibraryHandle, sheet_id: str) -> SheetSummary:
    """Return the totals of a sheet, by two queries however many cells it has."""
    # Without a limit, here one that no sheet reaches, SQLite would look each star up twice.
    stars = select(of_cover(outputs.c.starred).label("star")).where(sheet_cells.c.sheet_id == sheet_id)
    star = stars.limit(NO_LIMIT).subquery().c.star
    with explained(library.folder), library.engine.connect() as connection:
        states, cost = _states_and_cost(connection, sheet_id)
        images, starred = connection.execute(select(func.count(star), func.count().filter(star))).one()
    return SheetSummary(_less_hidden(states, hidden_runs(library, sheet_id)), images, starred, cost)


def _less_hidden(states: dict[str, int], hidden: Collection[str]) -> dict[str, int]:
    """Count cells whose runs are hidden as skipped: without their runs they look as if they waited."""
    count = min(len(hidden), states.get(WAITING, 0))
    if not count:
        return states
    found = {**states, WAITING: states[WAITING] - count, SKIPPED: states.get(SKIPPED, 0) + count}
    return {state: count for state, count in found.items() if count}


def _states_and_cost(connection: Connection, sheet_id: str) -> tuple[dict[str, int], Decimal]:
    """Count the states one by one: grouped by their names, SQLite would sort all cells."""
    sent = (*sorted(UNDER_WAY), *ENDED)
    columns = (
        func.sum(runs.c.cost_micros),
        func.count(),
        func.count().filter(_IS_SKIPPED),
        *(func.count().filter(not_(_IS_SKIPPED), runs.c.state == state) for state in sent),
    )
    query = select(*columns).select_from(_JOINED).where(sheet_cells.c.sheet_id == sheet_id)
    cost, total, skipped, *counts = connection.execute(query).one()
    waiting = total - skipped - sum(counts)
    found = {WAITING: waiting, SKIPPED: skipped, **dict(zip(sent, counts, strict=True))}
    return {state: count for state, count in found.items() if count}, dollars(cost) or Decimal(0)


def positions_in(library: LibraryHandle, sheet_id: str, states: Collection[str]) -> list[int]:
    """Return the positions of the cells in one of these states, in order."""
    query, hidden = select(sheet_cells.c.position, sheet_cells.c.run_id), hidden_runs(library, sheet_id)
    query = query.select_from(_JOINED)
    query = query.where(sheet_cells.c.sheet_id == sheet_id, _STATE.in_(sorted(states)))
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query.order_by(sheet_cells.c.position)).all()
    return [row.position for row in rows if row.run_id not in hidden]


def estimates_in(library: LibraryHandle, sheet_id: str, states: Collection[str]) -> list[Decimal | None]:
    """Return what each of the cells in one of these states may cost, in order; None where the price is not known."""
    hidden = hidden_runs(library, sheet_id)
    query = select(sheet_cells.c.estimate_high_micros, sheet_cells.c.run_id).select_from(_JOINED)
    query = query.where(sheet_cells.c.sheet_id == sheet_id, _STATE.in_(sorted(states)))
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query.order_by(sheet_cells.c.position)).all()
    return [dollars(row.estimate_high_micros) for row in rows if row.run_id not in hidden]


def marks_of(library: LibraryHandle, sheet_id: str) -> list[CellMark]:
    """Return what filters ask of each cell of a sheet; one whose run the person does not see is PRIVATE."""
    query = (
        select(sheet_cells.c.places, _STATE, outputs.c.sha256, outputs.c.starred, sheet_cells.c.run_id)
        .select_from(_JOINED.outerjoin(outputs, outputs.c.id == of_cover(outputs.c.id)))
        .where(sheet_cells.c.sheet_id == sheet_id)
    )
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query).all()
    hidden = hidden_runs(library, sheet_id) if any(row[1] == WAITING and row[4] for row in rows) else frozenset()
    return [CellMark(tuple(row[0]), PRIVATE if row[4] in hidden else row[1], row[2], bool(row[3])) for row in rows]


def image_ids_of(library: LibraryHandle, sheet_id: str) -> tuple[str, ...]:
    """Return the ids of the first images of a sheet's cells, in the order of the cells."""
    query = select(of_cover(outputs.c.id)).where(sheet_cells.c.sheet_id == sheet_id).order_by(sheet_cells.c.position)
    with explained(library.folder), library.engine.connect() as connection:
        return tuple(one for one in connection.execute(query).scalars() if one is not None)

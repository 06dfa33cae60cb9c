"""The cells of a sheet with their newest runs and images, in three queries however many cells there are."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, not_, select

from components.library.db.dialects import json_text
from components.library.db.rows import dollars, stored_output
from components.library.db.schema import ENDED, IS_ANSWER, outputs, runs, sheet_cells
from components.library.errors import explained
from components.library.records import SheetCell, StoredOutput
from components.settings import BUILT_IN_ID

if TYPE_CHECKING:
    from components.library.store import Library

WAITING, SKIPPED = "waiting", "skipped"
NOTHING_SPENT = "nothing_spent"  # as `client.errors.money` writes it into a run's error


def cells_of(
    library: Library,
    sheet_id: str,
    position: int | None = None,
    *,
    places: Collection[tuple[int, ...]] | None = None,
) -> list[SheetCell]:
    """Return a sheet's cells in order, only the one at a position, or only those at these places on its axes."""
    joined = sheet_cells.outerjoin(runs, runs.c.id == sheet_cells.c.run_id)
    columns = (runs.c.state, runs.c.error, runs.c.cost_micros, runs.c.connection_id, runs.c.id.label("found"))
    query = select(sheet_cells, *columns).select_from(joined).where(sheet_cells.c.sheet_id == sheet_id)
    with_image = select(outputs).join(sheet_cells, sheet_cells.c.run_id == outputs.c.run_id)
    with_image = with_image.where(
        and_(sheet_cells.c.sheet_id == sheet_id, not_(IS_ANSWER), outputs.c.deleted_at.is_(None))
    ).order_by(outputs.c.position.desc())
    if position is not None:
        query = query.where(sheet_cells.c.position == position)
        with_image = with_image.where(sheet_cells.c.position == position)
    if places is not None:
        these = json_text(sheet_cells.c.places).in_([json.dumps(list(one)) for one in places])
        query, with_image = query.where(these), with_image.where(these)
    with explained(library.folder), library.engine.connect() as connection:
        # Sorted here: for an order, SQLite would read all cells.
        rows = sorted(connection.execute(query), key=lambda row: int(row.position))
        # Backwards, so that the first image of a run comes last and stays.
        firsts = {row.run_id: row for row in connection.execute(with_image)}
    covers = {run_id: stored_output(row._mapping) for run_id, row in firsts.items()}
    return [_cell(row, covers) for row in rows]


def _cell(row: Row[Any], covers: Mapping[str, StoredOutput]) -> SheetCell:
    values = row._mapping
    state = SKIPPED if values["recipe"] is None or values["skipped"] else (values["state"] or WAITING)
    estimate = dollars(values["estimate_high_micros"])
    cost = dollars(values["cost_micros"])
    before = dollars(values["spent_before_micros"]) or Decimal(0)
    return SheetCell(
        position=values["position"],
        places=tuple(values["places"]),
        recipe=values["recipe"],
        skipped=values["skipped"],
        run_id=values["run_id"],
        state=state,
        estimate=estimate,
        spent=before + _counted(state, values["error"], cost, estimate, values["connection_id"]),
        error=values["error"],
        cost=cost,
        cover=covers.get(values["run_id"]),
    )


def _counted(
    state: str, error: Mapping[str, Any] | None, cost: Decimal | None, estimate: Decimal | None, connection_id: str
) -> Decimal:
    """Return what a cell's run counts against the cap: its cost, or its estimate where that is not known."""
    if state in {SKIPPED, WAITING} or connection_id == BUILT_IN_ID:
        return Decimal(0)
    if cost is not None:
        return cost
    if state in ENDED and (error or {}).get("money") == NOTHING_SPENT:
        return Decimal(0)
    return estimate or Decimal(0)

"""The cells of a sheet with their newest runs and images, in a few queries however many cells there are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, not_, select

from components.library.db.chunks import chunks
from components.library.db.dialects import json_text
from components.library.db.rows import dollars, stored_output
from components.library.db.schema import ENDED, outputs, runs, sheet_cells
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.library.queries.cell_cover import IS_IMAGE
from components.library.records import SheetCell, StoredOutput
from components.settings import BUILT_IN_ID

WAITING, SKIPPED = "waiting", "skipped"
PRIVATE = "private"  # why a cell is skipped whose run is another's alone
LEFT_OUT = "left out"  # why a cell is skipped that a person took out of the sheet
NOTHING_SPENT = "nothing_spent"  # as `client.errors.money` writes it into a run's error


def cells_of(
    library: LibraryHandle,
    sheet_id: str,
    position: int | None = None,
    *,
    places: Collection[tuple[int, ...]] | None = None,
) -> list[SheetCell]:
    """Return a sheet's cells in order, only the one at a position, or only those at these places on its axes."""
    joined = sheet_cells.outerjoin(runs, runs.c.id == sheet_cells.c.run_id)
    seconds = (runs.c.ended - runs.c.started).label("seconds")
    columns = (runs.c.state, runs.c.error, runs.c.cost_micros, runs.c.connection_id, runs.c.id.label("found"), seconds)
    query = select(sheet_cells, *columns).select_from(joined).where(sheet_cells.c.sheet_id == sheet_id)
    with_image = select(outputs).join(sheet_cells, sheet_cells.c.run_id == outputs.c.run_id)
    with_image = with_image.where(sheet_cells.c.sheet_id == sheet_id, IS_IMAGE)
    if position is not None:
        query = query.where(sheet_cells.c.position == position)
        with_image = with_image.where(sheet_cells.c.position == position)
    if places is not None:
        these = json_text(sheet_cells.c.places).in_([json.dumps(list(one)) for one in places])
        query, with_image = query.where(these), with_image.where(these)
    with explained(library.folder), library.engine.connect() as connection:
        # Sorted here: for an order, SQLite would read all cells.
        rows = sorted(connection.execute(query), key=lambda row: int(row.position))
        images = list(connection.execute(with_image))
        images += _former_images(connection, rows, {image.run_id for image in images})
    # Backwards, so that the first image of a run comes last and stays.
    images.sort(key=lambda image: int(image.position), reverse=True)
    firsts, counts = {row.run_id: row for row in images}, Counter(row.run_id for row in images)
    covers = {run_id: stored_output(row._mapping) for run_id, row in firsts.items()}
    hidden = hidden_runs(library, sheet_id) if any(row.run_id and row.found is None for row in rows) else frozenset()
    return [_hidden_cell(row) if row.run_id in hidden else _cell(row, covers, counts) for row in rows]


def _former_images(connection: Connection, rows: Sequence[Row[Any]], known: Collection[str]) -> list[Row[Any]]:
    """Return the images that cells show whose newest runs are not among the `known`, those that have one."""
    former = [row.former_run_id for row in rows if row.former_run_id and row.run_id not in known]
    query = select(outputs).where(IS_IMAGE)
    return [row for piece in chunks(former) for row in connection.execute(query.where(outputs.c.run_id.in_(piece)))]


def left_out_of(library: LibraryHandle, sheet_id: str) -> tuple[tuple[int, ...], ...]:
    """Return the places of the cells that were left out by hand and have not been run since."""
    query = select(sheet_cells.c.places).where(sheet_cells.c.sheet_id == sheet_id, sheet_cells.c.skipped == LEFT_OUT)
    with explained(library.folder), library.engine.connect() as connection:
        return tuple(sorted(tuple(places) for places in connection.execute(query).scalars()))


def hidden_runs(library: LibraryHandle, sheet_id: str) -> frozenset[str]:
    """Return the newest runs of a sheet's cells that are private to others than the person whose library this is."""
    if (full := library.unfiltered()) is library:
        return frozenset()
    joined = sheet_cells.outerjoin(runs, runs.c.id == sheet_cells.c.run_id)
    query = select(sheet_cells.c.run_id).select_from(joined).where(sheet_cells.c.sheet_id == sheet_id)
    with explained(library.folder), library.engine.connect() as connection:
        without = query.where(sheet_cells.c.run_id.is_not(None), runs.c.id.is_(None))
        ids = list(connection.execute(without).scalars())
    found: set[str] = set()
    with explained(library.folder), full.engine.connect() as connection:
        for piece in chunks(ids):
            found |= set(connection.execute(select(runs.c.id).where(runs.c.id.in_(piece))).scalars())
    return frozenset(found)


def _hidden_cell(row: Row[Any]) -> SheetCell:
    """Return a cell whose run the person does not see: nothing of it, and nothing to send."""
    places = tuple(row.places)
    return SheetCell(row.position, places, None, PRIVATE, None, SKIPPED, None, Decimal(0))


def _cell(row: Row[Any], covers: Mapping[str, StoredOutput], images: Mapping[str, int]) -> SheetCell:
    values = row._mapping
    shown = values["run_id"] if values["run_id"] in covers else values["former_run_id"]
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
        seconds=values["seconds"] if state in ENDED else None,
        cover=covers.get(shown),
        images=images.get(shown, 0),
    )


def spent_of(library: LibraryHandle, sheet_id: str) -> Decimal:
    """Return what all cells of a sheet have spent, in dollars: the sum of their `spent`, by one row of the database."""
    is_counted = and_(
        sheet_cells.c.recipe.is_not(None),
        sheet_cells.c.skipped == "",
        runs.c.id.is_not(None),
        runs.c.connection_id != BUILT_IN_ID,
    )
    is_free = and_(runs.c.state.in_(ENDED), func.coalesce(runs.c.error["money"].as_string(), "") == NOTHING_SPENT)
    counted = case(
        (not_(is_counted), 0),
        (runs.c.cost_micros.is_not(None), runs.c.cost_micros),
        (is_free, 0),
        else_=func.coalesce(sheet_cells.c.estimate_high_micros, 0),
    )
    query = select(func.coalesce(func.sum(sheet_cells.c.spent_before_micros + counted), 0))
    query = query.select_from(sheet_cells.outerjoin(runs, runs.c.id == sheet_cells.c.run_id))
    with explained(library.folder), library.engine.connect() as connection:
        found = connection.execute(query.where(sheet_cells.c.sheet_id == sheet_id)).scalar_one()
    return dollars(int(found)) or Decimal(0)


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

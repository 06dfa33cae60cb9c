"""What a planned start needs: its cells that are not sent yet, and the connections that they go to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from components.client import Connection
from components.library import Library
from components.library.queries.sheet_cells import SKIPPED, WAITING, cells_of
from components.library.records import SheetCell, SheetStart
from components.library.sheets.sheet_store import find_sheet
from components.runs.batches.batch_connections import server_key
from components.runs.sheets.cell_request import connection_value, has_connection_axis


def unsent_cells(library: Library, start: SheetStart) -> list[SheetCell]:
    """Return the cells of a start that are still to be sent.

    Somebody may have sent one by itself, and a process may have died after it had sent some. A skipped one was not sent
    when somebody tried, or was left out before.
    """
    found = [one for one in cells_of(library, start.sheet_id) if one.position in start.positions]
    return [one for one in found if one.state in {WAITING, SKIPPED} and one.recipe is not None]


def varied_connections(library: Library, start: SheetStart) -> Mapping[str, str] | None:
    """Return the connections that a start's unsent cells go to, names by id; None where connections do not vary."""
    sheet = find_sheet(library, start.sheet_id)
    if sheet is None or not has_connection_axis(sheet):
        return None
    values = [connection_value(sheet, cell) for cell in unsent_cells(library, start)]
    return {str(one["value"]): str(one["text"]) for one in values if one is not None}


def own_connection(start: SheetStart, connections: Iterable[Connection]) -> Connection | None:
    """Return the connection of a start's sheet out of these; another server with the same id is not taken for it."""
    where = start.connection_id, start.base_url
    return next((one for one in connections if (one.id, server_key(one)) == where), None)


def is_ready(library: Library, start: SheetStart, connections: Collection[Connection]) -> bool:
    """Return whether every connection that a start needs is among these."""
    varied = varied_connections(library, start)
    if varied is None:
        return own_connection(start, connections) is not None
    return varied.keys() <= {one.id for one in connections}


def missing_connections(library: Library, start: SheetStart, connections: Collection[Connection]) -> list[str]:
    """Return the names of the connections that a start needs and that are not among these."""
    varied, sheet = varied_connections(library, start), find_sheet(library, start.sheet_id)
    if varied is not None:
        here = {one.id for one in connections}
        return [name for key, name in varied.items() if key not in here]
    return [sheet.connection_name] if sheet is not None and own_connection(start, connections) is None else []

"""Whether a cell of a sheet fits under the sheet's cap."""

from __future__ import annotations

from decimal import Decimal

from components.library import Library
from components.library.queries.sheet_cells import cells_of, spent_of
from components.library.records import StoredSheet
from components.library.sheets.checks import asking_cost
from components.runs.sheets.feed import Sender


def fits_under_cap(library: Library, sheet: StoredSheet, position: int, sender: Sender) -> bool:
    """Return whether a cell can be sent without exceeding the cap, counting what is under way as estimated.

    Read this cell alone, and sums of the others: it is asked before each of up to a thousand. Raise
    LibraryUnavailable.
    """
    found = cells_of(library, sheet.id, position) if sheet.cap is not None else []
    if sheet.cap is None or not found:
        return True  # there is no cap, or nothing to send
    connection = sender.connection_of(sheet, found[0])
    if connection is None or connection.source == "built-in":
        return True
    next_cost = found[0].estimate or Decimal(0)
    return spent_of(library, sheet.id) + asking_cost(library, sheet.id) + next_cost <= sheet.cap

"""What a cell of a sheet sends, and where to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from components.library.records import SheetCell, StoredSheet
from components.library.sheets.sheet_inputs import InputsByContent, inputs_of_recipe
from components.parameters import Request, read_recipe, resolve
from components.parameters.sheets import CONNECTION

INPUT_MISSING = "An input image of this cell is no longer in the library."
CONNECTION_LOST = " is not there now. Its key may have been in a tab that is closed."


def has_connection_axis(sheet: StoredSheet) -> bool:
    """Return whether a sheet's cells go to several connections."""
    return any(axis["name"] == CONNECTION for axis in sheet.axes)


def connection_value(sheet: StoredSheet, cell: SheetCell) -> Mapping[str, Any] | None:
    """Return id ("value") and name ("text") of the connection that a cell goes to; None where they do not vary."""
    places = zip(sheet.axes, cell.places, strict=True)
    return next((axis["values"][place] for axis, place in places if axis["name"] == CONNECTION), None)


def lost_connection_reason(sheet: StoredSheet, cell: SheetCell) -> str:
    """Return why a cell is not sent whose connection is missing."""
    value = connection_value(sheet, cell)
    return f"{value['text'] if value else sheet.connection_name}{CONNECTION_LOST}"


def request_of_cell(cell: SheetCell, user: str = "", inputs: InputsByContent = MappingProxyType({})) -> Request | None:
    """Return a cell's request with its images out of its sheet's `inputs`.

    None for one that is not run, is not accepted any more, or of which an image is missing.
    """
    found = None if cell.recipe is None else inputs_of_recipe(cell.recipe, inputs)
    if cell.recipe is None or found is None:
        return None
    operation, raw = read_recipe(cell.recipe)
    outcome = resolve(operation, str(raw.get("model", "")), {**raw, "user": user}, **vars(found))
    return outcome if isinstance(outcome, Request) else None

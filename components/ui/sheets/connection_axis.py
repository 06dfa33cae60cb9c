"""Connections as an axis of a sheet: which there are, what they lack, and the cells whose connection is back."""

from __future__ import annotations

from collections.abc import Iterable

from components.client import Connection
from components.library.queries.sheet_cells import cells_of
from components.library.records import StoredSheet
from components.parameters.sheets import ConnectionValue
from components.runs.sheets.cell_request import CONNECTION_LOST, connection_value, has_connection_axis
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.model_menu import listed_models
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.sheets.limits.confirm import draw_send, price_of
from components.ui.sheets.sending import send_cells


def connection_values(models: Iterable[str]) -> dict[str, ConnectionValue]:
    """Return this session's connections by id, with those of the models that their servers do not list."""

    def lacks(one: Connection) -> tuple[str, ...]:
        listed = listed_models(one)
        return () if not listed else tuple(model for model in dict.fromkeys(models) if model not in listed)

    models = tuple(models)
    return {one.id: ConnectionValue(one.name, lacks(one)) for one in connections.available()}


def draw_returned(sheet: StoredSheet) -> None:
    """Offer the cells whose connection was gone and is back; nothing for other sheets."""
    if not has_connection_axis(sheet):
        return
    here = {one.id: one.name for one in connections.available()}
    lost = [cell for cell in cells_of(workbench().library, sheet.id) if cell.skipped.endswith(CONNECTION_LOST)]
    back = {cell.position: here.get((connection_value(sheet, cell) or {}).get("value", "")) for cell in lost}
    back = {position: name for position, name in back.items() if name}
    if back:
        names = list(dict.fromkeys(name for name in back.values() if name))
        cells, are = f"{len(back)} cell{'s' * (len(back) != 1)}", "is" if len(names) == 1 else "are"
        price = price_of(sheet, [cell.estimate for cell in lost if cell.position in back])
        label, icon = f"Send {cells}: {escape(' and '.join(names))} {are} available again", ":material/send:"
        draw_send(sheet, price, label, "sheet.returned", send_cells, sheet.id, list(back), icon=icon)

"""Send cells of a stored sheet: those that wait, failed, or were added."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from components.client import Connection
from components.library.queries.sheet_cells import SKIPPED, cells_of
from components.library.records import StoredSheet
from components.library.sheets.sheet_store import change_sheet, extend_sheet, find_sheet
from components.parameters.sheets import Plan, SheetTemplate
from components.runs.sheets.cell_request import has_connection_axis
from components.ui.base.deferred import defer
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.form import form_values
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.owner import note_action, owner
from components.ui.sheets.later.moment import NOW, Way, chosen_time, fact_of_start


def send_cells(sheet_id: str, positions: Sequence[int], cap: Decimal | None = None) -> None:
    """Send cells of a sheet by the connection it was made for; where that is gone, say so instead.

    Store a higher `cap` first, if there is one.
    """
    workbench().library.require_own("sheet", [sheet_id])
    whose, sheet = owner(), find_sheet(workbench().library, sheet_id)
    if sheet is None or (connection := _connection(sheet)) is None:
        return
    if cap is not None:
        change_sheet(workbench().library, sheet_id, cap=cap)
        note_action("sheet.cap_raised", sheet_id, {"from": str(sheet.cap), "to": str(cap)})
    _start(sheet, connection, positions, whose)


def add_cells(
    sheet_id: str,
    template: SheetTemplate,
    plan: Plan,
    wanted: frozenset[tuple[int, ...]] | None = None,
    way: Way = NOW,
) -> bool:
    """Make a sheet larger and send what it did not have, of that only the cells at the `wanted` places.

    Return whether they are sent or planned.
    """
    whose, sheet, moment = owner(), find_sheet(workbench().library, sheet_id), chosen_time(way)
    if sheet is None or isinstance(moment, str) or (connection := _connection(sheet)) is None:
        return False  # the field of the time says why
    positions = extend_sheet(workbench().library, sheet_id, template, plan, wanted=wanted)
    if wanted:
        # Cells that an earlier addition left out.
        left_out = cells_of(workbench().library, sheet_id, places=wanted)
        positions += [cell.position for cell in left_out if cell.state == SKIPPED and cell.recipe is not None]
    _start(sheet, connection, positions, whose, as_batch=way.as_batch, not_before=moment)
    return True


def _start(
    sheet: StoredSheet,
    connection: Connection,
    positions: Sequence[int],
    whose: str,
    *,
    as_batch: bool = False,
    not_before: float | None = None,
) -> None:
    user, here = _user(sheet), {one.id: one for one in connections.available()}
    facts = {"cells": len(positions), "connection": connection.name, "batch": as_batch} | fact_of_start(not_before)
    note_action("sheet.submitted", sheet.id, facts)
    workbench().starts.start(
        sheet.id,
        connection,
        positions,
        connections=here,
        owner=whose,
        user=user,
        as_batch=as_batch,
        not_before=not_before,
    )


def _connection(sheet: StoredSheet) -> Connection | None:
    found = next((one for one in connections.available() if one.id == sheet.connection_id), None)
    if found is None and has_connection_axis(sheet):
        return connections.chosen()  # each cell has its own, and says where that is gone
    if found is None:
        text = f"This sheet's connection, {sheet.connection_name}, is not available. Nothing was sent."
        defer(st.toast, escape(text), icon=":material/error:", duration="infinite")
    return found


def _user(sheet: StoredSheet) -> str:
    return str(form_values(str(sheet.template.get("operation"))).get("user") or "")

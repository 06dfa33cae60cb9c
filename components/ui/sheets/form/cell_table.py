"""The table of a sheet's cells before it is sent; a cell without its check mark is left out."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components.parameters import Request, estimate
from components.parameters.sheets import Places, Plan
from components.ui.base.formatting.money import span_text
from components.ui.sheets.state import CellTable, leave_out, sheet_state

RUN = "Run"


def draw_cell_table(operation: str, plan: Plan) -> None:
    """Draw one row for each cell: its values, its price, and why it is not run."""
    if not plan.cells:
        st.caption("There are no cells yet.")
        return
    rows = [
        {
            **{axis.label: axis.values[place].text for axis, place in zip(plan.axes, cell.places, strict=True)},
            "About": _price_text(cell.request) if cell.request else cell.reason,
        }
        for cell in plan.cells
    ]
    table = _table(operation, plan, rows)
    st.data_editor(
        [
            {RUN: cell.request is not None and cell.places not in table.left_out, **row}
            for cell, row in zip(plan.cells, rows, strict=True)
        ],
        key=_key(operation, table),
        hide_index=True,
        width="stretch",
        height=min(31 * (len(rows) + 1) + 3, 260),
        disabled=list(rows[0]),
        column_config={RUN: st.column_config.CheckboxColumn(width="small", help="Clear it to leave a cell out.")},
        on_change=_take_edits,
        args=(operation, plan),
    )
    # Always there, so that nothing moves under the pointer that clears a check mark.
    st.button(
        "Check all",
        key=f"{operation}.sheet.all",
        type="tertiary",
        icon=":material/select_check_box:",
        disabled=not count_left_out(operation, plan),
        on_click=_check_all,
        args=(operation, plan),
    )


def count_left_out(operation: str, plan: Plan) -> int:
    """Return how many cells of a plan are left out by hand."""
    left_out = sheet_state(operation).left_out
    return sum(cell.request is not None and cell.places in left_out for cell in plan.cells)


def _table(operation: str, plan: Plan, rows: list[dict[str, Any]]) -> CellTable:
    """Return the table that has these rows and shows what is left out; the marks of its widget belong to it alone."""
    state, former = sheet_state(operation), sheet_state(operation).table
    if former is None or former.rows != rows or _left_out(operation, former, plan) != state.left_out:
        state.table = former = CellTable(rows, state.left_out, 1 + (former.number if former else 0))
    return former


def _left_out(operation: str, table: CellTable, plan: Plan) -> frozenset[Places]:
    """Return the places that are left out by what a table had at first and the marks that were changed since."""
    edits = st.session_state.get(_key(operation, table), {}).get("edited_rows", {})
    marks = {plan.cells[int(row)].places: changed.get(RUN) for row, changed in edits.items()}
    put_back = {places for places, is_checked in marks.items() if is_checked is True}
    return (table.left_out - put_back) | {places for places, is_checked in marks.items() if is_checked is False}


def _key(operation: str, table: CellTable) -> str:
    return f"{operation}.sheet.cells.{table.number}"


def _price_text(request: Request) -> str:
    price = estimate(request)
    return "not known" if price.low is None or price.high is None else span_text(price.low, price.high)


def _take_edits(operation: str, plan: Plan) -> None:
    if (table := sheet_state(operation).table) is not None:
        leave_out(operation, plan, _left_out(operation, table, plan))


def _check_all(operation: str, plan: Plan) -> None:
    leave_out(operation, plan, ())

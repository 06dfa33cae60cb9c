"""The table of a sheet's cells before it is sent; a cell without its check mark is left out."""

from __future__ import annotations

import streamlit as st

from components.parameters import Request, estimate
from components.parameters.sheets import Plan
from components.ui.base.formatting.money import span_text
from components.ui.sheets.state import sheet_state

RUN = "Run"


def draw_cell_table(operation: str, plan: Plan) -> None:
    """Draw one row for each cell: its values, its price, and why it is not run."""
    if not plan.cells:
        st.caption("There are no cells yet.")
        return
    state = sheet_state(operation)
    key = f"{operation}.sheet.cells.{state.left_out_of}"
    rows = [
        {
            RUN: cell.request is not None,
            **{axis.label: axis.values[place].text for axis, place in zip(plan.axes, cell.places, strict=True)},
            "About": _price_text(cell.request) if cell.request else cell.reason,
        }
        for cell in plan.cells
    ]
    st.data_editor(
        rows,
        key=key,
        hide_index=True,
        width="stretch",
        height=min(36 * (len(rows) + 1) + 2, 260),
        disabled=[name for name in rows[0] if name != RUN],
        column_config={RUN: st.column_config.CheckboxColumn(width="small", help="Clear it to leave a cell out.")},
        on_change=_take_edits,
        args=(operation, key, plan),
    )


def _price_text(request: Request) -> str:
    price = estimate(request)
    return "not known" if price.low is None or price.high is None else span_text(price.low, price.high)


def _take_edits(operation: str, key: str, plan: Plan) -> None:
    edits = st.session_state[key].get("edited_rows", {})
    left_out = {int(row) for row, changed in edits.items() if changed.get(RUN) is False}
    sheet_state(operation).left_out = frozenset(plan.cells[row].places for row in left_out if row < len(plan.cells))

"""The fields that limit a sheet: rules that leave cells out, and the most that it may cost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from components.parameters.sheets import RULES
from components.ui.base.formatting.markdown_text import escape
from components.ui.session.widget_sync import seed
from components.ui.sheets.state import sheet_state


def draw_rules(operation: str, problems: Sequence[str]) -> None:
    key = f"{operation}.sheet.{RULES}"
    st.text_area(
        "Skip rules",
        value=seed(key, sheet_state(operation).rules),
        key=key,
        height=68,
        placeholder="quality=max & model=flare",
        help="One a line. A cell is skipped where all conditions of a line hold: parameter = value, or != value. A "
        "word of the value is enough.",
        on_change=_take_text,
        args=(operation, "rules", key),
    )
    for problem in problems:
        st.markdown(f":red[:material/error: {escape(problem)}]")


def draw_cap(operation: str, cap: Decimal | str | None) -> None:
    key = f"{operation}.sheet.cap"
    st.text_input(
        "Stop at (dollars)",
        value=seed(key, sheet_state(operation).cap),
        key=key,
        placeholder="no cap",
        autocomplete="off",
        help="Before each run, what the sheet has cost and what that run may cost are added up. Above this amount "
        "nothing more is sent; the cells that are left wait, and can be sent later.",
        on_change=_take_text,
        args=(operation, "cap", key),
    )
    if isinstance(cap, str):
        st.markdown(f":red[:material/error: {escape(cap)}]")


def _take_text(operation: str, name: str, key: str) -> None:
    state = sheet_state(operation)
    setattr(state, name, str(st.session_state[key]))
    state.failure = ""  # it was of the limits before

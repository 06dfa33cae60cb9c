"""The tabs of the Admin page, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from components.ui.admin.access import shows_admin
from components.ui.admin.audit_tab import draw_audit
from components.ui.admin.budgets import draw_budgets
from components.ui.admin.limits import draw_limits
from components.ui.admin.people import draw_people
from components.ui.admin.queue import draw_queue
from components.ui.admin.usage import draw_usage
from components.ui.base.empty_state import draw_empty_state

VIEW = "admin.view"

TABS: Mapping[str, Callable[[], None]] = {
    "Usage": draw_usage,
    "Queue": draw_queue,
    "Limits": draw_limits,
    "Budgets": draw_budgets,
    "People": draw_people,
    "Audit": draw_audit,
}


def draw_admin() -> None:
    """Draw the choice of tab and the chosen one; for anybody but admins only a sentence."""
    if not shows_admin():
        draw_empty_state("This page is for admins.", icon=":material/lock:")
        return
    first = next(iter(TABS))
    chosen = st.segmented_control(
        "Tab",
        list(TABS),
        default=first,
        required=True,
        key=VIEW,
        label_visibility="collapsed",
        persist_state="session",
    )
    TABS[str(chosen or first)]()

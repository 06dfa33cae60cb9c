"""Leads on from several pictures of the gallery at once: all of them go into the Edit or the Analyze page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.ui.results.actions import page_of, put_all

PAGES = (
    ("edit", "Edit these", ":material/brush:", "As the pictures to edit, the one selected first as the first."),
    ("analyze", "Analyze these", ":material/visibility:", "Ask about all of them, together or each separately."),
)


def draw_using(outputs: Sequence[str]) -> None:
    """Where these pictures can go in, in the order in which they were selected."""
    with st.popover(
        "Use", icon=":material/arrow_forward:", key="act.use", disabled=not outputs, on_change="rerun"
    ) as panel:
        if not panel.open:
            return
        for operation, label, icon, help in PAGES:
            if st.button(label, icon=icon, key=f"act.use.{operation}", type="tertiary", help=help):
                if put_all(operation, outputs):
                    st.switch_page(page_of(operation), query_params={})
                st.toast("Drawings in SVG and animations cannot go into a run.", icon=":material/block:")

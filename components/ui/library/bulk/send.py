"""Send several images of the gallery to the Edit or Analyze page as inputs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.ui.results.actions import page_of, put_all

PAGES = (
    ("edit", "Edit these", ":material/brush:", "Use as input images, in the order of selection."),
    ("analyze", "Analyze these", ":material/visibility:", "Ask about them together or separately."),
)


def draw_bulk_send(outputs: Sequence[str]) -> None:
    """Draw the menu of pages that take these images, in the order of selection."""
    with st.popover(
        "Use", icon=":material/arrow_forward:", key="act.use", disabled=not outputs, on_change="rerun"
    ) as panel:
        if not panel.open:
            return
        for operation, label, icon, help in PAGES:
            if st.button(label, icon=icon, key=f"act.use.{operation}", type="tertiary", help=help):
                if put_all(operation, outputs):
                    st.switch_page(page_of(operation), query_params={})
                st.toast("SVG files and animations cannot be input images.", icon=":material/block:")

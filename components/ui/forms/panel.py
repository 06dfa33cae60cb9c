"""A panel of a form that a person opens, such as "More options": its content is drawn once it was opened.

What is never opened would be a third of what a page has to draw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import streamlit as st

from components.ui.session.state import page_state


@dataclass
class PanelState:
    """The keys of the panels that were opened in this session."""

    opened: set[str] = field(default_factory=set)


def draw_panel(title: str, key: str, draw: Callable[[], None], type: Literal["default", "compact"] = "default") -> None:
    """Draw a panel, and its content by `draw` once it was opened.

    Streamlit takes a panel that reports its opening for another one as soon as its title changes, and the field that
    a person is in would lose the focus. So it reports only the first opening.
    """
    opened, reporting = page_state(PanelState).opened, f"{key}.panel"
    if st.session_state.get(reporting):
        opened.add(key)
    if key not in opened:
        st.expander(title, key=reporting, type=type, on_change="rerun")
        return
    with st.expander(title, expanded=True, key=key, type=type):
        draw()

"""The way from the built-in engine's first result to a connection with a real model."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components.runs import RunView
from components.settings import BUILT_IN_ID
from components.ui.session.state import page_state


@dataclass
class ConnectHintState:
    """The run that the button is shown with; None before the first, "" once it was used."""

    run: str | None = None


def draw_connect_hint(view: RunView) -> None:
    """Draw a button to the Connections page beside the session's first images of the built-in engine."""
    if view.connection_id != BUILT_IN_ID or not view.images:
        return
    state = page_state(ConnectHintState)
    if state.run is None:
        state.run = view.id
    if state.run != view.id:
        return
    if st.button(
        "Connect a real model",
        icon=":material/link:",
        key="connect-hint",
        type="tertiary",
        help="The built-in engine needs no key and costs nothing. Add a key, or a server of your own, for real images.",
    ):
        state.run = ""
        st.switch_page("../../pages/connections.py", query_params={})

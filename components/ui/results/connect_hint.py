"""The way from the built-in engine's first result to a connection with a real model."""

from __future__ import annotations

import streamlit as st

from components.runs import RunView
from components.settings import BUILT_IN_ID

_RUN = "connect_hint.run"  # the run that the button is shown with; empty once it was used


def draw_connect_hint(view: RunView) -> None:
    """Draw a button to the Connections page beside the session's first images of the built-in engine."""
    if view.connection_id != BUILT_IN_ID or not view.images:
        return
    if st.session_state.setdefault(_RUN, view.id) != view.id:
        return
    if st.button(
        "Connect a real model",
        icon=":material/link:",
        key="connect-hint",
        type="tertiary",
        help="The built-in engine needs no key and costs nothing. Add a key, or a server of your own, for real images.",
    ):
        st.session_state[_RUN] = ""
        st.switch_page("../../pages/connections.py", query_params={})

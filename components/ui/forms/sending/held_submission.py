"""Ask before a request goes to another connection than intended, since another key would pay for it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from components.ui.base.deferred import defer, deferred, perform_deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.sending.submission import SubmitState
from components.ui.forms.sending.submit import submit_all
from components.ui.session import connections
from components.ui.session.state import page_state


def draw_held() -> None:
    """Ask about held submissions, if there are any."""
    if page_state(SubmitState).held:
        _ask()


def _leave() -> None:
    page_state(SubmitState).held = []


@st.dialog("Send to another connection?", icon=":material/key_off:", on_dismiss=_leave)
def _ask() -> None:
    perform_deferred()
    held = page_state(SubmitState).held
    if not held:
        st.rerun()
    meant = connections.lost() or next(one.instead_of for one in held if one.instead_of)
    name = held[0].connection.name
    st.markdown(
        f"**{escape(meant)}** is not available in this session: a reload discards personal keys. "
        f"**{escape(name)}** would be used instead, and the owner of its key would pay."
    )
    st.caption("Nothing has been sent. To use your own key, add the connection again on the Connections page.")
    with st.container(horizontal=True, gap="small"):
        st.button(f"Send to {escape(name)}", type="primary", key="held.send", on_click=deferred(_send))
        st.button("Do not send", key="held.leave", on_click=deferred(_leave))


def _send() -> None:
    held = page_state(SubmitState).held
    if not held:
        return
    if connections.lost() is not None:
        connections.choose(held[0].connection.id)  # from now on, without asking again
    submit_all([replace(one, instead_of="") for one in held])
    defer(_leave)

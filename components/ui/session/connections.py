"""The connections that a person can choose from, and which one is in use.

The built-in engine, the environment's, the team's from `.streamlit/secrets.toml` and a person's own. The last
are kept in the session's state at the server alone: they are never written, and never sent back to the browser.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from components.client import OPENAI, Connection, connection_from_environment, connections_from_secrets
from components.settings import BUILT_IN_ID
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.session.state import DRAFT, page_state
from components.ui.session.widget_sync import is_behind, seed

PICKER = "connections.picker"

SOURCES = {
    "built-in": "built in, free, draws by rules",
    "environment": "from this server's environment",
    "team": "for the whole team, from secrets.toml",
    "own": "yours, in this session only",
}


@dataclass
class ConnectionsState:
    """A person's own connections, whose keys are nowhere else, and the id of the one in use.

    `names` of a person's own, by their ids, are what is left of them after a reload. `drawn` is the id that the picker
    was drawn with last.
    """

    own: list[Connection] = field(default_factory=list)
    chosen: str | None = field(default=None, metadata=DRAFT)
    names: dict[str, str] = field(default_factory=dict, metadata=DRAFT)
    drawn: str | None = None


def _state() -> ConnectionsState:
    return page_state(ConnectionsState)


def _secrets() -> Mapping[str, Any]:
    try:
        return st.secrets.to_dict()
    except (StreamlitSecretNotFoundError, FileNotFoundError):
        return {}


def available() -> list[Connection]:
    """Every connection of this session, the ones with a key first, the built-in engine last."""
    environment = connection_from_environment(os.environ)
    return [
        *_state().own,
        *([environment] if environment else []),
        *connections_from_secrets(_secrets()),
        workbench().built_in(),
    ]


def chosen() -> Connection:
    """The connection in use: the one chosen in this session, else the first of the list."""
    connections = available()
    wanted = _state().chosen
    return next((one for one in connections if one.id == wanted), connections[0])


def lost() -> str | None:
    """The name of the connection that was chosen and is gone since, as a person's own is after a reload; else None."""
    state = _state()
    wanted = state.chosen
    if wanted is None or any(one.id == wanted for one in available()):
        return None
    return state.names.get(wanted) or "The connection that you had chosen"


def instead_of(connection_id: str, name: str) -> str:
    """The name of a run's connection, where another one that costs money would stand in for it now; else ""."""
    is_here = any(one.id == connection_id for one in available())
    return "" if is_here or chosen().id == BUILT_IN_ID else name


def follow_run(connection_id: str) -> None:
    """Use the connection that a run went to, where this session has it."""
    if any(one.id == connection_id for one in available()):
        choose(connection_id)


def of_run(connection_id: str) -> Connection:
    """The connection that a run went to, while this session has it; else the one in use.

    Its model may be known nowhere else, and nobody should pay for what was free, or the other way round.
    """
    return next((one for one in available() if one.id == connection_id), chosen())


def base_url_of(connection_id: str) -> str:
    """Return where a run's connection leads, for use outside this app; OpenAI's where that is not known here.

    The built-in engine answers this app alone.
    """
    found = (one.base_url for one in available() if one.id == connection_id and one.source != "built-in")
    return next(found, OPENAI)


def choose(connection_id: str) -> None:
    """Use this connection from now on, in this session."""
    _state().chosen = connection_id


def add_own(connection: Connection) -> None:
    """Keep a person's own connection for the session and use it; one of the same id is replaced."""
    state = _state()
    state.own = [*(one for one in state.own if one.id != connection.id), connection]
    state.names[connection.id] = connection.name
    state.chosen = connection.id


def forget_own(connection_id: str) -> None:
    """Forget a person's own connection and its key."""
    state = _state()
    state.own = [one for one in state.own if one.id != connection_id]
    if state.chosen == connection_id:
        state.chosen = None


def _take_picked() -> None:
    """Take in what the picker holds now, unless the browser still tells what it held before it was set to another."""
    picked, state = st.session_state.get(PICKER), _state()
    if picked is not None and picked != state.drawn and not is_behind(PICKER):
        state.chosen = state.drawn = picked


def is_known_to_stream(connection: Connection) -> bool:
    """Return whether the connection's server takes streaming and previews: the built-in engine and OpenAI's."""
    return connection.id == BUILT_IN_ID or connection.base_url.rstrip("/") == OPENAI


def in_use() -> Connection:
    """Return the connection in use, with what the picker holds now taken in."""
    _take_picked()
    return chosen()


def pressed_for() -> Connection | None:
    """The connection that stood there when a button was pressed: in its callback the picker's may be yet to come.

    None where another is in use by now, which the browser had not shown yet: nobody's money goes elsewhere than
    they saw.
    """
    _take_picked()
    current = chosen()
    return current if st.session_state.get(PICKER, current.id) == current.id else None


def draw_warning(connection: Connection) -> None:
    """Say what a person should know before sending anything by this connection, where there is something."""
    if connection.warning:
        st.markdown(f":orange[:material/lock_open:] :small[{escape(connection.warning)}]")


def draw_warnings(current: Connection) -> None:
    """Say that the chosen connection is gone, and what the one in use should warn of."""
    if gone := lost():
        st.markdown(
            f":orange[:material/key_off: {escape(gone)} is gone.] Its key was in this tab's memory alone. You will be "
            f"asked before the first run goes to {escape(current.name)}. Add yours again on the Connections page."
        )
    draw_warning(current)


def connection_picker() -> Connection:
    """Draw the choice of the connection and return the one in use; see `draw_warnings`."""
    current = in_use()
    connections = {one.id: one for one in available()}
    _state().drawn = seed(PICKER, current.id)
    st.selectbox(
        "Connection",
        list(connections),
        index=list(connections).index(current.id),
        key=PICKER,
        format_func=lambda connection_id: connections[connection_id].name,
        on_change=_take_picked,
        help="Where requests go. Add one of your own, or test one, on the Connections page.",
    )
    if current.id == BUILT_IN_ID:
        st.caption(
            "Draws simple pictures by rules and measures yours: no AI model, free, and nothing leaves this server."
        )
    return current

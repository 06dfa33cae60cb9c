"""The connections that a person can choose from, and the one in use.

There are the built-in engine, the environment's connection, the team's from `.streamlit/secrets.toml`, and personal
ones. The last are kept in the session's state on the server only: never written to disk, never sent to the browser.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from components.client import OPENAI, Connection, connections_from_environment, connections_from_secrets
from components.library import LibraryUnavailable
from components.parameters import CAPABILITIES, OPENAI_SERVER, Finding, Findings, Server
from components.settings import BUILT_IN_ID
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.session.personal import kept_connections
from components.ui.session.state import DRAFT, page_state
from components.ui.session.team_rules import may_use
from components.ui.session.widget_sync import is_behind, seed

PICKER = "connections.picker"

SOURCES = {
    "built-in": "built in, free, draws by rules",
    "environment": "from this server's environment",
    "team": "for the whole team, from secrets.toml",
    "own": "yours, in this session only",
    "kept": "yours, kept encrypted",
}


_READ_AGAIN_SECONDS = 5.0  # after the library could not be read


@dataclass
class ConnectionsState:
    """The personal connections with their keys, and the id of the connection in use.

    Of a connection only its outline, by id, survives a reload: all but its secrets. `drawn` is the id that the picker
    was last drawn with. `kept` are the ids of those that the library keeps, None before it answered, and
    `unreadable` counts kept ones that cannot be read.
    """

    own: list[Connection] = field(default_factory=list)
    chosen: str | None = field(default=None, metadata=DRAFT)
    outlines: dict[str, Connection] = field(default_factory=dict, metadata=DRAFT)
    drawn: str | None = None
    kept: set[str] | None = None
    read_again: float = 0.0  # on the monotonic clock: not before then
    unreadable: int = 0


def _state() -> ConnectionsState:
    state = page_state(ConnectionsState)
    if state.kept is None and time.monotonic() >= state.read_again:
        state.read_again = time.monotonic() + _READ_AGAIN_SECONDS
        with suppress(LibraryUnavailable):
            found, state.unreadable = kept_connections.kept()
            state.kept = {one.id for one in found}
            state.own += [one for one in found if one.id not in {own.id for own in state.own}]
            state.outlines |= {one.id: one.without_secrets() for one in found}
    return state


def is_kept(connection_id: str) -> bool:
    """Return whether a personal connection outlives the session."""
    return connection_id in (_state().kept or ())


def unreadable() -> int:
    """Return how many kept connections of this person cannot be read."""
    return _state().unreadable


def _secrets() -> Mapping[str, Any]:
    try:
        return st.secrets.to_dict()
    except (StreamlitSecretNotFoundError, FileNotFoundError):
        return {}


def available() -> list[Connection]:
    """Return every connection that this person may use, those with a key first, the built-in engine last."""
    return [*_state().own, *(one for one in shared() if may_use(one.id)), workbench().built_in()]


def shared() -> list[Connection]:
    """Return the connections that the operator set up, whoever may use them."""
    return [*connections_from_environment(os.environ), *connections_from_secrets(_secrets())]


def resume_sheets() -> None:
    """Go on with batches and planned starts of sheets by the connections that need no session.

    Called at the start and each minute.
    """

    def found() -> list[Connection]:
        return [*shared(), workbench().built_in()]

    workbench().batches.resume(found)
    workbench().starts.resume(found)


def chosen() -> Connection:
    """Return the connection chosen in this session, else the first available one."""
    connections = available()
    wanted = _state().chosen
    return next((one for one in connections if one.id == wanted), connections[0])


def lost() -> str | None:
    """Return the name of the chosen connection if it is no longer available, as after a reload; else None."""
    state = _state()
    wanted = state.chosen
    if wanted is None or any(one.id == wanted for one in available()):
        return None
    outline = state.outlines.get(wanted)
    return outline.name if outline else "The connection that you had chosen"


def lost_own() -> list[Connection]:
    """Return the outlines of personal connections whose secrets were lost with the tab, as after a reload."""
    state = _state()
    here = {one.id for one in state.own}
    return [outline for outline in state.outlines.values() if outline.id not in here]


def instead_of(connection_id: str, name: str) -> str:
    """Return the name of a run's connection if another one that costs money would replace it now; else ""."""
    is_here = any(one.id == connection_id for one in available())
    return "" if is_here or chosen().id == BUILT_IN_ID else name


def follow_run(connection_id: str) -> None:
    """Choose the connection of a run, if this session has it."""
    if any(one.id == connection_id for one in available()):
        choose(connection_id)


def of_run(connection_id: str) -> Connection:
    """Return the connection of a run if this session has it, else the one in use.

    Another server may not know the run's model, and the price may differ.
    """
    return next((one for one in available() if one.id == connection_id), chosen())


def server_of(connection_id: str) -> Server:
    """Return the address of a run's connection for use outside this app; OpenAI's if it is unknown here.

    The built-in engine answers only this app. The address contains no secret.
    """
    found = (one.server for one in available() if one.id == connection_id and one.source != "built-in")
    return next(found, OPENAI_SERVER)


def choose(connection_id: str) -> None:
    """Use this connection in this session from now on."""
    _state().chosen = connection_id


def add_own(connection: Connection, *, keep: bool = False) -> None:
    """Add a personal connection to the session, instead of one with the same id, and use it.

    With `keep` it outlives the session, encrypted. Raise LibraryUnavailable.
    """
    state = _state()
    _keep_or_forget(state, connection, keep)
    known = {one.id: one for one in state.own}
    state.own = list({**known, connection.id: connection}.values())
    state.outlines[connection.id] = connection.without_secrets()
    state.chosen = connection.id
    with suppress(LibraryUnavailable):
        workbench().batches.offer([connection])


def _keep_or_forget(state: ConnectionsState, connection: Connection, keep: bool) -> None:
    kept = state.kept if state.kept is not None else set()
    if keep:
        kept_connections.keep(connection)
        kept.add(connection.id)
    elif connection.id in kept:
        kept_connections.forget(connection.id)
        kept.discard(connection.id)


def forget_own(connection_id: str) -> None:
    """Forget a personal connection with its secrets and its outline."""
    state = _state()
    for connection in state.own:
        if connection.id == connection_id:
            _keep_or_forget(state, connection, keep=False)
    state.outlines.pop(connection_id, None)
    for connection in state.own:
        if connection.id == connection_id:
            workbench().probes.cancel(connection)
    state.own = [one for one in state.own if one.id != connection_id]
    if state.chosen == connection_id:
        state.chosen = None
    workbench().batches.forget(connection_id)
    workbench().starts.forget(connection_id)


def _take_picked() -> None:
    """Read the picker's value, unless the browser still reports the value from before the picker was set."""
    picked, state = st.session_state.get(PICKER), _state()
    if picked is not None and picked != state.drawn and not is_behind(PICKER):
        state.chosen = state.drawn = picked


def is_known_to_stream(connection: Connection) -> bool:
    """Return whether the server is known to stream with previews: the built-in engine and OpenAI."""
    return connection.id == BUILT_IN_ID or connection.base_url.rstrip("/") == OPENAI


def findings(model: str) -> Findings:
    """Return what is known of the chosen connection's server for a model."""
    return workbench().capabilities.known(chosen(), model)


def send_anyway(capability: str, model: str) -> None:
    """Let the next run send what the server refused: it may have changed. Another refusal is remembered again."""
    also = {"partial_images": ("stream",), "chat": ("responses",)}.get(capability, ())
    known = findings(model)
    for name in (capability, *(one for one in also if one in known)):
        finding = Finding(CAPABILITIES[name].usual, "person", time.time())
        workbench().capabilities.learn(chosen(), model, name, finding)


def in_use() -> Connection:
    """Return the connection in use, after reading the picker."""
    _take_picked()
    return chosen()


def pressed_for() -> Connection | None:
    """Return the connection shown when a button was pressed; the picker's own callback may still be to come.

    None if another connection is in use that the browser had not shown yet: a request must go where the page said.
    """
    _take_picked()
    current = chosen()
    return current if st.session_state.get(PICKER, current.id) == current.id else None


def draw_warning(connection: Connection) -> None:
    """Draw the connection's warning, if it has one."""
    if connection.warning:
        st.markdown(f":orange[:material/lock_open:] :small[{escape(connection.warning)}]")


def draw_warnings(current: Connection) -> None:
    """Say that the chosen connection is no longer available, and draw the warning of the one in use."""
    if name := lost():
        st.markdown(
            f":orange[:material/key_off: {escape(name)} is gone.] Its key was only in this tab's memory. You will be "
            f"asked before the first run goes to {escape(current.name)}. Enter it again on the Connections page."
        )
    draw_warning(current)


def draw_connection_picker(current: Connection) -> None:
    """Draw the choice of the connection, with the one in use chosen; see `draw_warnings`."""
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
            "Draws simple images by rules and measures yours: no AI model, free, and nothing leaves this server."
        )

"""A card for each connection with its test and its form, and the form that adds a personal one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import streamlit as st

from components.client import Connection
from components.parameters import SHAPES
from components.ui.base.deferred import deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.connections.form import ConnectionFormState, draw_connection_form, forget_entries
from components.ui.connections.probe_panel import draw_probe
from components.ui.session import connections
from components.ui.session.owner import note_action
from components.ui.session.personal.kept_connections import may_keep
from components.ui.session.server_models import Listing, ask_again, listing
from components.ui.session.state import page_state

PATIENCE_SECONDS = 0.4
POLL_SECONDS = 0.7


@dataclass
class CardsState:
    """The ids of the connections whose test is shown, of the one with an open probe, and of the one with an open form,
    to edit it or to copy it.
    """

    tested: set[str] = field(default_factory=set)
    probed: str | None = None
    opened: str | None = None
    is_copy: bool = False


def draw_card(connection: Connection) -> None:
    """Draw one connection: address, source, test, and buttons to use, edit, copy or forget it."""
    in_use = connections.chosen().id == connection.id
    with st.container(border=True, key=f"card.{connection.id}"):
        mark = " :green-badge[in use]" if in_use else ""
        st.markdown(f"**{escape(connection.name)}**{mark}")
        st.caption(escape(_description(connection)))
        connections.draw_warning(connection)
        if connection.problem:
            st.markdown(f":red[:material/error: {escape(connection.problem)}.]")
        with st.container(horizontal=True, gap="small"):
            if not in_use:
                _button("Use", "use", connections.choose, connection)
            _button("Test", "test", _test, connection, help="List the server's models. Free.")
            _button(
                "What can this server do?",
                "probe",
                _open_probe,
                connection,
                help="What is known about this server, and requests that find out more.",
            )
            if connection.source == "own":
                _button("Edit", "edit", _open, connection)
            if connection.source != "built-in":
                keeps = "" if connection.source == "own" else " Its key is not copied."
                _button("Copy", "copy", _open_copy, connection, help=f"Add one like it.{keeps}")
            if connection.source == "own":
                _button("Forget", "forget", connections.forget_own, connection)
        if connection.id in page_state(CardsState).tested:
            is_pending = listing(connection, PATIENCE_SECONDS) is None and not connection.problem
            st.fragment(_draw_result, run_every=POLL_SECONDS if is_pending else None)(connection, is_pending)
        if page_state(CardsState).probed == connection.id:
            draw_probe(connection)
        if page_state(CardsState).opened == connection.id:
            _draw_open_form(connection)


def draw_lost(outline: Connection) -> None:
    """Draw a personal connection whose key was lost with its tab, with a button that asks for the key."""
    with st.container(border=True, key=f"card.{outline.id}"):
        st.markdown(f"**{escape(outline.name)}** :orange-badge[lost with the tab]")
        st.caption(escape(_description(outline, is_lost=True)))
        secret = "Its key was" if not outline.secret_names else "Its key and the values of its headers were"
        st.markdown(f"{secret} only in the memory of the tab that was closed or reloaded. Enter it again to use it.")
        with st.container(horizontal=True, gap="small"):
            _button("Enter again", "edit", _open, outline)
            _button("Forget", "forget", connections.forget_own, outline)
        if page_state(CardsState).opened == outline.id:
            _draw_open_form(outline)


def draw_unreadable() -> None:
    """Say that connections which this person kept cannot be read."""
    if count := connections.unreadable():
        what = "A connection that you kept" if count == 1 else f"{count} connections that you kept"
        st.markdown(
            f":orange[:material/key_off: {what} cannot be read], because this app has another key-encryption secret "
            "now, or none. Add it again, or ask the operator for the former secret. Nothing was sent anywhere."
        )


def draw_new_connection() -> None:
    """Draw the form for a personal connection. Its secrets leave the browser as soon as it is added."""
    st.subheader("Add your own")
    memory = (
        "in this session's memory: its key is never written to disk, never shown again, gone when you close the tab"
    )
    unless = ", unless you choose “Keep for me”" if may_keep() else ""
    st.caption(f"Kept only {memory}{unless}. Connections for the team belong in .streamlit/secrets.toml on the server.")
    _take(draw_connection_form("new"), "new")


def _button(label: str, action: str, callback: object, connection: Connection, help: str | None = None) -> None:
    st.button(
        label,
        key=f"{action}.{connection.id}",
        help=help,
        on_click=deferred(callback),  # type: ignore[arg-type]
        args=(connection.id,),
    )


def _description(connection: Connection, *, is_lost: bool = False) -> str:
    """Return address, shape, masked key, names of headers and source of a connection in one line."""
    if connection.source == "built-in":
        return f"on this machine only · {connections.SOURCES['built-in']}"
    version = f" {connection.server.version}" if connection.server.is_azure else ""
    shape = f"{SHAPES.get(connection.shape, connection.shape)}{version}".strip() if connection.server.is_azure else ""
    parts = [
        connection.base_url,
        shape,
        "" if is_lost else f"key {connection.masked_key}" if connection.api_key else "no key",
        ", ".join(connection.secret_names),
        ", ".join(f"{name} = {model}" for name, model in connection.model_names),
        f"at most {connection.images_per_minute} images a minute" if connection.images_per_minute else "",
        "" if is_lost else connections.SOURCES["kept" if connections.is_kept(connection.id) else connection.source],
    ]
    return " · ".join(part for part in parts if part)


def _test(connection_id: str) -> None:
    """Ask a connection's server for its models, in the background."""
    found = next((one for one in connections.available() if one.id == connection_id), None)
    if found is not None:
        ask_again(found)
        page_state(CardsState).tested.add(connection_id)


def _open_probe(connection_id: str) -> None:
    state = page_state(CardsState)
    state.probed = None if state.probed == connection_id else connection_id


def _open(connection_id: str, is_copy: bool = False) -> None:
    state = page_state(CardsState)
    state.opened = None if state.opened == connection_id and state.is_copy == is_copy else connection_id
    state.is_copy = is_copy
    forget_entries(_part(connection_id))


def _part(connection_id: str) -> str:
    """Return the name of the open form of a card."""
    return f"{'copy' if page_state(CardsState).is_copy else 'edit'}.{connection_id}"


def _open_copy(connection_id: str) -> None:
    _open(connection_id, is_copy=True)


def _close() -> None:
    page_state(CardsState).opened = None


def _draw_open_form(connection: Connection) -> None:
    is_copy = page_state(CardsState).is_copy
    start = connection
    if is_copy:
        # A team's key is nobody's own: it is not handed on.
        start = connection if connection.source == "own" else connection.without_secrets()
        start = replace(start, name=f"{connection.name} (copy)")
    part = _part(connection.id)
    _take(draw_connection_form(part, start, is_copy=is_copy, on_cancel=deferred(_close)), part)


def _take(made: Connection | None, part: str) -> None:
    """Keep a connection that was entered, use it, and test it."""
    if made is None:
        return
    keep = page_state(ConnectionFormState, part).keep
    connections.add_own(made, keep=keep)
    note_action("connection.changed", made.name, {"server": made.base_url, "kept": keep})
    ask_again(made)
    state = page_state(CardsState)
    state.tested.add(made.id)
    state.opened = None
    st.rerun()


def _draw_result(connection: Connection, is_pending: bool) -> None:
    """Draw what the test found. While it is under way, this runs repeatedly until the page is drawn again."""
    found = listing(connection)
    if found is None:
        st.markdown(":material/hourglass_empty: Testing: listing the server's models. You can go on working.")
    elif is_pending:
        st.rerun()
    else:
        st.markdown(_result(found))


def _result(found: Listing) -> str:
    if found.error is not None:
        title, what, next_step = (escape(str(found.error[name])) for name in ("title", "what", "next"))
        return f":red[:material/error: **{title}.** {what} {next_step}]"
    models = found.models
    if not models:
        return ":material/check_circle: Works, but the server lists no models. Enter the model's name yourself."
    names = ", ".join(escape(model.id) for model in models[:12])
    more = f" and {len(models) - 12} more" if len(models) > 12 else ""
    ending = [
        f"{escape(model.id)} on {model.shutdown_date.isoformat()}"
        for model in models
        if model.shutdown_date and model.shutdown_date >= date.today()
    ]
    end = f"  \nEnds soon: {', '.join(ending[:6])}." if ending else ""
    return f":green[:material/check_circle:] Works. {len(models)} models: {names}{more}.{end}"

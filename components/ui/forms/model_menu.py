"""The models of a form's menu: those that the connection's server lists, where it has a list.

The list is requested in the background, so that no page waits for a slow server, and cached for some minutes.
"""

from __future__ import annotations

import hashlib
import threading
import time
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import date

import streamlit as st

from components.client import ApiError, Connection
from components.parameters import Group, menu_models
from components.settings import BUILT_IN_ID
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.form import MODEL, Form, draw_group, has_messages
from components.ui.forms.form_state import FormState
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.state import page_state

KEPT_SECONDS = 600.0
FAILED_SECONDS = 60.0
# Wait this long for the first answer only; a slower server's list appears with a later rerun.
PATIENCE_SECONDS = 0.4
ANSWER_SECONDS = 20.0

Names = tuple[str, ...]
_lock = threading.Lock()
_asked: dict[str, tuple[float, Future[Names | None]]] = {}
_threads = ThreadPoolExecutor(2, thread_name_prefix="models")


def _mark(connection: Connection) -> str:
    """Return a cache key for a connection that does not contain its API key."""
    text = "\0".join((connection.id, connection.base_url, connection.api_key))
    return hashlib.sha256(text.encode()).hexdigest()


def _ask(connection: Connection) -> Names | None:
    bench = workbench()
    try:
        return tuple(model.id for model in bench.ask(bench.client.models(connection), ANSWER_SECONDS))
    except (ApiError, TimeoutError, RuntimeError, CancelledError):
        return None


def listed_models(connection: Connection) -> Names | None:
    """Return the model ids that the connection's server lists; None without a list, or before it has answered."""
    if connection.id == BUILT_IN_ID:
        return None  # it has the catalogue's models
    mark, now, patience = _mark(connection), time.monotonic(), 0.0
    with _lock:
        since, future = _asked.get(mark, (0.0, None))
        old = KEPT_SECONDS
        if future is not None and future.done() and future.result() is None:
            old = FAILED_SECONDS
        if future is None or now - since > old:
            future, patience = _threads.submit(_ask, connection), PATIENCE_SECONDS
            _asked[mark] = (now, future)
    try:
        return future.result(patience)
    except NotYet:
        return None


def prepare_models(operation: str) -> None:
    """Set the menu of an operation's form to the models of the connection in use; call it before reading the form."""
    listed = listed_models(connections.chosen())
    page_state(FormState, operation).models = menu_models(operation, listed, date.today())


def draw_connection_and_model(form: Form) -> Connection:
    """Draw one line that names connection and model and opens their pickers; return the connection in use.

    Warnings stand below the line, so that they show while it is closed.
    """
    name, model = escape(connections.in_use().name), escape(form.model or "no model")
    mark = " :red[:material/error:]" if has_messages(form, MODEL) else ""
    with st.expander(f"{name} · **{model}**{mark} · change", key=f"{form.operation}.target", type="compact"):
        connection = connections.connection_picker()
        draw_group(form, Group.MAIN, only=frozenset({MODEL}))
    connections.draw_warnings(connection)
    listed = listed_models(connection)
    if listed and form.model not in listed:
        st.caption(f"{escape(connection.name)} does not list {escape(form.model)}. It may still work.")
    return connection

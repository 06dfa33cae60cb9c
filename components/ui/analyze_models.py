"""Which models an analysis can choose from: the connection's own list where its server gives one.

A list is asked for in the background, so that no page waits for a slow server, and kept for some minutes.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import date

import streamlit as st

from components.client import ApiError, Connection
from components.parameters import CATALOGUE, models_for
from components.ui.markdown_text import escape
from components.ui.workbench import workbench

OPERATION = "analyze"
KEPT_SECONDS = 600.0
FAILED_SECONDS = 60.0
# A quick server's list is there with the page; a slower one's at the next look.
PATIENCE_SECONDS = 0.4
ANSWER_SECONDS = 20.0

Names = tuple[str, ...]
_lock = threading.Lock()
_asked: dict[str, tuple[float, Future[Names | None]]] = {}
_threads = ThreadPoolExecutor(2, thread_name_prefix="models")


def _mark(connection: Connection) -> str:
    """Tells connections apart without keeping a key."""
    text = "\0".join((connection.id, connection.base_url, connection.api_key))
    return hashlib.sha256(text.encode()).hexdigest()


def _ask(connection: Connection) -> Names | None:
    bench = workbench()
    try:
        return tuple(model.id for model in bench.ask(bench.client.models(connection), ANSWER_SECONDS))
    except (ApiError, TimeoutError, RuntimeError):
        return None


def listed_models(connection: Connection) -> Names | None:
    """The ids that the connection's server lists; None where it gives no list, or has not answered yet."""
    mark, now = _mark(connection), time.monotonic()
    with _lock:
        since, future = _asked.get(mark, (0.0, None))
        old = KEPT_SECONDS
        if future is not None and future.done() and future.result() is None:
            old = FAILED_SECONDS
        if future is None or now - since > old:
            future = _threads.submit(_ask, connection)
            _asked[mark] = (now, future)
    try:
        return future.result(PATIENCE_SECONDS)
    except NotYet:
        return None


def choices(listed: Sequence[str] | None, today: date) -> Names:
    """The order of the list: models that are known to see first, then whatever else the server has."""
    seeing = [model.id for model in models_for(OPERATION, today)]
    if not listed:
        return tuple(seeing)
    there = set(listed)
    others = [name for name in listed if name not in CATALOGUE]
    return (*(name for name in seeing if name in there), *others)


def prepare_models(connection: Connection) -> Names | None:
    """Let the form's list of models be this connection's; gives what the server listed."""
    listed = listed_models(connection)
    st.session_state[f"models.{OPERATION}"] = choices(listed, date.today())
    return listed


def draw_unlisted(connection: Connection, listed: Names | None, model: str) -> None:
    """Say it where the server does not list the chosen model: it may still take it."""
    if listed and model not in listed:
        st.caption(f"{escape(connection.name)} does not list {escape(model)}; choose another, or try it.")

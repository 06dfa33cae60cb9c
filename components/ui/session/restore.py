"""What a person has typed, added and drawn in a tab and not sent yet: it outlives a reload and a lost connection.

Streamlit's session is gone with the connection. So the process keeps what counts of each session by a token that
only the tab knows, and a new session of the same tab takes a copy of it. Nothing of it is written to disk, and no
key is among it.
"""

from __future__ import annotations

import copy
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from components.library.files.held_inputs import hold_inputs
from components.parameters import OPERATIONS
from components.ui.base.assets import asset
from components.ui.process.workbench import workbench

_DRAFT = st.components.v2.component(
    "image_workbench_draft", html="<span hidden></span>", js=asset("session/restore.js")
)

_TOKEN = "draft.token"  # noqa: S105 — the name of a place in the session
_BEFORE = "draft.before"  # the token of the session before, until what it held is taken over
_KEY = "draft"

# Of each operation: its values, which of them were touched, which were typed for the model that is chosen, its
# pictures, what its next run is a change of, what was in it before it was filled from a run.
OF_OPERATIONS = ("wishes", "touched", "typed", "inputs", "lineage", "history")
OTHERS = (
    "drawings.mask",
    "drawings.markup",
    "edit.mode",
    "edit.first",  # with it the pictures that come back are no new ones, which would take the result's place
    "edit.keep",
    "edit.keep.feather",
    "edit.parent",
    "edit.aside",
    "analyze.analyzed",
    "analyze.shape",
    "analyze.spread",
    "analyze.fields",
    "analyze.checks",
    "analyze.as_is",
    "connections.chosen",
    "connections.names",
    "owner.begun",
)
KEPT = (*(f"{name}.{operation}" for name in OF_OPERATIONS for operation in OPERATIONS), *OTHERS)

MOST = 500
SECONDS = 24 * 3600.0


class Drafts:
    """What sessions hold, by their tokens; the newest `most` of them, for so many `seconds` after they were used."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS) -> None:
        self._most, self._seconds = most, seconds
        self._kept: OrderedDict[str, tuple[float, Mapping[str, Any]]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, token: str, state: Mapping[str, Any], now: float | None = None) -> None:
        """Keep hold of what counts in a session's state; what changes in it later is seen here too."""
        moment = time.monotonic() if now is None else now
        held = {key: state[key] for key in KEPT if key in state}
        with self._lock:
            self._kept[token] = (moment, held)
            self._kept.move_to_end(token)
            while len(self._kept) > self._most or next(iter(self._kept.values()))[0] < moment - self._seconds:
                self._kept.popitem(last=False)

    def take(self, token: str) -> dict[str, Any]:
        """A copy of what is kept by a token; nothing where that is not known."""
        with self._lock:
            _, held = self._kept.get(token, (0.0, {}))
            return copy.deepcopy(dict(held))


_drafts = Drafts()


def prepare_draft() -> None:
    """Let the tab remember this session, and take over what it held before; at the beginning of each drawing."""
    token = st.session_state.setdefault(_TOKEN, secrets.token_hex(16))

    def told() -> None:
        st.session_state[_BEFORE] = str(st.session_state[_KEY].get("before") or "")

    if before := st.session_state.get(_BEFORE):
        # Streamlit may cut this short where somebody is quick; it is then done again from the start.
        for key, value in _drafts.take(before).items():
            if not st.session_state.get(key):  # what the new session has of its own stays
                st.session_state[key] = value
        del st.session_state[_BEFORE]
    _DRAFT(key=_KEY, data={"token": token}, on_before_change=told)


def note_draft() -> None:
    """Keep hold of what the session holds now, its images in the library too; at the end of each drawing."""
    hold_inputs(workbench().library, _held_inputs())
    _drafts.note(st.session_state[_TOKEN], {key: st.session_state[key] for key in KEPT if key in st.session_state})


def _held_inputs() -> Iterator[str]:
    """The SHA-256 of the images and of the masks' bases that the session's forms hold."""
    for operation in OPERATIONS:
        yield from (entry.image.sha256 for entry in st.session_state.get(f"inputs.{operation}", ()))
        if history := st.session_state.get(f"history.{operation}"):
            yield from history.image_hashes()
    for purpose in ("mask", "markup"):
        for drawing in st.session_state.get(f"drawings.{purpose}", {}).values():
            if (base := drawing.now.base) is not None:
                yield base

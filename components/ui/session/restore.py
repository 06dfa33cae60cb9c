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
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from components.library.files.held_inputs import hold_inputs
from components.ui.base.assets import asset
from components.ui.process.workbench import workbench
from components.ui.session.state import STATE_PREFIX, HoldsInputs, all_states, draft_of, page_state, restore_draft

_DRAFT = st.components.v2.component(
    "image_workbench_draft", html="<span hidden></span>", js=asset("session/restore.js")
)

_KEY = "draft"

# Widgets whose values outlive a reload, as fields of states that are marked `DRAFT` do.
KEPT = (
    "edit.keep",
    "edit.keep.feather",
    "analyze.shape",
    "analyze.spread",
    "analyze.fields",
    "analyze.checks",
    "analyze.as_is",
)

MOST = 500
SECONDS = 24 * 3600.0


@dataclass
class RestoreState:
    """The token of this session, and that of the session before, until what it held is taken over."""

    token: str = field(default_factory=lambda: secrets.token_hex(16))
    before: str = ""


class Drafts:
    """What sessions hold, by their tokens; the newest `most` of them, for so many `seconds` after they were used."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS) -> None:
        self._most, self._seconds = most, seconds
        self._kept: OrderedDict[str, tuple[float, Mapping[str, Any]]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, token: str, state: Mapping[Any, Any], now: float | None = None) -> None:
        """Keep hold of what counts in a session's state; what changes in it later is seen here too."""
        moment = time.monotonic() if now is None else now
        held = {key: state[key] for key in KEPT if key in state}
        held |= {key: draft for key, one in all_states(state).items() if (draft := draft_of(one)) is not None}
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
    state = page_state(RestoreState)

    def told() -> None:
        page_state(RestoreState).before = str(st.session_state[_KEY].get("before") or "")

    if state.before:
        # Streamlit may cut this short where somebody is quick; it is then done again from the start.
        for key, value in _drafts.take(state.before).items():
            if key.startswith(STATE_PREFIX):
                restore_draft(st.session_state.setdefault(key, type(value)()), value)
            elif not st.session_state.get(key):  # what the new session has of its own stays
                st.session_state[key] = value
        state.before = ""
    _DRAFT(key=_KEY, data={"token": state.token}, on_before_change=told)


def note_draft() -> None:
    """Keep hold of what the session holds now, its images in the library too; at the end of each drawing."""
    session = st.session_state.to_dict()
    hold_inputs(workbench().library, _held_inputs(session))
    _drafts.note(page_state(RestoreState).token, session)


def _held_inputs(session: Mapping[Any, Any]) -> Iterator[str]:
    """Yield the SHA-256 of each file that a page refers to and no run has yet."""
    for state in all_states(session).values():
        if isinstance(state, HoldsInputs):
            yield from state.held_inputs()

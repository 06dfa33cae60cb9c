"""Keep what a person typed, added and drawn in a tab across a reload or a lost connection.

Streamlit ends a session with its connection. So the process keeps each session's drafts under a token that only the
tab knows, and a new session of the same tab takes a copy. Drafts are never written to disk and contain no API keys.
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

from components.ui.base.assets import asset
from components.ui.base.deferred import defer, peek
from components.ui.process.workbench import workbench
from components.ui.session.state import STATE_PREFIX, HoldsInputs, all_states, draft_of, page_state, restore_draft

_DRAFT = st.components.v2.component(
    "image_workbench_draft", html="<span hidden></span>", js=asset("session/restore.js")
)

_KEY = "draft"

# Widgets whose values survive a reload, as the fields marked `DRAFT` of typed states do.
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
    """The token of this session."""

    token: str = field(default_factory=lambda: secrets.token_hex(16))


class Drafts:
    """The drafts of sessions by token: the newest `most` of them, each for `seconds` after its last use."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS) -> None:
        self._most, self._seconds = most, seconds
        self._kept: OrderedDict[str, tuple[float, Mapping[str, Any]]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, token: str, state: Mapping[Any, Any], now: float | None = None) -> None:
        """Keep references to a session's drafts; later changes of them are seen here too."""
        moment = time.monotonic() if now is None else now
        held = {key: state[key] for key in KEPT if key in state}
        held |= {key: draft for key, one in all_states(state).items() if (draft := draft_of(one)) is not None}
        with self._lock:
            self._kept[token] = (moment, held)
            self._kept.move_to_end(token)
            while len(self._kept) > self._most or next(iter(self._kept.values()))[0] < moment - self._seconds:
                self._kept.popitem(last=False)

    def take(self, token: str) -> dict[str, Any]:
        """Return a copy of the drafts of a token; empty if it is unknown."""
        with self._lock:
            _, held = self._kept.get(token, (0.0, {}))
            return copy.deepcopy(dict(held))


_drafts = Drafts()


def prepare_draft() -> None:
    """Let the tab remember this session, and ask for its former session's drafts; call it in each rerun."""

    def take_former_token() -> None:
        # The browser says it once, while it sends much else: nothing here may be interrupted.
        defer(_restore, str((peek(_KEY) or {}).get("before") or ""))

    _DRAFT(key=_KEY, data={"token": page_state(RestoreState).token}, on_before_change=take_former_token)


def _restore(token: str) -> None:
    """Put the drafts of a session into this one."""
    for key, value in _drafts.take(token).items():
        if key.startswith(STATE_PREFIX):
            restore_draft(st.session_state.setdefault(key, type(value)()), value)
        elif not st.session_state.get(key):  # the new session's own value stays
            st.session_state[key] = value


def note_draft() -> None:
    """Keep the session's drafts, and their input images in the library; call it at the end of each rerun."""
    session = st.session_state.to_dict()
    workbench().library.files.hold(_held_inputs(session))
    _drafts.note(page_state(RestoreState).token, session)


def _held_inputs(session: Mapping[Any, Any]) -> Iterator[str]:
    """Yield the SHA-256 of each file that a page refers to and no run has yet."""
    for state in all_states(session).values():
        if isinstance(state, HoldsInputs):
            yield from state.held_inputs()

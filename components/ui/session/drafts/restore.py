"""Keep what a person typed, added and drawn in a tab across a reload or a lost connection.

Streamlit ends a session with its connection. So the process keeps each session's drafts under a token that only the
tab knows, and a new session of the same tab takes a copy. They are written to the library every few seconds, for other
servers and for after a restart, and contain no API keys.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import streamlit as st
from anyio import to_thread

from components.library.errors import LibraryUnavailable
from components.library.team.drafts import keep_draft, stored_draft
from components.ui.base.deferred import defer, peek, perform_deferred
from components.ui.process.workbench import workbench
from components.ui.session.drafts.draft_json import from_json, to_json
from components.ui.session.drafts.typed_texts import TextHomes, lay_over
from components.ui.session.owner import person
from components.ui.session.state import (
    STATE_PREFIX,
    HoldsInputs,
    all_states,
    draft_of,
    is_untouched,
    page_state,
    refill,
    restore_draft,
)

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
# Seconds after lost drafts were restored in which the browser may still report its fields as they were before.
SETTLE_SECONDS = 10.0
# Seconds between writes of what has changed.
WRITE_SECONDS = 2.0

log = logging.getLogger(__name__)


@dataclass
class RestoreState:
    """The token of this session, and that of the tab's former session once its drafts were restored here.

    Until `settled`, a moment of `time.monotonic()`, fields that become empty are filled again from `drafts`.
    """

    token: str = field(default_factory=lambda: secrets.token_hex(16))
    restored: str = ""
    settled: float = 0.0
    drafts: Mapping[str, Any] = field(default_factory=dict)


class Drafts:
    """The drafts of sessions by token: the newest `most` of them, each for `seconds` after its last use."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS) -> None:
        self._most, self._seconds = most, seconds
        self._kept: OrderedDict[str, tuple[float, str, Mapping[str, Any]]] = OrderedDict()
        self._changed: set[str] = set()
        self._lock = threading.Lock()

    def note(self, token: str, state: Mapping[Any, Any], owner: str = "", now: float | None = None) -> None:
        """Keep references to a session's drafts; later changes of them are seen here too.

        `owner` is the id of a person who signed in: nobody else takes the draft.
        """
        moment = time.monotonic() if now is None else now
        held = {key: state[key] for key in KEPT if key in state}
        held |= {key: draft for key, one in all_states(state).items() if (draft := draft_of(one)) is not None}
        with self._lock:
            self._kept[token] = (moment, owner, held)
            self._kept.move_to_end(token)
            self._changed.add(token)
            while len(self._kept) > self._most or next(iter(self._kept.values()))[0] < moment - self._seconds:
                self._kept.popitem(last=False)

    def take(self, token: str, owner: str = "") -> dict[str, Any]:
        """Return a copy of the drafts of a token; empty if it is unknown or another person's."""
        with self._lock:
            _, whose, held = self._kept.get(token, (0.0, owner, {}))
            return copy.deepcopy(dict(held)) if whose == owner else {}

    def changed(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Return token, owner and drafts of the sessions that were noted since the last call."""
        with self._lock:
            tokens, self._changed = self._changed, set()
            return [(token, *self._kept[token][1:]) for token in tokens if token in self._kept]

    def change(self, token: str) -> None:
        """Count a token's drafts as changed."""
        with self._lock:
            self._changed.add(token)


class DraftWriter:
    """Writes drafts to the library once they differ from what was written."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts
        self._written: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def flush(self) -> None:
        """Write what has changed since the last time; what cannot be written now is tried again."""
        with self._lock:
            for token, owner, held in self._drafts.changed():
                try:
                    self._write(token, owner, held)
                except (LibraryUnavailable, RuntimeError):  # RuntimeError: a page changes it at this moment
                    self._drafts.change(token)

    def _write(self, token: str, owner: str, held: Mapping[str, Any]) -> None:
        used = {key: one for key, one in held.items() if one and not (key in all_states(held) and is_untouched(one))}
        content = to_json(used)
        if self._written.get(token, hash("{}")) == hash(content):
            return
        keep_draft(workbench().full_library, token, owner, tuple(_held_inputs(held)), content)
        self._written[token] = hash(content)
        while len(self._written) > MOST:
            self._written.popitem(last=False)

    async def watch(self) -> None:
        """Write every few seconds until cancelled."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            try:
                await to_thread.run_sync(self.flush)
            except Exception:
                log.exception("Could not write drafts")


_drafts = Drafts()
draft_writer = DraftWriter(_drafts)


def draft_data(homes: TextHomes) -> dict[str, Any]:
    """Return what the tab remembers of this session (see restore.js); call it in each rerun, before the fields.

    `homes` are the text fields of the page whose texts belong to drafts.
    """
    state = page_state(RestoreState)
    if time.monotonic() < state.settled:
        for key, draft in state.drafts.items():
            refill(st.session_state.get(key), draft)
    return {"token": state.token, "restored": state.restored, "whose": _signed_in(), "fields": list(homes)}


def former_token_callback(key: str, homes: TextHomes) -> Callable[[], None]:
    """Return what restores the former session's drafts when the component with this key reports its token."""
    state = page_state(RestoreState)

    def take_former_token() -> None:
        # The browser says it while it sends much else: nothing here may be interrupted.
        asked = (peek(key) or {}).get("before")
        if isinstance(asked, Mapping):
            _ask(state, asked, homes, is_lost=asked.get("isLost") is True)

    return take_former_token


def take_former(reported: object, homes: TextHomes) -> None:
    """Restore the drafts of a lost session, and rerun with them.

    The first request after a lost session reports which draft belongs to the page. No page is drawn without it: the
    browser would take the empty fields for the newest.
    """
    if isinstance(reported, Mapping) and _ask(page_state(RestoreState), reported, homes, is_lost=True):
        perform_deferred()
        st.rerun()


def note_report() -> None:
    """Do nothing: the rerun itself reads what is reported, or compares the fields, see `draft_data`."""


def _ask(state: RestoreState, asked: Mapping[str, Any], homes: TextHomes, *, is_lost: bool) -> bool:
    """Queue the restoring of the drafts that the browser asks for; return whether they are to be restored."""
    token = str(asked.get("token") or "")
    if token in {"", state.token, state.restored}:
        return False
    defer(_restore, token, is_lost=is_lost, typed=asked.get("typed"), homes=homes)
    return True


def _own_texts(typed: object) -> object:
    """Return the texts that the browser sends, None if somebody else typed them before this person signed in."""
    return typed.get("texts") if isinstance(typed, Mapping) and typed.get("whose") == _signed_in() else None


def _restore(token: str, *, is_lost: bool, typed: object = None, homes: TextHomes = MappingProxyType({})) -> None:
    """Put the drafts of a session into this one, and lay over them the texts that the tab's page had in its fields.

    After a reload the new session's own values stay. Where the server gave up the session of an open page, or died with
    it, they are replaced: the browser still reports its widgets' values from before, or the empty ones that it was sent
    since, as if the person had just entered them.

    The browser forgets the token once it is among what was restored here, and asks for this session's from then on. So
    the drafts are kept under that one already, however early this run ends. What was restored is noted even if the
    drafts could not be read: otherwise the next session would take them in place of what the person has entered since.
    """
    state, texts = page_state(RestoreState), _own_texts(typed)
    try:
        drafts = _drafts.take(token, _signed_in()) or _stored(token)
        if is_lost:
            lay_over(drafts, texts, homes)
            # What the browser sent before it heard of the restored values comes after them, as if just entered.
            state.drafts, state.settled = copy.deepcopy(drafts), time.monotonic() + SETTLE_SECONDS
        _put_back(drafts, is_lost=is_lost)
        if not is_lost:
            lay_over(st.session_state, texts, homes)
        note_draft()
    finally:
        state.restored = token


def _put_back(drafts: Mapping[str, Any], *, is_lost: bool) -> None:
    for key, value in drafts.items():
        if is_lost:
            st.session_state[key] = value
        elif key.startswith(STATE_PREFIX):
            restore_draft(st.session_state.setdefault(key, type(value)()), value)
        elif not st.session_state.get(key):  # the new session's own value stays
            st.session_state[key] = value


def _stored(token: str) -> dict[str, Any]:
    """Return the drafts of a session of another process, or of the time before a restart."""
    if not token:
        return {}
    try:
        content = stored_draft(workbench().full_library, token, _signed_in())
    except LibraryUnavailable:
        return {}
    return from_json(content) if content else {}


def _signed_in() -> str:
    who = person()
    return who.id if who.is_verified else ""


def note_draft() -> None:
    """Keep the session's drafts, and their input images in the library; call it at the end of each rerun."""
    session = st.session_state.to_dict()
    workbench().library.files.hold(_held_inputs(session))
    _drafts.note(page_state(RestoreState).token, session, _signed_in())


def mark_draft() -> None:
    """Let the session's drafts be written again; call it at the end of a fragment that changes them."""
    _drafts.change(page_state(RestoreState).token)


def _held_inputs(session: Mapping[Any, Any]) -> Iterator[str]:
    """Yield the SHA-256 of each file that a page refers to and no run has yet."""
    for state in all_states(session).values():
        if isinstance(state, HoldsInputs):
            yield from state.held_inputs()

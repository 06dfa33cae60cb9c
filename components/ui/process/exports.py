"""Addresses at which a session's selections are downloaded as ZIP files.

An address is random, works only in the browser of the session that made it, and ends with that session, whose state
holds the only lasting reference to the selection in this process. Where several servers share a library, on PostgreSQL,
the others find a session's newest selections among the library's drafts. This server removes them within a minute of
the session's end; if it dies before, the retention of drafts does.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections import OrderedDict, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any
from weakref import WeakValueDictionary, finalize

import streamlit as st
from anyio import to_thread

from components.library import LibraryUnavailable
from components.library.db.dialects import is_postgresql
from components.library.queries.pages import Filter
from components.library.team.drafts import keep_draft, remove_drafts_of, stored_draft
from components.ui.access.base_path import app_address
from components.ui.access.browser_cookie import browser_of
from components.ui.process.workbench import workbench

Selection = tuple[tuple[str, ...], tuple[str, ...]]  # ids of outputs, and of whole runs

KEPT = 500  # selections of one session; the one not shown for longest goes first
SHARED = 20  # of these, those that other servers know too
MOST_BYTES = 500_000  # of a selection that they know, as JSON: about 13,000 images
REMOVED_AT_ONCE = 500  # selections of ended sessions, in one transaction
REMOVE_SECONDS = 60.0
_STATE, _SHARED = "exports", "exports.shared"

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Export:
    """The selection behind an address, and the browser that may download it."""

    token: str
    browser: str
    chosen: Selection | Filter


_exports: WeakValueDictionary[str, Export] = WeakValueDictionary()
# Tokens of stored selections that are to be removed. A session ends in any thread, where the library must not be used.
_ended: deque[str] = deque()


def export_address(chosen: Selection | Filter) -> str:
    """Return the address of a ZIP of these outputs and runs, or of all that match; it is made while it is sent.

    The same selection keeps its address for the life of the session.
    """
    exports: OrderedDict[Selection | Filter, Export] = st.session_state.setdefault(_STATE, OrderedDict())
    export = exports.get(chosen)
    if export is None:
        export = Export(secrets.token_urlsafe(24), browser_of(st.context.cookies), chosen)
        exports[chosen] = _exports[export.token] = export
    exports.move_to_end(chosen)
    while len(exports) > KEPT:
        exports.popitem(last=False)
    if is_postgresql(workbench().full_library.engine):
        _share(export)
    return app_address(f"/exports/{export.token}.zip")


def find_export(token: str, cookies: Mapping[str, str]) -> Selection | Filter | None:
    """Return the selection behind an address; None if it is unknown, expired, or another browser's.

    Raise LibraryUnavailable.
    """
    export = _exports.get(token)
    if export is None:
        return _found_at_others(token, browser_of(cookies))
    if not secrets.compare_digest(export.browser, browser_of(cookies)):
        return None
    return export.chosen


def _share(export: Export) -> None:
    """Let other servers know a selection, instead of the one that this session has not shown for longest."""
    shared: OrderedDict[str, None] = st.session_state.setdefault(_SHARED, OrderedDict())
    if export.token in shared:
        shared.move_to_end(export.token)
        return
    with suppress(LibraryUnavailable):  # this server has it, and the next run of the session's script tries again
        _keep_for_others(export)
        shared[export.token] = None
        if oldest := list(shared)[:-SHARED]:
            remove_drafts_of(workbench().full_library, [_name(token) for token in oldest])
            for token in oldest:
                del shared[token]


def remove_ended() -> None:
    """Remove the stored selections of sessions that have ended; thread-safe. Raise LibraryUnavailable.

    What could not be removed is removed by a later call.
    """
    while tokens := _taken():
        try:
            remove_drafts_of(workbench().full_library, [_name(token) for token in tokens])
        except LibraryUnavailable:
            _ended.extend(tokens)
            raise


def _taken() -> list[str]:
    tokens: list[str] = []
    with suppress(IndexError):  # not asked before: another thread may take the last one
        while len(tokens) < REMOVED_AT_ONCE:
            tokens.append(_ended.popleft())
    return tokens


async def watch_ended() -> None:
    """Remove the stored selections of ended sessions every minute, until cancelled."""
    while True:
        await asyncio.sleep(REMOVE_SECONDS)
        try:
            await to_thread.run_sync(remove_ended)
        except LibraryUnavailable as problem:
            log.warning("The selections of ended sessions are removed later: %s", problem)
        except Exception:
            log.exception("Could not remove the selections of ended sessions")


def _keep_for_others(export: Export) -> None:
    """Store a selection with the process that has its session, which alone knows when that ends."""
    chosen = export.chosen
    found: dict[str, Any] = {"filter": asdict(chosen)} if isinstance(chosen, Filter) else {"ids": chosen}
    library = workbench().full_library
    content = json.dumps({"process": library.process_lock.process, **found})
    if len(content) <= MOST_BYTES:
        keep_draft(library, _name(export.token), export.browser, (), content)
        finalize(export, _ended.append, export.token).atexit = False


def _found_at_others(token: str, browser: str) -> Selection | Filter | None:
    library = workbench().full_library
    content = stored_draft(library, _name(token), browser)
    if content is None:
        return None
    found: dict[str, Any] = json.loads(content)
    if found["process"] == library.process_lock.process:
        return None  # its session has ended here
    if "filter" in found:
        lists = {name: tuple(value) for name, value in found["filter"].items() if isinstance(value, list)}
        return Filter(**{**found["filter"], **lists})
    outputs, runs = found["ids"]
    return tuple(outputs), tuple(runs)


def _name(token: str) -> str:
    return f"export {token}"

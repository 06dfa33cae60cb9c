"""Addresses at which a session's selections are downloaded as ZIP files.

An address is random, works only in the browser of the session that made it, and ends with that session, whose state
holds the only lasting reference to the selection in this process. Other servers find it among the library's drafts, as
long as those are kept.
"""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any
from weakref import WeakValueDictionary

import streamlit as st

from components.library import LibraryUnavailable
from components.library.queries.pages import Filter
from components.library.team.drafts import keep_draft, stored_draft
from components.ui.access.base_path import app_address
from components.ui.access.browser_cookie import browser_of
from components.ui.process.workbench import workbench

Selection = tuple[tuple[str, ...], tuple[str, ...]]  # ids of outputs, and of whole runs

KEPT = 500  # selections of one session; the one not shown for longest goes first
_STATE = "exports"


@dataclass(frozen=True, eq=False)
class Export:
    """The selection behind an address, and the browser that may download it."""

    token: str
    browser: str
    chosen: Selection | Filter


_exports: WeakValueDictionary[str, Export] = WeakValueDictionary()


def export_address(chosen: Selection | Filter) -> str:
    """Return the address of a ZIP of these outputs and runs, or of all that match; it is made while it is sent.

    The same selection has the same address as long as the session lives.
    """
    exports: OrderedDict[Selection | Filter, Export] = st.session_state.setdefault(_STATE, OrderedDict())
    export = exports.get(chosen)
    if export is None:
        export = Export(secrets.token_urlsafe(24), browser_of(st.context.cookies), chosen)
        exports[chosen] = _exports[export.token] = export
        _keep_for_others(export)
    exports.move_to_end(chosen)
    while len(exports) > KEPT:
        exports.popitem(last=False)
    return app_address(f"/exports/{export.token}.zip")


def find_export(token: str, cookies: Mapping[str, str]) -> Selection | Filter | None:
    """Return the selection behind an address; None if it is unknown, expired, or another browser's.

    Raises LibraryUnavailable.
    """
    export = _exports.get(token)
    if export is None:
        return _found_at_others(token, browser_of(cookies))
    if not secrets.compare_digest(export.browser, browser_of(cookies)):
        return None
    return export.chosen


def _keep_for_others(export: Export) -> None:
    """Store a selection with the process that has its session, which alone knows when that ends."""
    chosen = export.chosen
    found: dict[str, Any] = {"filter": asdict(chosen)} if isinstance(chosen, Filter) else {"ids": chosen}
    library = workbench().full_library
    content = json.dumps({"process": library.process_lock.process, **found})
    with suppress(LibraryUnavailable):  # this server has it
        keep_draft(library, _name(export.token), export.browser, (), content)


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

"""Addresses at which a session's selections are downloaded as ZIP files.

An address is random, works only in the browser of the session that made it, and ends with that session, whose state
holds the only lasting reference to the selection.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakValueDictionary

import streamlit as st

from components.library.queries.pages import Filter
from components.ui.access.base_path import app_address
from components.ui.access.browser_cookie import browser_of

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
    exports.move_to_end(chosen)
    while len(exports) > KEPT:
        exports.popitem(last=False)
    return app_address(f"/exports/{export.token}.zip")


def find_export(token: str, cookies: Mapping[str, str]) -> Selection | Filter | None:
    """Return the selection behind an address; None if it is unknown, expired, or another browser's."""
    export = _exports.get(token)
    if export is None or not secrets.compare_digest(export.browser, browser_of(cookies)):
        return None
    return export.chosen

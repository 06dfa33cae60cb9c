"""Who votes: the name that a person gave, else their browser."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import unquote

import streamlit as st

from components.ui.access.browser_cookie import browser_of
from components.ui.access.identity import NAME_COOKIE, clean_name
from components.ui.session.owner import owner
from components.ui.session.state import page_state

NAMELESS = "browser "


@dataclass
class VoterState:
    """Stands for a person without a name whose browser keeps no cookies."""

    token: str = field(default_factory=lambda: secrets.token_hex(8))


def voter() -> tuple[str, ...]:
    """Return the names that the person at this browser votes under; the first is for new votes."""
    return _voter(owner(), browser_of(st.context.cookies) or page_state(VoterState).token)


def voter_of(cookies: Mapping[str, str]) -> tuple[str, ...]:
    """Return the same for a request outside Streamlit; empty for one without the app's cookies."""
    return _voter(clean_name(unquote(cookies.get(NAME_COOKIE, ""))), browser_of(cookies))


def _voter(name: str, browser: str) -> tuple[str, ...]:
    # The cookie is a secret of the browser, so the library gets only its hash.
    nameless = f"{NAMELESS}{sha256(browser.encode()).hexdigest()[:16]}" if browser else ""
    return tuple(one for one in (name, nameless) if one)

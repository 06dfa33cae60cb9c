"""Who votes: the person who signed in, else the name that a person gave, else their browser."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hashlib import sha256

import streamlit as st
from starlette.requests import HTTPConnection

from components.team.people import Person
from components.ui.access.browser_cookie import browser_of
from components.ui.access.identity import person_of
from components.ui.session.owner import person
from components.ui.session.state import page_state

NAMELESS = "browser "


@dataclass
class VoterState:
    """Stands for a person without a name whose browser keeps no cookies."""

    token: str = field(default_factory=lambda: secrets.token_hex(8))


def voter() -> tuple[str, ...]:
    """Return the names that the person at this browser votes under; the first is for new votes."""
    return _voter(person(), browser_of(st.context.cookies) or page_state(VoterState).token)


def voter_of(connection: HTTPConnection) -> tuple[str, ...]:
    """Return the same for a request outside Streamlit; empty for one without the app's cookies."""
    return _voter(person_of(connection), browser_of(connection.cookies))


def _voter(person: Person, browser: str) -> tuple[str, ...]:
    if person.is_verified:
        return (person.id,)  # someone else may have used this browser before
    # The cookie is a secret of the browser, so the library gets only its hash.
    nameless = f"{NAMELESS}{sha256(browser.encode()).hexdigest()[:16]}" if browser else ""
    return tuple(one for one in (person.id, nameless) if one)

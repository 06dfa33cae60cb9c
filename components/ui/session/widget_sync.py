"""What the program puts into a widget, and how that survives a browser that is a moment behind.

Streamlit tells the browser of a value that the program set with one drawing alone. Where the next drawing overtakes
that one, the browser never hears of it; and what the browser asks for at that same moment still tells the value
from before, as if a person had chosen it just then.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from components.ui.session.state import page_state

T = TypeVar("T")

# Seconds within which a browser may still tell of the value from before: on a phone's network what it hears and what
# it tells take half a second each. Nobody sees what was filled in and chooses what it was before so quickly.
BEHIND = 2.0


@dataclass
class SeedState:
    """By widget key: what the widget held before it was seeded, and when, by the monotonic clock in seconds."""

    before: dict[str, tuple[Any, float]] = field(default_factory=dict)


def seed(key: str, value: T, now: float | None = None) -> T:
    """Let the widget of this key hold a value, and give it, so that it can be the widget's own default too."""
    if key not in st.session_state:
        st.session_state[key] = value
    elif (before := st.session_state[key]) != value:
        moment = time.monotonic() if now is None else now
        page_state(SeedState).before[key] = (before, moment)
        st.session_state[key] = value
    return value


def is_behind(key: str, now: float | None = None) -> bool:
    """Whether the widget of this key holds what it held before it was seeded a moment ago."""
    before, at = page_state(SeedState).before.get(key, (None, None))
    if at is None:
        return False
    moment = time.monotonic() if now is None else now
    return moment - at < BEHIND and bool(st.session_state.get(key) == before)


def held(key: str, start: T) -> T:
    """What the widget of this key holds, to be its own default too; before it is drawn first, `start`."""
    value: T = st.session_state.get(key, start)
    return value

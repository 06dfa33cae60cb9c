"""What the program puts into a widget, and how that survives a browser that is a moment behind.

Streamlit tells the browser of a value that the program set with one drawing alone. Where the next drawing overtakes
that one, the browser never hears of it; and what the browser asks for at that same moment still tells the value
from before, as if a person had chosen it just then.
"""

from __future__ import annotations

import time
from typing import TypeVar

import streamlit as st

T = TypeVar("T")

_SEEDED = "seeded"
# Seconds within which a browser may still tell of the value from before: on a phone's network what it hears and what
# it tells take half a second each. Nobody sees what was filled in and chooses what it was before so quickly.
BEHIND = 2.0


def seed(key: str, value: T, now: float | None = None) -> T:
    """Let the widget of this key hold a value, and give it, so that it can be the widget's own default too."""
    if key not in st.session_state:
        st.session_state[key] = value
    elif (before := st.session_state[key]) != value:
        moment = time.monotonic() if now is None else now
        st.session_state.setdefault(_SEEDED, {})[key] = (before, moment)
        st.session_state[key] = value
    return value


def is_behind(key: str, now: float | None = None) -> bool:
    """Whether the widget of this key holds what it held before it was seeded a moment ago."""
    before, at = st.session_state.get(_SEEDED, {}).get(key, (None, None))
    if at is None:
        return False
    moment = time.monotonic() if now is None else now
    return moment - at < BEHIND and bool(st.session_state.get(key) == before)


def held(key: str, start: T) -> T:
    """What the widget of this key holds, to be its own default too; before it is drawn first, `start`."""
    value: T = st.session_state.get(key, start)
    return value

"""Set widgets from code so that the value survives a browser that is a moment behind.

Streamlit sends a value that code set with one rerun only. If the next rerun replaces that one, the browser never
receives it; and a request that the browser sends meanwhile still reports the old value, as if a person had just
chosen it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from components.ui.session.state import page_state

T = TypeVar("T")

# Seconds within which a browser may still report the old value: on a phone's network each direction takes half a
# second. A person does not see the new value and choose the old one again so quickly.
BEHIND = 2.0


@dataclass
class SeedState:
    """By widget key: the value from before it was seeded, and when that was, in seconds of the monotonic clock."""

    before: dict[str, tuple[Any, float]] = field(default_factory=dict)


def seed(key: str, value: T, now: float | None = None) -> T:
    """Set the widget of this key to a value; return the value, to be passed as the widget's default too."""
    if key not in st.session_state:
        st.session_state[key] = value
    elif (before := st.session_state[key]) != value:
        moment = time.monotonic() if now is None else now
        page_state(SeedState).before[key] = (before, moment)
        st.session_state[key] = value
    return value


def is_behind(key: str, now: float | None = None) -> bool:
    """Return whether the widget still holds the value from before it was seeded a moment ago."""
    before, at = page_state(SeedState).before.get(key, (None, None))
    if at is None:
        return False
    moment = time.monotonic() if now is None else now
    return moment - at < BEHIND and bool(st.session_state.get(key) == before)


def held(key: str, start: T) -> T:
    """Return the value of a widget, to be passed as its default too; `start` before it was drawn."""
    value: T = st.session_state.get(key, start)
    return value

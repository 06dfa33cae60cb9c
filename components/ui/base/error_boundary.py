"""A library that cannot be read or written now: the page says so in words, and goes on with what it can."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from components.library import LibraryUnavailable
from components.ui.base.deferred import defer, deferred
from components.ui.base.markdown_text import escape

P = ParamSpec("P")


def guarded(action: Callable[P, object]) -> Callable[P, None]:
    """Return the action with a toast in place of the exception where the library does not take it."""

    @wraps(action)
    def guard(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            action(*args, **kwargs)
        except LibraryUnavailable as problem:
            # A toast is in view wherever on a long page it was done, and this one stays until it has been read.
            text = escape(f"What you just did was not kept. {problem}")
            defer(st.toast, text, icon=":material/error:", duration="infinite")

    return guard


def telling(action: Callable[P, object]) -> Callable[P, None]:
    """Return a widget's callback that queues the action, guarded."""
    return deferred(guarded(action))


def draw_guarded(*parts: Callable[[], object]) -> None:
    """Draw a page, part after part. Where the library cannot be read, say so in its place, with a way to try again."""
    try:
        for draw in parts:
            draw()
    except LibraryUnavailable as problem:
        tell(problem)


def tell(problem: Exception) -> bool:
    """Say what stands in the way of drawing; gives False for anything else than the library, and draws nothing then.

    The app takes it for what is raised where no page is drawn as a whole: in fragments and callbacks.
    """
    if not isinstance(problem, LibraryUnavailable):
        return False
    with st.container(border=True, key="unavailable"):
        st.markdown(":red[:material/error:] **The library cannot be used now**")
        st.markdown(escape(str(problem)))
        st.caption("What was made is not touched by this, and runs that are under way go on.")
        st.button("Try again", icon=":material/refresh:", key="unavailable.again")
    return True

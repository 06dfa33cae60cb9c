"""Report a library that cannot be read or written, and keep the rest of the page working."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from components.library import LibraryUnavailable, NotAllowed
from components.ui.base.deferred import defer, deferred
from components.ui.base.formatting.markdown_text import escape

P = ParamSpec("P")


def guarded(action: Callable[P, object]) -> Callable[P, None]:
    """Return the action with a toast in place of the exception where the library does not take it."""

    @wraps(action)
    def guard(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            action(*args, **kwargs)
        except LibraryUnavailable as problem:
            # A toast is in view wherever on a long page it was done, and this one stays until it has been read.
            lost = "" if isinstance(problem, NotAllowed) else "What you just did was not kept. "
            text = escape(f"{lost}{problem}")
            defer(st.toast, text, icon=":material/error:", duration="infinite")

    return guard


def reports_unavailable(action: Callable[P, object]) -> Callable[P, None]:
    """Return a widget's callback that queues the action, guarded."""
    return deferred(guarded(action))


def draw_guarded(*parts: Callable[[], object]) -> None:
    """Draw the parts of a page in order; report an unavailable library with a way to try again."""
    try:
        for draw in parts:
            draw()
    except LibraryUnavailable as problem:
        draw_unavailable(problem)


def draw_unavailable(problem: Exception) -> bool:
    """Draw the report of an unavailable library. Return False, drawing nothing, for any other exception.

    The app uses it for exceptions in fragments and callbacks, where no whole page is drawn.
    """
    if not isinstance(problem, LibraryUnavailable):
        return False
    if isinstance(problem, NotAllowed):
        st.info(escape(str(problem)), icon=":material/visibility:")
        return True
    with st.container(border=True, key="unavailable"):
        st.markdown(":red[:material/error:] **The library cannot be used now**")
        st.markdown(escape(str(problem)))
        st.caption("Existing images are not affected, and current runs continue.")
        st.button("Try again", icon=":material/refresh:", key="unavailable.again")
    return True

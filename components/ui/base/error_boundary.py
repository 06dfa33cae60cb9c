"""Report a library that cannot be read or written, and keep the rest of the page working."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from components.library import LibraryUnavailable
from components.ui.base.markdown_text import escape

P = ParamSpec("P")

_MESSAGE = "unavailable.told"


def reports_unavailable(act: Callable[P, object]) -> Callable[P, None]:
    """Wrap a widget callback so that the page reports when the library did not accept the action."""

    @wraps(act)
    def callback(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            act(*args, **kwargs)
        except LibraryUnavailable as problem:
            st.session_state[_MESSAGE] = f"What you just did was not kept. {problem}"

    return callback


def draw_guarded(*parts: Callable[[], object]) -> None:
    """Draw the parts of a page in order; report an unavailable library with a way to try again."""
    if told := st.session_state.pop(_MESSAGE, None):
        # Wherever on a long page it was done, it is in view, and stays there until it has been read.
        st.toast(escape(told), icon=":material/error:", duration="infinite")
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
    with st.container(border=True, key="unavailable"):
        st.markdown(":red[:material/error:] **The library cannot be used now**")
        st.markdown(escape(str(problem)))
        st.caption("Existing images are not affected, and current runs continue.")
        st.button("Try again", icon=":material/refresh:", key="unavailable.again")
    return True

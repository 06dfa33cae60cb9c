"""A library that cannot be read or written now: the page says so in words, and goes on with what it can."""

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
    """A widget's callback that tells, when the page is drawn, that the library did not take what was done."""

    @wraps(act)
    def callback(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            act(*args, **kwargs)
        except LibraryUnavailable as problem:
            st.session_state[_MESSAGE] = f"What you just did was not kept. {problem}"

    return callback


def draw_guarded(*parts: Callable[[], object]) -> None:
    """Draw a page, part after part. Where the library cannot be read, say so in its place, with a way to try again."""
    if told := st.session_state.pop(_MESSAGE, None):
        # Wherever on a long page it was done, it is in view, and stays there until it has been read.
        st.toast(escape(told), icon=":material/error:", duration="infinite")
    try:
        for draw in parts:
            draw()
    except LibraryUnavailable as problem:
        draw_unavailable(problem)


def draw_unavailable(problem: Exception) -> bool:
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

"""Who makes the runs: a name that a person gives once and their browser remembers. It is no sign-in."""

from __future__ import annotations

from urllib.parse import quote, unquote

import streamlit as st

from components.ui.base.assets import asset
from components.ui.base.deferred import deferred
from components.ui.base.markdown_text import escape

COOKIE = "image_workbench_owner"
LONGEST = 60
OWNER = "owner"
_REMEMBER = "owner.remember"
_BEGUN = "owner.begun"

_COOKIE = st.components.v2.component("image_workbench_owner", html="<i hidden></i>", js=asset("session/owner.js"))


def clean(name: str) -> str:
    """A name as it is kept: one line of at most 60 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:LONGEST].strip()


def owner() -> str:
    """The name of the person at this browser, "" where none was given."""
    return str(st.session_state.get(OWNER, ""))


def begun_here() -> set[str]:
    """The ids of the runs that the person at this browser began in this session, to add to."""
    begun: set[str] = st.session_state.setdefault(_BEGUN, set())
    return begun


def is_mine(run_id: str, whose: str) -> bool:
    """Whether a run is of the person at this browser: it has their name, or was begun in this session.

    Runs without a name are not all of one person, so of those only the session's own count.
    """
    return bool(owner() and whose == owner()) or run_id in begun_here()


def prepare_owner() -> None:
    """Take the name that the browser remembers, once a session; let it remember a new one."""
    if OWNER not in st.session_state:
        st.session_state[OWNER] = clean(unquote(st.context.cookies.get(COOKIE, "")))
    if (name := st.session_state.get(_REMEMBER)) is not None:
        _COOKIE(key="owner.cookie", data={"cookie": COOKIE, "value": quote(name, safe="")})


def draw_owner(key: str) -> None:
    """A small button that tells whose runs these are, and takes the name."""
    field = f"{key}.name"
    with st.popover(
        f"As {escape(owner())}" if owner() else "Add your name", icon=":material/person:", type="tertiary", key=key
    ):
        if field not in st.session_state:
            st.session_state[field] = owner()
        st.text_input(
            "Your name",
            value=str(st.session_state[field]),
            key=field,
            max_chars=LONGEST,
            on_change=deferred(_given),
            args=(field,),
            help="Shown with your runs, so that the team sees whose they are. Your browser remembers it. It is no "
            "sign-in: nobody checks it.",
        )


def _given(field: str) -> None:
    name = clean(str(st.session_state.get(field) or ""))
    st.session_state[OWNER] = st.session_state[_REMEMBER] = st.session_state[field] = name

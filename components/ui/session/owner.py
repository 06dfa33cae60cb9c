"""The person at a page: who signed in or, without a sign-in, the name that the browser remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import streamlit as st

from components.library.team.audit import record
from components.team.people import Person, Role
from components.ui.access.base_path import app_address
from components.ui.access.identity import LONGEST_NAME, NAME_COOKIE, clean_name, named_person
from components.ui.access.sign_in.live_logins import live_logins
from components.ui.access.sign_in.login import carried_until
from components.ui.access.sign_in.policy import sign_in
from components.ui.base.assets import asset
from components.ui.base.deferred import deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.page_rights import signed_in_person
from components.ui.process.streamlit_runtime import session_id
from components.ui.process.workbench import workbench
from components.ui.session.state import DRAFT, page_state

_COOKIE = st.components.v2.component(NAME_COOKIE, html="<i hidden></i>", js=asset("session/owner.js"))
_LOGIN = st.components.v2.component("image_workbench_login", html="<i hidden></i>", js=asset("session/login.js"))
ROLES = {
    Role.VIEWER: "A viewer: you can see and download what belongs to the team or to you.",
    Role.MEMBER: "A member: you can run, and change what is yours.",
    Role.ADMIN: "An admin: you can also change what belongs to others and is not private.",
}

_CHECK = "/_stcore/health"  # answers only who is signed in


@dataclass
class OwnerState:
    """The person at this browser, and the ids of the runs and sheets that they began in this session.

    `name` is None until the browser was asked for it; `remembered` is what the browser is to remember from now on.
    """

    name: str | None = None
    remembered: str | None = None
    begun: set[str] = field(default_factory=set, metadata=DRAFT)


def person() -> Person:
    """Return the person at this page: who signed in, or the name that this browser remembers."""
    if (who := signed_in_person()) is not None:
        return who
    name = page_state(OwnerState).name or ""
    return Person(name, name)


def owner() -> str:
    """Return what the runs of the person at this browser store as their owner; "" for someone without a name."""
    return person().id


def note_action(action: str, target: str = "", detail: Mapping[str, Any] | None = None) -> None:
    """Record what the person at this browser has just done; see `record`."""
    record(workbench().full_library, person(), action, target, detail)


def begun_here() -> set[str]:
    """Return the set of ids of runs and sheets that this session started; add new ones to it."""
    return page_state(OwnerState).begun


def is_mine(begun_id: str, whose: str) -> bool:
    """Return whether a run or sheet belongs to this person: it has their name, or this session started it.

    Those without a name may be of several people, so the session's own are the only ones of them that count.
    """
    return bool(owner() and whose == owner()) or begun_id in begun_here()


def prepare_owner() -> None:
    """Take the name that the browser remembers, once a session; let it remember a new one.

    With a sign-in, note whose this session is instead.
    """
    if sign_in().is_on:
        if (session := session_id()) is not None:
            live_logins.note_session(session, owner())
        until = carried_until(st.context.headers)
        _LOGIN(key="owner.login", data={"until": until, "check": app_address(_CHECK)})
        return
    state = page_state(OwnerState)
    if state.name is None:
        state.name = named_person(st.context.cookies.get(NAME_COOKIE, "")).name
    if state.remembered is not None:
        remember_in_browser("owner.cookie", NAME_COOKIE, state.remembered)


def remember_in_browser(key: str, cookie: str, value: str) -> None:
    """Let the browser keep a value in a cookie for a year; "" removes it. Call it in each rerun from then on."""
    _COOKIE(key=key, data={"cookie": cookie, "value": quote(value, safe="")})


def draw_owner(key: str) -> None:
    """Draw a small button that shows the person's name and lets them change it, or sign out."""
    if sign_in().is_on:
        _draw_login(key)
        return
    name_key = f"{key}.name"
    label = f"As {escape(owner())}" if owner() else "Add your name"
    with st.popover(label, icon=":material/person:", type="tertiary", key=key, on_change="rerun") as panel:
        if not panel.open:
            return
        if name_key not in st.session_state:
            st.session_state[name_key] = owner()
        st.text_input(
            "Your name",
            value=str(st.session_state[name_key]),
            key=name_key,
            max_chars=LONGEST_NAME,
            on_change=deferred(_given),
            args=(name_key,),
            help="Shown with your runs, so that the team sees whose they are. Your browser remembers it. It is "
            "not a sign-in: nobody checks it.",
        )


def _draw_login(key: str) -> None:
    who, settings = person(), sign_in().settings
    with st.popover(escape(who.name), icon=":material/person:", type="tertiary", key=key, on_change="rerun") as panel:
        if not panel.open:
            return
        called = f"{escape(who.name)} ({escape(who.id)})" if who.name != who.id else escape(who.id)
        st.markdown(f"Signed in as **{called}**")
        st.caption(ROLES[who.role])
        if sign_in().is_oidc:
            st.button("Sign out", icon=":material/logout:", key=f"{key}.out", on_click=deferred(st.logout))
        elif settings.sign_out_url:
            st.link_button("Sign out", settings.sign_out_url, icon=":material/logout:")
        else:
            st.caption("You sign out where you signed in: at the reverse proxy of this app.")


def _given(key: str) -> None:
    name, state = clean_name(str(st.session_state.get(key) or "")), page_state(OwnerState)
    state.name = state.remembered = st.session_state[key] = name

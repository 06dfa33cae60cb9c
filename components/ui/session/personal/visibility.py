"""Whether runs are the team's or only their person's: the choice beside the button that runs, and the one afterwards.

It means something only with a sign-in. Without one everything is the team's, and nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import unquote

import streamlit as st

from components.library import NotAllowed
from components.library.records import Belonging
from components.library.team.audit import ids_detail
from components.library.team.privacy import set_private, set_sheet_private
from components.ui.base.deferred import deferred
from components.ui.base.error_boundary import reports_unavailable
from components.ui.process.page_rights import signed_in_person
from components.ui.process.workbench import workbench
from components.ui.session.owner import note_action, remember_in_browser
from components.ui.session.state import DRAFT, page_state

PRIVATE, TEAM = "private", "team"
COOKIE = "image_workbench_only_me"
_HELP = (
    "Nobody else sees it: not in lists, search or exports, nor by its link. Admins see what it cost. What you make "
    "from it is yours alone too."
)
_HELP_SHEET = f"{_HELP} Switched off, the team sees the sheet; its runs stay yours until you show them in the library."


@dataclass
class VisibilityState:
    """Whether what this person runs from now on is theirs alone; None for what the browser remembers, or the default.

    `chosen` is whether this session has chosen it, so that the browser is to remember it.
    """

    only_me: bool | None = field(default=None, metadata=DRAFT)
    chosen: bool = False


def is_choice() -> bool:
    """Return whether a person can keep something for themselves: they signed in, and may run."""
    who = signed_in_person()
    return who is not None and bool(who.id) and who.may_run


def wants_private() -> bool:
    """Return whether what the person runs now is to be theirs alone."""
    if not is_choice():
        return False
    chosen = page_state(VisibilityState).only_me
    if chosen is None:
        chosen = _remembered()
    return workbench().settings.default_visibility == PRIVATE if chosen is None else chosen


def prepare_visibility() -> None:
    """Let the browser remember the choice, which a link or a new tab would otherwise reset to the app's default."""
    state = page_state(VisibilityState)
    if state.chosen and state.only_me is not None and is_choice():
        remember_in_browser("only-me.cookie", COOKIE, f"{_whose()}.{PRIVATE if state.only_me else TEAM}")


def _remembered() -> bool | None:
    """Return what this person chose last in this browser; None for nothing, or if another person chose it."""
    whose, _, chosen = unquote(str(st.context.cookies.get(COOKIE, ""))).partition(".")
    return chosen == PRIVATE if whose == _whose() and chosen in {PRIVATE, TEAM} else None


def _whose() -> str:
    """Return what identifies this person in the browser's cookie, without their name."""
    who = signed_in_person()
    return sha256((who.id if who is not None else "").encode()).hexdigest()[:16]


@contextmanager
def beside_only_me(key: str) -> Iterator[None]:
    """Draw what is below the button that runs, with the switch to its right, so that both are in sight together."""
    if not is_choice():
        yield
        return
    with st.container(horizontal=True, gap="small", key=f"{key}.beside"):
        with st.container(gap="small", width="stretch"):
            yield
        # Always what a run would be: a draft brings the choice back after the switch was first drawn.
        st.session_state[key] = wants_private()
        st.toggle("Only me", key=key, on_change=deferred(_choose), args=(key,), help=f"For what you run next. {_HELP}")


def _choose(key: str) -> None:
    state = page_state(VisibilityState)
    state.only_me, state.chosen = bool(st.session_state.get(key)), True


def draw_run_visibility(run_id: str, whose: str, is_private: bool) -> None:
    """Draw the switch of a run that is there already; for its owner alone, since others see no private ones."""
    _draw_switch(f"only-me.{run_id}", whose, is_private, lambda chosen: make_private(chosen, run_ids=[run_id]))


def draw_sheet_visibility(sheet_id: str, whose: str, is_private: bool) -> None:
    """Draw the switch of a sheet, for its owner."""

    def change(chosen: bool) -> None:
        set_sheet_private(workbench().library, sheet_id, chosen)
        note_action("visibility.changed", sheet_id, {"private": chosen})

    _draw_switch(f"only-me.sheet.{sheet_id}", whose, is_private, change, _HELP_SHEET)


def _draw_switch(
    key: str, whose: str, is_private: bool, change: Callable[[bool], None], help_text: str = _HELP
) -> None:
    who = signed_in_person()
    if not is_choice() or who is None or who.id != whose:
        return
    st.session_state[key] = is_private  # as it is now: another tab may have changed it
    st.toggle("Only me", key=key, on_change=_changed, args=(key, change), help=help_text)


@reports_unavailable
def _changed(key: str, change: Callable[[bool], None]) -> None:
    change(bool(st.session_state.get(key)))


def why_not(kind: Belonging, ids: Sequence[str]) -> str:
    """Return why the person at this page may not change one of these, for a disabled button; "" if they may."""
    try:
        workbench().library.require_own(kind, ids)
    except NotAllowed as refusal:
        return str(refusal)
    return ""


def make_private(is_private: bool, *, run_ids: Sequence[str] = (), output_ids: Sequence[str] = ()) -> None:
    """Let only their owner see these runs and those of these outputs, or the team again; record it."""
    set_private(workbench().library, is_private, run_ids=run_ids, output_ids=output_ids)
    note_action("visibility.changed", detail=ids_detail([*run_ids, *output_ids], private=is_private))

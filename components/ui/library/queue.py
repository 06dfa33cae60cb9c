"""The queue: everyone's runs under way, with owner, progress and a Cancel button."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from components.parameters.prompts.clip import clip
from components.parameters.prompts.wording import run_title
from components.runs import RunView
from components.team.people import ONLY_OWNER
from components.ui.base.deferred import perform_deferred
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.request_summary import state_badge
from components.ui.library.page_state import LibraryState
from components.ui.process.page_rights import refuse_viewers
from components.ui.process.workbench import workbench
from components.ui.session.owner import is_mine, owner, person
from components.ui.session.state import page_state

MAX_CHARACTERS = 80
FEW = 3
LIST_HEIGHT_PX = 210
MOST = 30  # a batch may have hundreds, and the queue is redrawn every two seconds in every session


@st.fragment(run_every=2.0)
def draw_queue() -> None:
    """Draw the runs that have not ended, oldest first; nothing while nothing runs."""
    perform_deferred()
    views = workbench().runner.live_views()
    state, now = page_state(LibraryState), frozenset(view.id for view in views)
    ended, state.under_way = state.under_way - now, now
    if ended:
        st.rerun(scope="app")  # a run ended: the page around the queue must show its result
    if not views:
        return
    with st.container(border=True, key="queue"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="queue.head"):
            count = "1 run" if len(views) == 1 else f"{len(views)} runs"
            st.markdown(f"**Under way** :gray[{count}]", width="stretch")
            _draw_cancel_mine(views)
        # A long queue scrolls in its own container, so that the page below stays in reach.
        with st.container(height=LIST_HEIGHT_PX if len(views) > FEW else "content", border=False, key="queue.rows"):
            for view in views[:MOST]:
                _draw_row(view)
            if len(views) > MOST:
                st.caption(f"and {len(views) - MOST} more")


def _draw_cancel_mine(views: Sequence[RunView]) -> None:
    mine = [view.id for view in views if is_mine(view.id, view.owner)]
    if len(mine) > 1:
        st.button(
            f"Cancel all of mine ({len(mine)})",
            key="queue.mine",
            on_click=_cancel,
            args=(tuple(mine),),
            help="Results that have arrived are kept. Requests already sent may still be billed.",
        )


@reports_unavailable
def _cancel(run_ids: tuple[str, ...]) -> None:
    refuse_viewers()
    by = owner()
    for run_id in run_ids:
        workbench().runner.cancel(run_id, by=by)


def progress_text(view: RunView, now: float) -> str:
    """Return how long a run has taken and how far it is, or why it waits."""
    since = max(0.0, now - (view.started or view.created))
    if view.retry:
        what = f"{view.retry.reason} Trying again in {max(0, view.retry.until - now):.0f} s"
    elif view.waiting:
        what = view.waiting
    else:
        what = f"{len(view.images)} of {view.n}" if view.n > 1 and view.state == "running" else ""
    return f"{since:.0f} s · {what}" if what else f"{since:.0f} s"


def _draw_row(view: RunView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"under-way-{view.id}"):
        whose = escape(view.owner) if view.owner else "no name"
        title = clip(run_title(view.prompt, view.extra), MAX_CHARACTERS) or view.model
        progress = escape(progress_text(view, time.time()))
        # One text, so that a run takes as few lines as possible on a phone.
        st.markdown(
            f"{state_badge(view)} {escape(title)}  \n:gray[{whose} · {escape(view.connection_name)} · {progress}]",
            width="stretch",
        )
        if person().may_run:
            is_own = person().may_change(view.owner)
            st.button(
                "Cancel",
                key=f"stop.{view.id}",
                on_click=_cancel,
                args=((view.id,),),
                disabled=not is_own,
                help=None if is_own else ONLY_OWNER,
            )

"""What is under way: the runs of everyone, whose they are, how far they are, and a way to stop them."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from components.runs import RunView
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.session.owner import is_mine, owner

LETTERS = 80
FEW = 3
FIELD_PX = 210
MOST = 30  # a batch may be of hundreds, and all of this is drawn every two seconds for everyone
_SEEN = "queue.seen"
STATES = {"queued": ":gray-badge[waiting]", "running": ":green-badge[running]"}


@st.fragment(run_every=2.0)
def draw_queue() -> None:
    """The runs that have not ended, oldest first, each with a button that stops it; nothing while nothing runs."""
    views = workbench().runner.live_views()
    before, now = st.session_state.get(_SEEN, frozenset()), frozenset(view.id for view in views)
    st.session_state[_SEEN] = now
    if before - now:
        st.rerun(scope="app")  # something ended: what is drawn around this shows it
    if not views:
        return
    with st.container(border=True, key="queue"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="queue.head"):
            count = "1 run" if len(views) == 1 else f"{len(views)} runs"
            st.markdown(f"**Under way** :gray[{count}]", width="stretch")
            _draw_cancel_mine(views)
        # More than a few scroll in a field of their own, so that the page below stays in reach.
        with st.container(height=FIELD_PX if len(views) > FEW else "content", border=False, key="queue.rows"):
            for view in views[:MOST]:
                _draw_row(view)
            if len(views) > MOST:
                st.caption(f"and {len(views) - MOST} more, begun later")


def _draw_cancel_mine(views: Sequence[RunView]) -> None:
    mine = [view.id for view in views if is_mine(view.id, view.owner)]
    if len(mine) > 1:
        st.button(
            f"Cancel all of mine ({len(mine)})",
            key="queue.mine",
            on_click=_cancel,
            args=(tuple(mine),),
            help="What has arrived is kept; what was sent may still be billed.",
        )


@reports_unavailable
def _cancel(run_ids: tuple[str, ...]) -> None:
    by = owner()
    for run_id in run_ids:
        workbench().runner.cancel(run_id, by=by)


def progress_text(view: RunView, now: float) -> str:
    """How far a run is and for how long, with the reason where it waits."""
    since = max(0.0, now - (view.started or view.created))
    if view.retry:
        what = f"{view.retry.reason} Trying again in {max(0, view.retry.until - now):.0f} s"
    elif view.waiting:
        what = view.waiting
    else:
        what = f"{len(view.images)} of {view.n}" if view.n > 1 and view.state == "running" else ""
    return f"{since:.0f} s · {what}" if what else f"{since:.0f} s"


def _short(view: RunView) -> str:
    words = " ".join(view.prompt.split()) or view.model
    return words if len(words) <= LETTERS else f"{words[: LETTERS - 1].rstrip()}…"


def _draw_row(view: RunView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"under-way-{view.id}"):
        whose = escape(view.owner) if view.owner else "no name"
        told = escape(progress_text(view, time.time()))
        # One text, so that on a phone a run takes as few lines as it can.
        st.markdown(
            f"{STATES.get(view.state, view.state)} {escape(_short(view))}  \n"
            f":gray[{whose} · {escape(view.connection_name)} · {told}]",
            width="stretch",
        )
        st.button("Cancel", key=f"stop.{view.id}", on_click=_cancel, args=((view.id,),))

"""The Queue tab: who waits and runs, for what, and buttons that cancel."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

import streamlit as st

from components.parameters.prompts.clip import clip
from components.parameters.prompts.wording import run_title
from components.runs import RunView
from components.ui.admin.access import admins_only
from components.ui.base.deferred import perform_deferred
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.request_summary import state_badge
from components.ui.process.workbench import workbench
from components.ui.session.owner import owner

MOST = 30  # rows: the list is drawn again every few seconds
MOST_CHARACTERS = 70
EVERYBODY = "Everybody"


@st.fragment(run_every=3.0)
def draw_queue() -> None:
    """Draw the runs that have not ended, oldest first, those of one person or of all."""
    perform_deferred()
    views = workbench().queue()
    if not views:
        draw_empty_state("No runs are waiting or under way.", icon=":material/done_all:")
        return
    names = Counter(_name(view.owner) for view in views)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="admin.queue.head"):
        chosen = st.selectbox(
            "Whose",
            [EVERYBODY, *sorted(names)],
            key="admin.queue.whose",
            format_func=lambda name: f"{name} ({names[name] if name in names else len(views)})",
            width=260,
        )
        shown = [view for view in views if chosen not in names or _name(view.owner) == chosen]
        st.button(
            f"Cancel all {len(shown)}" if len(shown) > 1 else "Cancel it",
            key="admin.queue.all",
            on_click=admins_only(_cancel),
            args=(tuple(view.id for view in shown),),
            help="Results that have arrived are kept. Requests already sent may still be billed.",
        )
    running = sum(view.state == "running" for view in shown)
    st.caption(f"{running} running, {len(shown) - running} waiting. People take turns at each connection.")
    _draw_rows(shown)


def _draw_rows(views: Sequence[RunView]) -> None:
    with st.container(border=True, key="admin.queue.rows"):
        for view in views[:MOST]:
            _draw_row(view)
        if len(views) > MOST:
            st.caption(f"and {len(views) - MOST} more")


def _draw_row(view: RunView) -> None:
    title = clip(run_title(view.prompt, view.extra), MOST_CHARACTERS) or view.model
    since = max(0.0, time.time() - (view.started or view.created))
    parts = [_name(view.owner), view.connection_name, view.model, f"{since:.0f} s"]
    if view.waiting:
        parts.append(view.waiting)
    with st.container(
        horizontal=True, wrap=False, vertical_alignment="center", gap="small", key=f"admin-run-{view.id}"
    ):
        st.markdown(f"{state_badge(view)} {escape(title)}  \n:gray[{escape(' · '.join(parts))}]", width="stretch")
        st.button("Cancel", key=f"admin.stop.{view.id}", on_click=admins_only(_cancel), args=((view.id,),))


def _name(whose: str) -> str:
    return whose or "no name"


def _cancel(run_ids: tuple[str, ...]) -> None:
    by = owner()
    for run_id in run_ids:
        workbench().runner.cancel(run_id, by=by)

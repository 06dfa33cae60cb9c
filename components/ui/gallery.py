"""The library as a grid: what is asked for, page by page, newest first; what is under way, with a way to stop it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.library.paging import Filter, FoundRun, Place, page
from components.parameters import OPERATIONS
from components.ui.assets import asset
from components.ui.form import escape
from components.ui.run_json import thumbnail_address
from components.ui.workbench import workbench

_GALLERY = st.components.v2.component(
    "image_workbench_gallery",
    html='<div class="gallery"></div>',
    css=asset("gallery.css"),
    js=asset("gallery.js"),
)

AT_ONCE = 48
ANY = "any"
STATES: Mapping[str, tuple[str, ...]] = {
    ANY: (),
    "done": ("done",),
    "failed": ("failed", "interrupted"),
    "cancelled": ("cancelled",),
    "under way": ("queued", "running"),
}
DAYS: Mapping[str, int | None] = {ANY: None, "today": 1, "last 7 days": 7, "last 30 days": 30}
MASKS: Mapping[str, bool | None] = {ANY: None, "with a mask": True, "without a mask": False}
_PAGES = "library.pages"


def draw_filters() -> Filter:
    """Draw what can be asked for, and give it."""
    columns = st.columns([6, 3, 3, 3, 3], gap="small", vertical_alignment="bottom")
    keep: dict[str, Any] = {"persist_state": "session", "on_change": _start_over}
    words = columns[0].text_input(
        "Search", key="library.words", placeholder="words of prompts and answers", icon=":material/search:", **keep
    )
    labels = {ANY: ANY, **{name: operation.label for name, operation in OPERATIONS.items()}}
    operation = columns[1].selectbox(
        "Operation", list(labels), format_func=lambda name: labels.get(name, name), key="library.operation", **keep
    )
    state = columns[2].selectbox("State", list(STATES), key="library.state", **keep)
    days = columns[3].selectbox("When", list(DAYS), key="library.days", **keep)
    mask = columns[4].selectbox("Mask", list(MASKS), key="library.mask", **keep)
    since = DAYS.get(days)
    return Filter(
        words=words or "",
        operation=None if operation == ANY else operation,
        states=STATES.get(state, ()),
        since=None if since is None else time.time() - since * 86_400,
        has_mask=MASKS.get(mask),
    )


def _start_over() -> None:
    st.session_state[_PAGES] = 1


def draw_gallery(asked: Filter) -> None:
    """Draw the runs that fit; a click opens one on its own page."""
    found: list[FoundRun] = []
    after: Place | None = None
    wanted = int(st.session_state.setdefault(_PAGES, 1))
    for number in range(wanted):
        piece = page(workbench().library, asked, after=after, limit=AT_ONCE)
        found.extend(piece.runs)
        after = piece.after
        if after is None or number == wanted - 1:
            break
    if not found:
        anything = bool(workbench().library.recent(limit=1))
        st.info(
            "Nothing fits. Take a filter away, or search for fewer words."
            if anything
            else "Nothing was made yet. Every run will be here, from the moment it starts.",
            icon=":material/photo_library:",
        )
        return
    opened = _GALLERY(key="library.gallery", data={"items": [_item(one) for one in found]}, on_open_change=lambda: None)
    if event := opened.open:
        st.switch_page(f"../../pages/{event['operation']}.py", query_params={"run": str(event["run"])})
    if after is not None:
        st.button("Show more", key="library.more", on_click=_more, width="stretch")


def _more() -> None:
    st.session_state[_PAGES] = int(st.session_state.get(_PAGES, 1)) + 1


def _item(found: FoundRun) -> dict[str, Any]:
    run, outputs = found.run, found.outputs
    cover = outputs[0] if outputs else None
    today = time.strftime("%Y-%m-%d", time.localtime(run.created)) == time.strftime("%Y-%m-%d")
    when = time.strftime("%H:%M" if today else "%Y-%m-%d", time.localtime(run.created))
    facts = [when, run.model] if run.state == "done" else [run.state, when, run.model]
    return {
        "id": run.id,
        "operation": run.operation,
        "prompt": run.prompt[:200],
        "model": run.model,
        "state": run.state,
        "text": run.text[:240],
        "thumb": thumbnail_address(cover.sha256, cover.format) if cover else "",
        "more": str(len(outputs)) if len(outputs) > 1 else "",
        "facts": " · ".join(facts),
    }


@st.fragment(run_every=2.0)
def draw_under_way() -> None:
    """What everyone's runs are doing now, each with a button that stops it; nothing while nothing runs."""
    views = workbench().runner.live_views()
    if not views:
        return
    st.subheader("Under way")
    for view in views:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"under-way-{view.id}"):
            since = time.time() - (view.started or view.created)
            what = view.waiting or (f"{len(view.images)} of {view.n}" if view.n > 1 else view.state)
            st.markdown(
                f"**{escape(view.prompt[:80] or view.model)}** :gray[{escape(what)}, {since:.0f} s]", width="stretch"
            )
            st.button("Cancel", key=f"stop.{view.id}", on_click=workbench().runner.cancel, args=(view.id,))

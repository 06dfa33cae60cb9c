"""What can be asked of the gallery: words, filters and an order. All of it outlives a change of the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock
from typing import Any, cast

import streamlit as st

from components.library.annotations import collections
from components.library.queries.facets import choices
from components.library.queries.pages import Filter, Order
from components.parameters import OPERATIONS
from components.ui.base.deferred import deferred
from components.ui.base.markdown_text import escape
from components.ui.process.workbench import workbench

ANY = "any"
DAY = 86_400
BETWEEN = "between two days"
STATES: Mapping[str, tuple[str, ...]] = {
    ANY: (),
    "done": ("done",),
    "failed": ("failed", "interrupted"),
    "cancelled": ("cancelled",),
    "under way": ("queued", "running"),
}
DAYS: Mapping[str, int | None] = {ANY: None, "last 24 hours": 1, "last 7 days": 7, "last 30 days": 30, BETWEEN: None}
MASKS: Mapping[str, bool | None] = {ANY: None, "with a mask": True, "without a mask": False}
ORDERS: Mapping[str, Order] = {"Newest": "newest", "Highest cost": "cost", "Stars first": "stars"}

# What the popover holds, with its labels; Search, Operation, Sort and Starred stand beside it.
PANEL = {
    "state": "State",
    "days": "When",
    "model": "Model",
    "mask": "Mask",
    "owner": "Owner",
    "connection": "Connection",
    "size": "Size",
    "tag": "Tag",
    "collection": "Collection",
}
LEFT = 4  # of them in the left column
Offered = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class GalleryQuery:
    """What the gallery is asked for, and whether anything at all narrows it."""

    filter: Filter
    order: Order

    @property
    def is_narrow(self) -> bool:
        """Whether a filter or words are set."""
        return self.filter != Filter()


def _key(name: str) -> str:
    return f"library.{name}"


def _chosen(name: str, default: Any = ANY) -> Any:
    value = st.session_state.get(_key(name))
    return default if value is None else value


def draw_filters(changed: Callable[[], None]) -> GalleryQuery:
    """Draw them and give what they ask for; `changed` is called before the page is drawn anew."""
    keep: dict[str, Any] = {"persist_state": "session", "on_change": deferred(changed)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="library.filters"):
        st.text_input(
            "Search",
            value=str(_chosen("words", "")),
            key=_key("words"),
            placeholder="words of prompts, answers, titles, tags",
            icon=":material/search:",
            width="stretch",
            **keep,
        )
        named = {name: operation.label for name, operation in OPERATIONS.items()}
        _select("Operation", "operation", list(named), keep, named=named, width=130)
        _select("Sort", "sort", list(ORDERS), keep, default=None, width=130)
        # A closed panel's fields are not on the page, or they would bring back what was taken away beneath.
        with st.popover("Filters", icon=":material/tune:", key=_key("panel"), on_change="rerun") as panel:
            offered = _offered() if panel.open or _active() else {}
            _drop_gone(offered)
            if panel.open:
                _draw_panel(offered, keep)
        st.toggle("Starred", value=bool(_chosen("starred", False)), key=_key("starred"), **keep)
    _draw_active(offered, changed)
    return _asked()


def _active() -> list[str]:
    """The filters of the panel that narrow."""
    return [name for name in PANEL if _chosen(name) != ANY]


def _offered() -> Offered:
    """What each filter of the panel can be, and how that is shown."""
    library = workbench().library
    found = choices(library)
    return {
        "state": {name: name for name in STATES},
        "days": {name: name for name in DAYS},
        "model": {name: name for name in found.models},
        "mask": {name: name for name in MASKS},
        "owner": {name: name or "no name" for name in found.owners},
        "connection": dict(found.connections),
        "size": {size: size for size in (f"{width}x{height}" for width, height in found.sizes)},
        "tag": {name: name for name in found.tags},
        "collection": {one.id: f"{one.name} ({one.count})" for one in collections(library)},
    }


def _drop_gone(offered: Offered) -> None:
    """What was chosen may be gone since: a collection that somebody deleted."""
    for name in _active():
        if _chosen(name) not in offered[name]:
            st.session_state[_key(name)] = ANY


def _draw_panel(offered: Offered, keep: dict[str, Any]) -> None:
    left, right = st.columns(2, gap="small")
    for place, (name, label) in enumerate(PANEL.items()):
        with left if place < LEFT else right:
            options = [one for one in offered[name] if one != ANY]
            _select(label, name, options, keep, named=offered[name])
    if _chosen("days") == BETWEEN:
        # Over both columns: two dates have no room in one.
        st.date_input("Days", value=[], key=_key("between"), max_value=date.today(), **keep)


def _draw_active(offered: Offered, changed: Callable[[], None]) -> None:
    """What the panel narrows by, each to be taken away by a click."""
    active = _active()
    if not active:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=_key("active")):
        for name in active:
            told = offered[name].get(_chosen(name), "")
            if told == BETWEEN:
                told = " to ".join(str(day) for day in _chosen("between", ())) or BETWEEN
            st.button(
                escape(f"{PANEL[name]}: {told}"),
                icon=":material/close:",
                key=_key(f"without.{name}"),
                type="tertiary",
                on_click=deferred(_clear),
                args=((name,), changed),
                help="Take this filter away.",
            )
        st.button(
            "Clear filters", key=_key("clear"), type="tertiary", on_click=deferred(_clear), args=(tuple(PANEL), changed)
        )


def _select(
    label: str,
    name: str,
    options: Sequence[str],
    keep: dict[str, Any],
    *,
    default: str | None = ANY,
    named: Mapping[str, str] | None = None,
    width: int | str = "stretch",
) -> None:
    offered = [*([default] if default else []), *options]
    shown = named or {}
    st.selectbox(
        label,
        offered,
        index=offered.index(chosen) if (chosen := _chosen(name, offered[0])) in offered else 0,
        format_func=lambda one: shown.get(one, one),
        key=_key(name),
        width=cast(Any, width),
        **keep,
    )


def show_collection(collection_id: str) -> None:
    """Ask for one collection and nothing else."""
    for name in PANEL:
        st.session_state[_key(name)] = ANY
    st.session_state[_key("collection")] = collection_id
    st.session_state[_key("words")] = ""
    st.session_state[_key("operation")] = ANY
    st.session_state[_key("starred")] = False


def _clear(names: Sequence[str], changed: Callable[[], None]) -> None:
    for name in names:
        st.session_state[_key(name)] = ANY
    changed()


def _asked() -> GalleryQuery:
    def of(name: str) -> str | None:
        value = _chosen(name)
        return None if value == ANY else str(value)

    since, until = _span()
    width, _, height = (of("size") or "").partition("x")
    return GalleryQuery(
        Filter(
            words=str(_chosen("words", "")),
            operation=of("operation"),
            model=of("model"),
            owner=of("owner"),
            connection_id=of("connection"),
            states=STATES.get(_chosen("state"), ()),
            since=since,
            until=until,
            has_mask=MASKS.get(_chosen("mask")),
            size=(int(width), int(height)) if height else None,
            starred=True if st.session_state.get(_key("starred")) else None,
            tag=of("tag"),
            collection=of("collection"),
        ),
        ORDERS.get(_chosen("sort", "Newest"), "newest"),
    )


def _span() -> tuple[float | None, float | None]:
    """From when to when, in unix seconds; days are those of the server's clock."""
    chosen = _chosen("days")
    if chosen == BETWEEN:
        days = [datetime.combine(day, clock.min).timestamp() for day in _chosen("between", ())]
        return (days[0], days[-1] + DAY) if days else (None, None)
    count = DAYS.get(chosen)
    # To the minute, so that the same question gives the same page.
    return (None if count is None else time.time() // 60 * 60 - count * DAY), None

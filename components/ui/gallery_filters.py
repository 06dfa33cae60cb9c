"""What can be asked of the gallery: words, filters and an order. All of it outlives a change of the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock
from typing import Any, cast

import streamlit as st

from components.library.facets import Choices, choices
from components.library.keeping import collections
from components.library.paging import Filter, Order
from components.parameters import OPERATIONS
from components.ui.workbench import workbench

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
ORDERS: Mapping[str, Order] = {"Newest": "newest", "Dearest": "cost", "Stars first": "stars"}

# What the popover holds; Search, Operation, Sort and Starred stand beside it.
PANEL = ("state", "days", "model", "owner", "connection", "size", "tag", "collection", "mask")


@dataclass(frozen=True)
class Asked:
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


def draw_filters(changed: Callable[[], None]) -> Asked:
    """Draw them and give what they ask for; `changed` is called before the page is drawn anew."""
    library = workbench().library
    found = choices(library)
    keep: dict[str, Any] = {"persist_state": "session", "on_change": changed}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="library.filters"):
        st.text_input(
            "Search",
            key=_key("words"),
            placeholder="words of prompts, answers, titles, tags",
            icon=":material/search:",
            width="stretch",
            **keep,
        )
        named = {name: operation.label for name, operation in OPERATIONS.items()}
        _select("Operation", "operation", list(named), keep, named=named, width=130)
        _select("Sort", "sort", list(ORDERS), keep, default=None, width=130)
        active = sum(_chosen(name) != ANY for name in PANEL)
        label = f"Filters ({active})" if active else "Filters"
        with st.popover(label, icon=":material/tune:", key=_key("panel"), width="content"):
            _draw_panel(found, keep)
            st.button("Take all filters away", key=_key("clear"), on_click=_clear, args=(changed,), disabled=not active)
        st.toggle("Starred", key=_key("starred"), **keep)
    return _asked(found)


def _draw_panel(found: Choices, keep: dict[str, Any]) -> None:
    library = workbench().library
    left, right = st.columns(2, gap="small")
    with left:
        _select("State", "state", list(STATES)[1:], keep)
        _select("When", "days", list(DAYS)[1:], keep)
        if _chosen("days") == BETWEEN:
            st.date_input("Days", value=[], key=_key("between"), max_value=date.today(), **keep)
        _select("Model", "model", found.models, keep)
        _select("Mask", "mask", list(MASKS)[1:], keep)
    with right:
        nameless = {name: name or "no name" for name in found.owners}
        _select("Owner", "owner", list(nameless), keep, named=nameless)
        _select("Connection", "connection", [one[0] for one in found.connections], keep, named=dict(found.connections))
        _select("Size", "size", [f"{width}x{height}" for width, height in found.sizes], keep)
        _select("Tag", "tag", found.tags, keep)
        shelves = {one.id: f"{one.name} ({one.count})" for one in collections(library)}
        _select("Collection", "collection", list(shelves), keep, named=shelves)


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
    # What was chosen may be gone since: a collection that somebody deleted.
    if st.session_state.get(_key(name), offered[0]) not in offered:
        st.session_state[_key(name)] = offered[0]
    shown = named or {}
    st.selectbox(
        label, offered, format_func=lambda one: shown.get(one, one), key=_key(name), width=cast(Any, width), **keep
    )


def show_collection(collection_id: str) -> None:
    """Ask for one collection and nothing else."""
    for name in PANEL:
        st.session_state[_key(name)] = ANY
    st.session_state[_key("collection")] = collection_id
    st.session_state[_key("words")] = ""
    st.session_state[_key("operation")] = ANY
    st.session_state[_key("starred")] = False


def _clear(changed: Callable[[], None]) -> None:
    for name in PANEL:
        st.session_state[_key(name)] = ANY
    changed()


def _asked(found: Choices) -> Asked:
    def of(name: str) -> str | None:
        value = _chosen(name)
        return None if value == ANY else str(value)

    since, until = _span()
    sizes = {f"{width}x{height}": (width, height) for width, height in found.sizes}
    return Asked(
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
            size=sizes.get(_chosen("size")),
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

"""The gallery's search, filters and sort order. They survive a change of page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock
from typing import Any, cast

import streamlit as st

from components.images.ocr import is_installed
from components.library.annotations import HIGHEST_RATING, collections
from components.library.queries.facets import choices
from components.library.queries.pages import Filter, Order
from components.parameters import OPERATIONS
from components.ui.base.deferred import deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.library.page_state import filter_key
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
RATINGS: Mapping[str, int | None] = {
    ANY: None,
    **{f"{least} or more": least for least in range(1, HIGHEST_RATING)},
    str(HIGHEST_RATING): HIGHEST_RATING,
    "not rated": 0,
}
REJECTED: Mapping[str, bool | None] = {ANY: None, "not rejected": False, "only rejected": True}
ORDERS: Mapping[str, Order] = {"Newest": "newest", "Highest cost": "cost", "Stars first": "stars"}

# The popover's filters and their labels. Search, Operation, Sort and Starred are outside it.
PANEL = {
    "state": "State",
    "days": "When",
    "model": "Model",
    "mask": "Mask",
    "rating": "Rating",
    "rejected": "Rejected",
    "owner": "Owner",
    "connection": "Connection",
    "size": "Size",
    "tag": "Tag",
    "collection": "Collection",
}
LEFT = 6  # filters in the left column
Choices = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class GalleryQuery:
    """The gallery's filter and sort order."""

    filter: Filter
    order: Order

    @property
    def is_narrow(self) -> bool:
        """Return whether a filter or search words are set."""
        return self.filter != Filter()


def _chosen(name: str, default: Any = ANY) -> Any:
    value = st.session_state.get(filter_key(name))
    return default if value is None else value


def draw_filters(changed: Callable[[], None]) -> GalleryQuery:
    """Draw the filters and return their query; call `changed` when one changes, before the rerun."""
    keep: dict[str, Any] = {"persist_state": "session", "on_change": deferred(changed)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="library.filters"):
        st.text_input(
            "Search",
            value=str(_chosen("words", "")),
            key=filter_key("words"),
            placeholder=f"words of prompts, answers, titles, tags{', images' if is_installed() else ''}",
            icon=":material/search:",
            width="stretch",
            **keep,
        )
        named = {name: operation.label for name, operation in OPERATIONS.items()}
        _select("Operation", "operation", list(named), keep, named=named, width=130)
        _select("Sort", "sort", list(ORDERS), keep, default=None, width=130)
        # A closed panel draws no fields: they would restore a filter that was cleared below.
        with st.popover("Filters", icon=":material/tune:", key=filter_key("panel"), on_change="rerun") as panel:
            options = _choices() if panel.open or _active() else {}
            _drop_missing(options)
            if panel.open:
                _draw_panel(options, keep)
        st.toggle("Starred", value=bool(_chosen("starred", False)), key=filter_key("starred"), **keep)
    _draw_active(options, changed)
    return _read_query()


def _active() -> list[str]:
    """Return the panel's filters that are set."""
    return [name for name in PANEL if _chosen(name) != ANY]


def _choices() -> Choices:
    """Return each filter's options with their labels."""
    library = workbench().library
    found = choices(library)
    return {
        "state": {name: name for name in STATES},
        "days": {name: name for name in DAYS},
        "model": {name: name for name in found.models},
        "mask": {name: name for name in MASKS},
        "rating": {name: name for name in RATINGS},
        "rejected": {name: name for name in REJECTED},
        "owner": {name: name or "no name" for name in found.owners},
        "connection": dict(found.connections),
        "size": {size: size for size in (f"{width}x{height}" for width, height in found.sizes)},
        "tag": {name: name for name in found.tags},
        "collection": {one.id: f"{one.name} ({one.count})" for one in collections(library)},
    }


def _drop_missing(options: Choices) -> None:
    """Clear filters whose value no longer exists, such as a deleted collection."""
    for name in _active():
        if _chosen(name) not in options[name]:
            st.session_state[filter_key(name)] = ANY


def _draw_panel(choices_of: Choices, keep: dict[str, Any]) -> None:
    left, right = st.columns(2, gap="small")
    for place, (name, label) in enumerate(PANEL.items()):
        with left if place < LEFT else right:
            options = [one for one in choices_of[name] if one != ANY]
            _select(label, name, options, keep, named=choices_of[name])
    if _chosen("days") == BETWEEN:
        # Across both columns: two dates do not fit into one.
        st.date_input("Days", value=[], key=filter_key("between"), max_value=date.today(), **keep)


def _draw_active(options: Choices, changed: Callable[[], None]) -> None:
    """Draw a button for each filter that is set; a click clears it."""
    active = _active()
    if not active:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=filter_key("active")):
        for name in active:
            value = options[name].get(_chosen(name), "")
            if value == BETWEEN:
                value = " to ".join(str(day) for day in _chosen("between", ())) or BETWEEN
            st.button(
                escape(f"{PANEL[name]}: {value}"),
                icon=":material/close:",
                key=filter_key(f"without.{name}"),
                type="tertiary",
                on_click=deferred(_clear),
                args=((name,), changed),
                help="Clear this filter.",
            )
        st.button(
            "Clear filters",
            key=filter_key("clear"),
            type="tertiary",
            on_click=deferred(_clear),
            args=(tuple(PANEL), changed),
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
    values = [*([default] if default else []), *options]
    shown = named or {}
    st.selectbox(
        label,
        values,
        index=values.index(chosen) if (chosen := _chosen(name, values[0])) in values else 0,
        format_func=lambda one: shown.get(one, one),
        key=filter_key(name),
        width=cast(Any, width),
        **keep,
    )


def show_collection(collection_id: str) -> None:
    """Set the filters to one collection and nothing else."""
    for name in PANEL:
        st.session_state[filter_key(name)] = ANY
    st.session_state[filter_key("collection")] = collection_id
    st.session_state[filter_key("words")] = ""
    st.session_state[filter_key("operation")] = ANY
    st.session_state[filter_key("starred")] = False


def _clear(names: Sequence[str], changed: Callable[[], None]) -> None:
    for name in names:
        st.session_state[filter_key(name)] = ANY
    changed()


def _read_query() -> GalleryQuery:
    def value_of(name: str) -> str | None:
        value = _chosen(name)
        return None if value == ANY else str(value)

    since, until = _time_range()
    width, _, height = (value_of("size") or "").partition("x")
    return GalleryQuery(
        Filter(
            words=str(_chosen("words", "")),
            operation=value_of("operation"),
            model=value_of("model"),
            owner=value_of("owner"),
            connection_id=value_of("connection"),
            states=STATES.get(_chosen("state"), ()),
            since=since,
            until=until,
            has_mask=MASKS.get(_chosen("mask")),
            size=(int(width), int(height)) if height else None,
            starred=True if st.session_state.get(filter_key("starred")) else None,
            rating=RATINGS.get(_chosen("rating")),
            rejected=REJECTED.get(_chosen("rejected")),
            tag=value_of("tag"),
            collection=value_of("collection"),
        ),
        ORDERS.get(_chosen("sort", "Newest"), "newest"),
    )


def _time_range() -> tuple[float | None, float | None]:
    """Return the time range in Unix seconds; days are in the server's time zone."""
    chosen = _chosen("days")
    if chosen == BETWEEN:
        days = [datetime.combine(day, clock.min).timestamp() for day in _chosen("between", ())]
        return (days[0], days[-1] + DAY) if days else (None, None)
    count = DAYS.get(chosen)
    # Rounded to the minute, so that the same query returns the same page.
    return (None if count is None else time.time() // 60 * 60 - count * DAY), None

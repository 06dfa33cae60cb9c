"""Tag the gallery's selection and put it into collections."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import streamlit as st

from components.library.annotations import (
    add_tags,
    add_to_collection,
    all_tags,
    collections,
    new_collection,
    remove_from_collection,
    remove_tag,
    tags_of,
)
from components.ui.base.deferred import defer
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.library.page_state import COLLECTION_NAME, LibraryState
from components.ui.library.selection import split_selection
from components.ui.process.workbench import workbench
from components.ui.session.owner import owner
from components.ui.session.state import page_state

NEW = "New collection"


def draw_refusal() -> None:
    """Show why the last change was refused."""
    state = page_state(LibraryState)
    if state.refused:
        st.markdown(f":red[:material/error: {escape(state.refused)}]")
        state.refused = ""


def draw_tagging(outputs: Sequence[str]) -> None:
    """Draw the tags that all of these share; adding or removing one changes all of them."""
    library = workbench().library
    with st.popover("Tag", icon=":material/sell:", key="act.tag", disabled=not outputs, on_change="rerun") as panel:
        if not panel.open:
            return
        common = _common(outputs)
        # The key depends on selection and tags, so that another selection starts with its own tags.
        state = hashlib.sha256(repr((outputs, common)).encode()).hexdigest()[:16]
        st.multiselect(
            "Tags of all selected",
            sorted({*(tag for tag, _ in all_tags(library)), *common}),
            default=common,
            key=f"act.tags.{state}",
            accept_new_options=True,
            placeholder="Choose or type a tag",
            on_change=_tag,
            args=(f"act.tags.{state}", outputs, common),
        )


def _common(outputs: Sequence[str]) -> list[str]:
    found = tags_of(workbench().library, outputs)
    return sorted(set.intersection(*(set(found.get(one, ())) for one in outputs)))


@reports_unavailable
def _tag(key: str, outputs: Sequence[str], before: Sequence[str]) -> None:
    library = workbench().library
    chosen = st.session_state.get(key) or []
    try:
        add_tags(library, outputs, [tag for tag in chosen if tag not in before])
        for tag in before:
            if tag not in chosen:
                remove_tag(library, outputs, tag)
    except ValueError as refusal:
        page_state(LibraryState).refused = str(refusal)


def draw_collecting(outputs: Sequence[str]) -> None:
    """Draw the menu that adds these to a collection, existing or new, or removes them."""
    library = workbench().library
    with st.popover(
        "Collect", icon=":material/folder:", key="act.collect", disabled=not outputs, on_change="rerun"
    ) as panel:
        if not panel.open:
            return
        names = {one.id: one.name for one in collections(library)}
        chosen = st.selectbox(
            "Collection", [*names, NEW], format_func=lambda one: names.get(one, one), key="act.collection"
        )
        if chosen == NEW:
            st.text_input("Name of the new collection", key=COLLECTION_NAME, max_chars=100)
        with st.container(horizontal=True, gap="small"):
            st.button("Add", key="act.collect.add", on_click=_add, args=(outputs, chosen))
            st.button(
                "Remove",
                key="act.collect.remove",
                on_click=_remove,
                args=(outputs, chosen, names.get(chosen, "")),
                disabled=chosen == NEW,
            )


@reports_unavailable
def _add(outputs: Sequence[str], chosen: str) -> None:
    library = workbench().library
    if chosen == NEW:
        name = " ".join(str(st.session_state.get(COLLECTION_NAME) or "").split())
        if not name:
            page_state(LibraryState).refused = "Name the new collection."
            return
        chosen = new_collection(library, name, owner()).id
    add_to_collection(library, chosen, outputs)
    _confirm(outputs, f"in {next((one.name for one in collections(library) if one.id == chosen), 'it')}")


@reports_unavailable
def _remove(outputs: Sequence[str], collection_id: str, name: str) -> None:
    remove_from_collection(workbench().library, collection_id, outputs)
    _confirm(outputs, f"no longer in {name}")


def _confirm(outputs: Sequence[str], where: str) -> None:
    are = "is" if len(outputs) == 1 else "are"
    defer(st.toast, escape(f"{split_selection(outputs).summary} {are} {where}."), icon=":material/folder:")

"""The list of collections: their contents, and buttons to open, rename, download or delete each."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.library.annotations import collections, delete_collection, rename_collection
from components.library.db.schema import ANSWER
from components.library.queries.pages import Filter, page
from components.library.records import Collection
from components.ui.base.deferred import deferred
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.export_links import draw_zip_all_link
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.time_format import when_text
from components.ui.base.thumbnail_row import Thumbnail, draw_row, thumb_of
from components.ui.library.page_state import LibraryState
from components.ui.process.workbench import workbench
from components.ui.session.owner import note_action, person
from components.ui.session.state import page_state

COVERS = 8


def draw_collections(open_one: Callable[[str], None]) -> None:
    """Draw all collections by name; call `open_one` with the id of the one to show in the gallery."""
    found = collections(workbench().library)
    if not found:
        draw_empty_state(
            "No collections yet. Select something in Everything and press Collect.", icon=":material/folder:"
        )
        return
    for one in found:
        with st.container(border=True, key=f"collection-{one.id}"):
            _draw_head(one, open_one)
            _draw_covers(one, open_one)


def _draw_head(one: Collection, open_one: Callable[[str], None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        count = "1 result" if one.count == 1 else f"{one.count:,} results"
        made = f"made {when_text(one.created)}" + (f" by {one.owner}" if one.owner else "")
        st.markdown(f"**{escape(one.name)}**  \n:gray[{count} · {escape(made)}]", width="stretch")
        st.button(
            "Open", icon=":material/folder_open:", key=f"open.{one.id}", on_click=deferred(open_one), args=(one.id,)
        )
        if one.count:
            draw_zip_all_link(Filter(collection=one.id), label="Download ZIP", quiet=False)
        if not person().may_run:
            return
        with st.popover("Change", icon=":material/edit:", key=f"change.{one.id}"):
            key = f"name.{one.id}"
            st.text_input("Name", one.name, key=key, max_chars=200, on_change=_rename, args=(one.id, key))
            if refused := page_state(LibraryState).not_renamed.pop(one.id, ""):
                st.markdown(f":red[:material/error: {escape(refused)}]")
            st.caption("Deleting a collection keeps its contents in the library.")
            st.button(
                "Delete collection",
                icon=":material/folder_off:",
                key=f"dissolve.{one.id}",
                on_click=_delete,
                args=(one.id, one.name),
            )


def _draw_covers(one: Collection, open_one: Callable[[str], None]) -> None:
    found = page(workbench().library, Filter(collection=one.id), limit=COVERS).runs
    outputs = [output for run in found for output in run.outputs if output.role != ANSWER][:COVERS]
    if outputs:
        covers = [Thumbnail(output.id, f"Open {one.name}", thumb_of(output)) for output in outputs]
        draw_row(f"covers.{one.id}", covers, lambda _: open_one(one.id))


@reports_unavailable
def _rename(collection_id: str, key: str) -> None:
    try:
        rename_collection(workbench().library, collection_id, str(st.session_state.get(key) or ""))
    except ValueError as refusal:
        page_state(LibraryState).not_renamed[collection_id] = str(refusal)
        st.session_state.pop(key, None)
    else:
        note_action("collection.renamed", collection_id)


@reports_unavailable
def _delete(collection_id: str, name: str) -> None:
    delete_collection(workbench().library, collection_id)
    note_action("collection.deleted", collection_id, {"name": name})

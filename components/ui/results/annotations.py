"""Title, note, tags and collections of an output, and its way into the trash and back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from components.library import StoredOutput
from components.library.annotations import (
    add_to_collection,
    all_tags,
    annotate,
    collections,
    collections_of,
    new_collection,
    remove_from_collection,
    rename,
    set_tags,
    star,
    tags_of,
)
from components.library.trash import move_to_trash, restore_from_trash
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.undo_button import draw_undo
from components.ui.process.workbench import workbench
from components.ui.session.owner import note_action, owner, person
from components.ui.session.personal.visibility import why_not
from components.ui.session.state import page_state

DAY = 86_400


@dataclass
class AnnotationState:
    """Why the last change of the tags was refused."""

    refused: str = ""


def draw_star(
    output: StoredOutput, key: str, *, type: Literal["secondary", "tertiary"] = "secondary", read_only: str = ""
) -> None:
    """Draw the button that stars an output, or removes its star. `read_only` says why the person may not."""
    st.button(
        "★ Starred" if output.starred else "☆ Star",
        key=key,
        type=type,
        on_click=reports_unavailable(star),
        args=(workbench().library, [output.id], not output.starred),
        disabled=bool(read_only),
        help=read_only or ("Remove the star." if output.starred else "Find it with Starred in the library."),
    )


def draw_annotations(output: StoredOutput, read_only: str = "") -> None:
    """Draw the fields; each is stored as soon as it is left. `read_only` says why the person changes none."""
    if output.deleted_at is not None:
        draw_in_trash(output, output.deleted_at)
    key, viewer = f"marks.{output.id}", not person().may_run
    refusal = read_only or why_not("output", [output.id])
    _draw_tags(output, f"{key}.tags", disabled=viewer or bool(read_only))
    _draw_collections(output, f"{key}.collections", disabled=viewer or bool(read_only))
    _draw_title_and_note(output, key, refusal)
    if output.deleted_at is None and not viewer:
        st.button(
            "Delete",
            icon=":material/delete:",
            key=f"{key}.trash",
            type="tertiary",
            on_click=_delete,
            args=(output.id,),
            disabled=bool(refusal),
            help=refusal or f"Move to the trash, where it stays for {workbench().library.retention.trash_days} days.",
        )


def _draw_tags(output: StoredOutput, key: str, *, disabled: bool) -> None:
    library = workbench().library
    tags = list(tags_of(library, [output.id]).get(output.id, ()))
    st.multiselect(
        "Tags",
        list(dict.fromkeys([*tags, *(tag for tag, _ in all_tags(library))])),
        default=tags,
        key=key,
        accept_new_options=True,
        placeholder="choose, or type a new one",
        on_change=_tagged,
        args=(output, key),
        disabled=disabled,
    )
    state = page_state(AnnotationState)
    if state.refused:
        st.markdown(f":red[:material/error: {escape(state.refused)}]")
        state.refused = ""


def _draw_collections(output: StoredOutput, key: str, *, disabled: bool) -> None:
    library = workbench().library
    names = {one.id: one.name for one in collections(library)}
    st.multiselect(
        "Collections",
        list(names),
        default=[one.id for one in collections_of(library, output.id)],
        format_func=lambda one: names.get(one, one),
        key=key,
        accept_new_options=True,
        placeholder="choose, or type the name of a new one",
        on_change=_collected,
        args=(output, key),
        disabled=disabled,
    )


def _draw_title_and_note(output: StoredOutput, key: str, refusal: str) -> None:
    """Draw the fields of a title and a note; `refusal` says why this person may not change them, "" if they may."""
    with st.expander("Title and note", icon=":material/edit_note:", expanded=bool(output.note)):
        st.text_input(
            "Title",
            output.title,
            key=f"{key}.title",
            max_chars=200,
            placeholder="in place of the prompt",
            on_change=_titled,
            args=(output, f"{key}.title"),
            disabled=bool(refusal),
            help=refusal or None,
        )
        st.text_area(
            "Note",
            output.note,
            key=f"{key}.note",
            max_chars=10_000,
            height=100,
            on_change=_noted,
            args=(output, f"{key}.note"),
            disabled=bool(refusal),
        )


def draw_in_trash(output: StoredOutput, deleted_at: float, read_only: str = "") -> None:
    """Say that an output is in the trash since `deleted_at` (Unix seconds), and draw its way back if one may go it."""
    left = max(0, round(workbench().library.retention.trash_days - (time.time() - deleted_at) / DAY))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        days = "today" if left == 0 else f"in {left} days" if left > 1 else "tomorrow"
        st.markdown(f":material/delete: In the trash, deleted for good {days}.", width="content")
        if read_only or not person().may_run:
            return
        draw_undo(f"marks.{output.id}.unbin", _restore, output.id)


@reports_unavailable
def _delete(output_id: str) -> None:
    move_to_trash(workbench().library, [output_id])
    note_action("output.deleted", output_id)


@reports_unavailable
def _restore(output_id: str) -> None:
    restore_from_trash(workbench().library, [output_id])
    note_action("output.restored", output_id)


@reports_unavailable
def _titled(output: StoredOutput, key: str) -> None:
    rename(workbench().library, output.id, str(st.session_state.get(key) or ""))


@reports_unavailable
def _noted(output: StoredOutput, key: str) -> None:
    annotate(workbench().library, output.id, str(st.session_state.get(key) or ""))


@reports_unavailable
def _tagged(output: StoredOutput, key: str) -> None:
    try:
        set_tags(workbench().library, output.id, st.session_state.get(key) or [])
    except ValueError as refusal:
        page_state(AnnotationState).refused = str(refusal)


@reports_unavailable
def _collected(output: StoredOutput, key: str) -> None:
    library = workbench().library
    known = {one.id for one in collections(library)}
    wanted = set()
    for one in st.session_state.get(key) or []:
        name = " ".join(str(one).split())
        if one in known or name:
            wanted.add(one if one in known else new_collection(library, name, owner()).id)
    before = {one.id for one in collections_of(library, output.id)}
    for collection in wanted - before:
        add_to_collection(library, collection, [output.id])
    for collection in before - wanted:
        remove_from_collection(library, collection, [output.id])
    # The field shows names of its own for what was typed; drawn again it shows the collections.
    st.session_state[key] = sorted(wanted)

"""Annotations below an answer: star, title, tags, collections, note, and the trash."""

from __future__ import annotations

import streamlit as st

from components.library import StoredOutput
from components.library.annotations import collections_of, tags_of
from components.runs import RunView
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.results.annotations import draw_annotations, draw_in_trash, draw_star
from components.ui.results.stage.run_viewer import why_read_only


def draw_answer_annotations(view: RunView) -> None:
    """Draw one row with the fields behind a button; nothing when the library has no answer of the run.

    Who sees the run read-only sees them, and changes none.
    """
    answer = workbench().library.answer(view.id)
    if answer is None:
        return
    read_only = why_read_only(view)
    if answer.deleted_at is not None:
        draw_in_trash(answer, answer.deleted_at, read_only)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="answer.marks"):
        draw_star(answer, "answer.star", type="tertiary", read_only=read_only)
        with st.popover(
            "Tag, title, note",
            icon=":material/sell:",
            type="tertiary",
            key=f"answer.marks.{answer.id}",
            on_change="rerun",
            help="Tags, collections, title and note for finding it in the library; and the trash.",
        ) as panel:
            if panel.open:
                draw_annotations(answer, read_only)
        if summary := _summary(answer):
            st.caption(escape(summary), width="content")


def _summary(answer: StoredOutput) -> str:
    library = workbench().library
    tags = tags_of(library, [answer.id]).get(answer.id, ())
    collections = (f"in {one.name}" for one in collections_of(library, answer.id))
    return " · ".join(one for one in (answer.title, *tags, *collections, answer.note) if one)

"""What people say of an answer, beneath it: its star, title, tags, collections and note; and the bin."""

from __future__ import annotations

import streamlit as st

from components.library import StoredOutput
from components.library.annotations import collections_of, star, tags_of
from components.runs import RunView
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.results.annotations import draw_annotations, draw_in_trash


def draw_answer_marks(view: RunView) -> None:
    """One quiet row: the fields are behind a button. Nothing where the run has no answer in the library."""
    answer = workbench().library.answer(view.id)
    if answer is None:
        return
    if answer.deleted_at is not None:
        draw_in_trash(answer, answer.deleted_at)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="answer.marks"):
        st.button(
            "★ Starred" if answer.starred else "☆ Star",
            key="answer.star",
            type="tertiary",
            on_click=reports_unavailable(star),
            args=(workbench().library, [answer.id], not answer.starred),
            help="Take the star away." if answer.starred else "Found by Starred in the library.",
        )
        with st.popover(
            "Tag, title, note",
            icon=":material/sell:",
            type="tertiary",
            key=f"answer.marks.{answer.id}",
            on_change="rerun",
            help="Tags, collections, a title and a note, by which it is found in the library; and the bin.",
        ) as panel:
            if panel.open:
                draw_annotations(answer)
        if said := _said(answer):
            st.caption(escape(said), width="content")


def _said(answer: StoredOutput) -> str:
    library = workbench().library
    tags = tags_of(library, [answer.id]).get(answer.id, ())
    shelves = (f"in {one.name}" for one in collections_of(library, answer.id))
    return " · ".join(one for one in (answer.title, *tags, *shelves, answer.note) if one)

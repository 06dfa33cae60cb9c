"""The right-hand side of the Analyze page: the answer or the answers, and what leads on from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.runs import RunView
from components.ui.analyze import submit as sending
from components.ui.analyze.annotations import draw_answer_marks
from components.ui.analyze.answer import (
    answer_json,
    conversation_markdown,
    draw_answer,
    draw_end,
    draw_facts,
    whole_answer,
)
from components.ui.analyze.batch import ALONE, draw_each
from components.ui.analyze.form import OPERATION
from components.ui.analyze.structured import is_unjudged, read_answer, rows_of
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.results.actions import load_run
from components.ui.results.code_export import draw_export
from components.ui.results.conversation import Turn, thread_of
from components.ui.results.first_steps import draw_first_steps
from components.ui.results.rerun import draw_run_again, request_of
from components.ui.results.run_details import draw_error
from components.ui.session.address import run_in_address
from components.ui.session.prefill import Prefill, leave_prefill

FOLLOW_UP = "analyze.follow_up"
DESCRIBE = (
    "Describe the picture as one prompt that would let an image model make it again: subject, composition, style, "
    "light, colours, and any text in it word for word. Answer with the prompt alone, without quotes or a heading."
)


def draw_analysis(view: RunView | None) -> None:
    """Draw what the address names: one answer with its conversation, or a table of answers; else a calm start."""
    batch = (view.extra or {}).get("batch") if view is not None else None
    if view is not None and batch:
        if st.session_state.get(ALONE) != view.id:
            draw_each(view)
            return
        st.button("Back to the table", icon=":material/arrow_back:", key="analyze.back", on_click=_to_table)
    turns = thread_of(view) if view is not None else []
    draw_answer(view, turns)
    if view is None:
        if (asked := run_in_address()) and workbench().runner.view(asked) is None:
            draw_empty_state(
                "The run in this address is not in the library. Its link may be cut off.", icon=":material/link_off:"
            )
        draw_first_steps(OPERATION)
        return
    draw_error(view)
    if not view.has_ended:
        return
    draw_end(view)
    if view.text.strip():
        _draw_shapes(view, turns)
    draw_facts(view, turns)
    draw_answer_marks(view)
    if view.text.strip():
        _draw_follow_up(view)
    _draw_leads(view, turns)


def _to_table() -> None:
    st.session_state.pop(ALONE, None)


def _draw_shapes(view: RunView, turns: list[Turn]) -> None:
    schema = (view.extra or {}).get("schema")
    if schema:
        draw_data(whole_answer(turns), schema, view.answer)
    if view.asked.get("values", {}).get("simplify") is False and view.answer:
        st.caption("The whole response:")
        text = answer_json(view)
        st.code(text, language="json", height=420 if text.count("\n") > 18 else "content", wrap_lines=True)


def draw_data(text: str, schema: dict[str, Any], answer: Mapping[str, Any] | None = None) -> None:
    """A structured answer as a table, in what it breaks its schema, and what the server did not judge."""
    value, complaints = read_answer(text, schema, answer=answer)
    for complaint in complaints:
        st.markdown(f":orange[:material/rule:] {escape(complaint)}")
    if value is None:
        return
    rows = rows_of(value, answer=answer)
    st.dataframe(rows, hide_index=True, width="stretch")
    if is_unjudged(answer):
        st.caption(":material/help: The built-in engine measures and does not understand images: some was not judged.")
    elif not complaints:
        st.caption(":material/check: Fits what was asked for.")


def _draw_follow_up(view: RunView) -> None:
    if (question := st.chat_input("Ask about the same pictures", key=FOLLOW_UP, max_chars=20_000)) and (
        question.strip()
    ):
        sending.ask_on(view, question.strip())
        st.rerun()


def _draw_leads(view: RunView, turns: list[Turn]) -> None:
    with st.container(horizontal=True, gap="small"):
        draw_run_again(view)
        st.button(
            "Load these settings",
            icon=":material/edit_note:",
            key="change.analyze",
            on_click=load_run,
            args=(view,),
            help="Fill the form with what this run was asked, its pictures too.",
        )
        request = request_of(view)
        if request is not None:
            draw_export(request, key="lead.analyze", connection_id=view.connection_id)
        if not view.text.strip():
            return
        stem = f"answer-{view.id[-6:]}"
        st.download_button(
            "Download .md",
            conversation_markdown(turns),
            file_name=f"{stem}.md",
            mime="text/markdown",
            icon=":material/download:",
            key="analyze.md",
            on_click="ignore",
        )
        st.download_button(
            "Download .json",
            answer_json(view),
            file_name=f"{stem}.json",
            mime="application/json",
            icon=":material/download:",
            key="analyze.json",
            on_click="ignore",
        )
        st.button(
            "Describe as prompt",
            icon=":material/edit_square:",
            key="analyze.describe",
            on_click=sending.ask_on,
            args=(view, DESCRIBE),
            help="Asks for a prompt that would make such a picture again.",
        )
        if st.button(
            "Use as prompt",
            icon=":material/auto_awesome:",
            key="analyze.use",
            help="Puts this answer into the prompt of the Generate page.",
        ):
            leave_prefill(Prefill("generate", {"prompt": whole_answer(turns).strip()}))
            st.switch_page("../../pages/generate.py", query_params={})

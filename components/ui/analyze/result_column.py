"""The Analyze page's result column: one answer or a table of answers, and the next steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.library.queries.question_groups import GROUP_KEY
from components.parameters.prompts.wording import TASKS
from components.runs import RunView
from components.ui.analyze import submit as sending
from components.ui.analyze.annotations import draw_answer_annotations
from components.ui.analyze.answer import (
    answer_json,
    conversation_markdown,
    draw_answer,
    draw_ending_note,
    draw_facts,
    full_answer,
)
from components.ui.analyze.form import OPERATION
from components.ui.analyze.page_state import FOLLOW_UP, LOAD, AnalyzeState
from components.ui.analyze.separate.table import draw_answer_table
from components.ui.analyze.structured import is_unjudged, read_answer, rows_of
from components.ui.base.deferred import deferred
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.export_links import draw_download
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.results.actions import LOAD_HELP, load_label, load_or_continue
from components.ui.results.code.code_export import draw_export
from components.ui.results.conversation import ThreadEntry, thread_of
from components.ui.results.first_steps import draw_first_steps
from components.ui.results.rerun import draw_run_again, request_of
from components.ui.results.run_details import draw_error
from components.ui.session.address import run_in_address
from components.ui.session.prefill import Prefill, leave_prefill
from components.ui.session.state import page_state


def draw_analysis(view: RunView | None) -> None:
    """Draw the run in the address: its answer with the conversation, or its group's table; else first steps."""
    group = (view.extra or {}).get(GROUP_KEY) if view is not None else None
    if view is not None and group:
        if page_state(AnalyzeState).single_answer != view.id:
            draw_answer_table(view)
            return
        st.button("Back to the table", icon=":material/arrow_back:", key="analyze.back", on_click=deferred(_to_table))
    thread = thread_of(view) if view is not None else []
    draw_answer(view, thread)
    if view is None:
        if (run_id := run_in_address()) and workbench().runner.view(run_id) is None:
            draw_empty_state("This run is not in the library. The link may be incomplete.", icon=":material/link_off:")
        draw_first_steps(OPERATION)
        return
    draw_error(view)
    if not view.has_ended:
        return
    draw_ending_note(view)
    if view.text.strip():
        _draw_data_and_response(view, thread)
    draw_facts(view, thread)
    draw_answer_annotations(view)
    if view.text.strip():
        _draw_follow_up(view)
    _draw_next_steps(view, thread)


def _to_table() -> None:
    page_state(AnalyzeState).single_answer = ""


def _draw_data_and_response(view: RunView, thread: list[ThreadEntry]) -> None:
    schema = (view.extra or {}).get("schema")
    if schema:
        draw_data(full_answer(thread), schema, view.answer)
    if view.recipe.get("values", {}).get("simplify") is False and view.answer:
        st.caption("Full response:")
        text = answer_json(view)
        st.code(text, language="json", height=420 if text.count("\n") > 18 else "content", wrap_lines=True)


def draw_data(text: str, schema: dict[str, Any], answer: Mapping[str, Any] | None = None) -> None:
    """Draw a structured answer as a table, with schema errors and a note on what was not judged."""
    value, errors = read_answer(text, schema, answer=answer)
    for error in errors:
        st.markdown(f":orange[:material/rule:] {escape(error)}")
    if value is None:
        return
    rows = rows_of(value, answer=answer)
    st.dataframe(rows, hide_index=True, width="stretch")
    if is_unjudged(answer):
        st.caption(
            ":material/help: The built-in engine measures images without understanding them; some was not judged."
        )
    elif not errors:
        st.caption(":material/check: Matches the requested fields.")


def _draw_follow_up(view: RunView) -> None:
    if (question := st.chat_input("Ask about the same images", key=FOLLOW_UP, max_chars=20_000)) and (question.strip()):
        sending.ask_follow_up(view, question.strip())
        st.rerun()


def _draw_next_steps(view: RunView, thread: list[ThreadEntry]) -> None:
    with st.container(horizontal=True, gap="small"):
        draw_run_again(view)
        st.button(
            load_label(view),
            icon=":material/edit_note:",
            key=LOAD,
            on_click=deferred(load_or_continue),
            args=(view,),
            help=LOAD_HELP,
        )
        request = request_of(view)
        if request is not None:
            draw_export(request, view, key="lead.analyze")
        if not view.text.strip():
            return
        stem = f"answer-{view.id[-6:]}"
        draw_download(conversation_markdown(thread), f"{stem}.md", "text/markdown", "analyze.md")
        draw_download(answer_json(view), f"{stem}.json", "application/json", "analyze.json")
        st.button(
            "Describe as prompt",
            icon=":material/edit_square:",
            key="analyze.describe",
            on_click=deferred(sending.ask_follow_up),
            args=(view, TASKS["describe"].instruction),
            help="Ask for a prompt that would recreate this image.",
        )
        if st.button(
            "Use as prompt",
            icon=":material/auto_awesome:",
            key="analyze.use",
            help="Use this answer as the prompt on the Generate page.",
        ):
            leave_prefill(Prefill("generate", {"prompt": full_answer(thread).strip()}, is_sent=True))
            st.switch_page("../../pages/generate.py", query_params={})

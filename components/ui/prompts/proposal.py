"""The results of help with words: proposals as differences from the prompt that was sent, each to be used or discarded.

They are the answer of a stored run, so a reload loses none, and what was paid for stays in the library.
"""

from __future__ import annotations

import time

import streamlit as st

from components.client.failures.recurring import recurs
from components.parameters.prompts.wording import WordingRun, lost_groups, wording_run
from components.parameters.sheets import SheetTemplate
from components.runs import RunView
from components.settings import BUILT_IN_ID
from components.ui.base.deferred import deferred, perform_deferred
from components.ui.base.error_boundary import reports_unavailable
from components.ui.base.formatting.markdown_text import escape, escape_lines
from components.ui.forms.checked_form import Form
from components.ui.forms.sending.submit import submit_all
from components.ui.process.workbench import workbench
from components.ui.prompts.wording import WordingState
from components.ui.results.rerun import submission_of
from components.ui.results.run_details import cost_text, draw_error
from components.ui.results.stage.changes import marked_prompt
from components.ui.session import connections
from components.ui.session.owner import owner
from components.ui.session.prefill import Prefill, leave_prefill
from components.ui.session.state import page_state

TICK_SECONDS = 0.7


def draw_proposal(form: Form) -> None:
    """Draw the proposals for a form's prompt, the wait for them, or why there are none."""
    state = page_state(WordingState, form.operation)
    if state.failure:
        st.markdown(f":red[:material/error: {escape(state.failure)}]")
    view = workbench().runner.view(state.run_id) if state.run_id else None
    asked = wording_run(view.extra) if view is not None and not view.is_purged else None
    if view is None or asked is None:
        return
    with st.container(border=True, gap="small", key=f"proposal-{form.operation}"):
        if not view.has_ended:
            _draw_waiting(state, asked)
        else:
            _draw_answer(form, state, view, asked)


@st.fragment(run_every=TICK_SECONDS)
def _draw_waiting(state: WordingState, asked: WordingRun) -> None:
    perform_deferred()
    view = workbench().runner.view(state.run_id)
    if view is None or view.has_ended:
        st.rerun()
    seconds = max(0.0, time.time() - (view.started or view.created))
    reason = view.waiting or (view.retry.reason if view.retry else "")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(
            f":material/hourglass_top: **{asked.task.label}** "
            f":gray[{escape(f'{view.model}, {seconds:.0f} s. {reason}'.strip())}]",
            width="stretch",
        )
        st.button("Cancel", key=f"wording.cancel.{view.id}", type="tertiary", on_click=_cancel, args=(view.id,))


@reports_unavailable
def _cancel(run_id: str) -> None:
    workbench().runner.cancel(run_id, by=owner())


def _draw_answer(form: Form, state: WordingState, view: RunView, asked: WordingRun) -> None:
    key, proposals = f"{form.operation}.proposal", asked.task.prompts(view.text)
    by = "the built-in engine’s rules, not a model" if view.connection_id == BUILT_IN_ID else view.model
    st.markdown(f"**{asked.task.label}** :small[:gray[by {escape(by)}]]")
    draw_error(view)
    for place, text in enumerate(proposals):
        _draw_text(asked, text)
        if len(proposals) > 1:
            _draw_use(form.operation, state, text, f"{key}.use.{place}")
    if not proposals and not view.error:
        st.caption("The server sent an empty answer.")
    if (view.answer or {}).get("cut_off"):
        st.caption("The answer was cut off, so its end is missing.")
    if proposals and asked.prompt != str(form.raw.get("prompt") or "").strip():
        st.caption(
            ":material/difference: The prompt has changed since. The marks compare with the prompt that was sent. "
            "Use replaces what is in the field now; Undo brings it back."
        )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if len(proposals) == 1:
            _draw_use(form.operation, state, proposals[0], f"{key}.use")
        elif proposals:
            st.button(
                f"Use all {len(proposals)}, one a line",
                icon=":material/grid_on:",
                key=f"{key}.all",
                on_click=deferred(_use_all),
                args=(form.operation, state, proposals),
                help="The form then makes a sheet with a run for each. Nothing is sent yet.",
            )
        if view.error and not recurs(view.error):
            st.button(
                "Ask again",
                icon=":material/replay:",
                key=f"{key}.again",
                on_click=_ask_again,
                args=(state, view),
            )
        st.button(
            "Discard",
            icon=":material/close:",
            key=f"{key}.discard",
            type="tertiary",
            on_click=_discard,
            args=(state,),
            help="The answer stays in the Library.",
        )
        st.caption(escape(f"Cost: {cost_text(view)}"))


def _draw_text(asked: WordingRun, text: str) -> None:
    """Draw a proposal, and what it leaves out that must not be lost unseen."""
    if asked.task.has_image:
        st.markdown(escape_lines(text))
        return
    st.markdown(marked_prompt(asked.prompt, text, least=0.0))
    if text == asked.prompt:
        st.caption("This is your prompt as it is.")
    elif lost := lost_groups(asked.prompt, text):
        # As text: a caption's orange has too little contrast.
        st.markdown(f":small[:orange[:material/warning: Not in this wording: {escape(', '.join(lost))}]]")


def _draw_use(operation: str, state: WordingState, text: str, key: str) -> None:
    st.button("Use", icon=":material/check:", key=key, on_click=deferred(_use), args=(operation, state, text))


def _use(operation: str, state: WordingState, text: str) -> None:
    leave_prefill(Prefill(operation, {"prompt": text}))
    state.run_id = ""


def _use_all(operation: str, state: WordingState, texts: tuple[str, ...]) -> None:
    lines = "\n".join(" ".join(text.split()) for text in texts)
    leave_prefill(Prefill(operation, {"prompt": lines}, template=SheetTemplate(operation, "", {}, by_line=True)))
    state.run_id = ""


def _discard(state: WordingState) -> None:
    state.run_id = ""


@reports_unavailable
def _ask_again(state: WordingState, view: RunView) -> None:
    submission = submission_of(view)
    state.failure = ""
    if submission is None:
        state.failure = "This request is no longer valid, because its image is gone. Nothing was sent."
    elif submission.instead_of or connections.lost():
        state.failure = f"{view.connection_name} is not available in this session. Nothing was sent."
    if submission is None or state.failure:
        return
    begun = submit_all([submission], shows=False, report=lambda failure: setattr(state, "failure", failure))
    state.run_id = begun[0] if begun else state.run_id

"""Votes of a vision model, beside the ranking: asked for by price, followed, and counted apart from people's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from components.library.records import StoredSheet
from components.library.sheets.votes import MODEL, StoredVote
from components.runs.sheets.judge_pairs import Judging, collect_votes, pair_questions, start_judging, stop_judging
from components.settings import BUILT_IN_ID
from components.ui.base.deferred import defer
from components.ui.base.error_boundary import guarded
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars
from components.ui.forms.form import chosen_model
from components.ui.forms.form_state import FormState
from components.ui.forms.model_menu import prepare_models
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.owner import note_action, owner
from components.ui.session.state import page_state

TICK_SECONDS = 2.0
EVERYONE, PEOPLE, MODELS = "Everyone", "People", "Models"
_ANALYZE = "analyze"


@dataclass
class ModelVotesState:
    """Why the last press sent nothing."""

    problem: str = ""


def draw_whose(votes: Sequence[StoredVote]) -> list[StoredVote]:
    """Draw whose votes the ranking counts, where people and models have voted; return these votes."""
    of_models = [vote for vote in votes if vote.person.startswith(MODEL)]
    if not of_models or len(of_models) == len(votes):
        return list(votes)
    whose = st.segmented_control(
        "Votes of", (PEOPLE, MODELS, EVERYONE), default=PEOPLE, required=True, key="vote.whose"
    )
    if whose == EVERYONE:
        return list(votes)
    return of_models if whose == MODELS else [vote for vote in votes if vote not in of_models]


def draw_model_votes(sheet: StoredSheet) -> None:
    """Draw how far models are with their votes, and the panel to ask one."""
    found = collect_votes(workbench().library, workbench().runner, sheet.id)
    if found.under_way:
        st.fragment(_draw_progress, run_every=TICK_SECONDS)(sheet.id)
        return
    if found.failed:
        st.caption(f"A model did not answer {found.failed} questions. Ask it again to complete them.")
    with st.popover("Ask a model", icon=":material/smart_toy:", key="vote.model", on_change="rerun") as panel:
        if panel.open:
            _draw_panel(sheet)


def _draw_progress(sheet_id: str) -> None:
    found: Judging = collect_votes(workbench().library, workbench().runner, sheet_id)
    if not found.under_way:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"A model is voting: {len(found.under_way)} questions are open.")
        st.button(
            "Stop",
            icon=":material/stop:",
            type="tertiary",
            key="vote.model.stop",
            on_click=lambda: defer(stop_judging, workbench().runner, found.under_way, owner()),
        )


def _draw_panel(sheet: StoredSheet) -> None:
    connection, state = connections.in_use(), page_state(ModelVotesState, sheet.id)
    if connection.id == BUILT_IN_ID:
        st.caption("The built-in engine judges no image. Choose a connection with a vision model on the Generate page.")
        return
    prepare_models(_ANALYZE)
    form = page_state(FormState, _ANALYZE)
    models = list(dict.fromkeys([chosen_model(_ANALYZE), *form.models, *form.other_models]))
    model = st.selectbox("Model", models, key="vote.model.name", help=f"A model of {connection.name} that sees images.")
    questions = pair_questions(workbench().library, sheet, model)
    count = len(questions.requests)
    if not count:
        st.caption(escape(f"{model} has voted on every pair that it is asked about."))
        return
    price = "The price is not known." if questions.price is None else f"At most {dollars(questions.price)} for answers."
    st.caption(
        escape(
            f"{count} questions to {model} at {connection.name}: {count // 2} pairs, each in both orders. "
            f"A split counts as a tie. The images are sent to it. {price} Images and questions come on top."
        )
    )
    st.button(
        "Ask for its votes",
        type="primary",
        key="vote.model.ask",
        on_click=lambda: defer(guarded(_ask), sheet, connection.id, model),
    )
    if state.problem:
        st.markdown(f":red[:material/error: {escape(state.problem)}]")


def _ask(sheet: StoredSheet, connection_id: str, model: str) -> None:
    """Ask at the connection whose price was shown."""
    state, app = page_state(ModelVotesState, sheet.id), workbench()
    found = next((one for one in connections.available() if one.id == connection_id), None)
    if found is None:
        state.problem = "Nothing was sent: the connection is not available any more."
        return
    note_action("run.submitted", sheet.id, {"what": "votes of a model", "connection": found.name})
    state.problem = start_judging(app.library, app.runner, sheet, found, model, owner())

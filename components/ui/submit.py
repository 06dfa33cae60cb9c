"""From a pressed button to a run: check, hand over, put the run into the address."""

from __future__ import annotations

import streamlit as st

from components.client import Connection
from components.library import LibraryUnavailable
from components.parameters import OPERATIONS, Problem, Request, estimate
from components.runs import RunView
from components.ui.address import show_run
from components.ui.form import Form, draw_problems, escape, problem_from_server
from components.ui.money import estimate_text
from components.ui.workbench import BUILT_IN_ID, workbench

# Where the button ended up, for what is drawn later in the same rerun.
_FAILURE = "submit.failure"


def draw_submit(form: Form, connection: Connection, *, parent_output: str | None = None) -> None:
    """The button that runs, its price, and what stands in its way."""
    operation = OPERATIONS[form.operation]
    pressed = st.button(
        operation.button,
        type="primary",
        width="stretch",
        key=f"{form.operation}.submit",
        shortcut="Mod+Enter",
    )
    if pressed:
        st.session_state[f"attempted.{form.operation}"] = form.request is None
        st.session_state.pop(_FAILURE, None)
        if form.request is not None:
            _submit(connection, form.request, parent_output)
        else:
            # The fields above are drawn already; their messages need one more run.
            st.rerun()
    if failure := st.session_state.get(_FAILURE):
        st.markdown(f":red[:material/error: {escape(failure)}]")
    _draw_below(form, connection)


def _submit(connection: Connection, request: Request, parent_output: str | None) -> None:
    try:
        run_id = workbench().runner.submit(
            connection, request, owner=st.session_state.get("owner", ""), parent_output=parent_output
        )
    except LibraryUnavailable as problem:
        st.session_state[_FAILURE] = f"{problem} Nothing was sent, so nothing was spent."
        return
    st.session_state.pop(f"refused.{request.operation}", None)
    show_run(run_id)


def _draw_below(form: Form, connection: Connection) -> None:
    if form.request is None:
        if st.session_state.get(f"attempted.{form.operation}"):
            count = sum(len(messages) for messages in form.problems.values())
            draw_problems(form, "")
            what = "one thing above needs" if count == 1 else f"{count} things above need"
            st.caption(f"Not sent: {what} your attention. Nothing was lost.")
        return
    if connection.id == BUILT_IN_ID:
        st.caption(f"Free here. At OpenAI: {estimate_text(estimate(form.request), form.request.n)}")
    else:
        st.caption(f"{estimate_text(estimate(form.request), form.request.n)} · {escape(connection.name)}")


def note_refusal(view: RunView) -> None:
    """Where a server refused one parameter of this run, say so at that field of the form too."""
    error = view.error or {}
    if error.get("param") and error.get("parameter"):
        problem_from_server(view.operation, Problem(str(error["parameter"]), str(error.get("what", ""))))

"""The right-hand side of an operation's page: the run that the address names, and what leads on from it."""

from __future__ import annotations

import streamlit as st

from components.parameters import Request, resolve
from components.runs import ENDED, RunView
from components.ui import connections, form
from components.ui.address import run_in_address, show_run
from components.ui.export import draw_export
from components.ui.run_details import draw_asked_and_came, draw_error
from components.ui.stage import draw_stage
from components.ui.submit import note_refusal
from components.ui.workbench import workbench


def draw_result(operation: str) -> bool:
    """Draw the run in the address; False where there is none to show."""
    run_id = run_in_address()
    if run_id is None:
        return False
    view = workbench().runner.view(run_id)
    if view is None:
        st.info("The run in this address is not in the library. Its link may be cut off.", icon=":material/link_off:")
        return False
    if view.operation != operation:
        return False
    draw_stage(view, key=f"stage.{operation}")
    draw_error(view)
    if view.state in ENDED:
        _draw_leads(view)
        draw_asked_and_came(view)
    note_refusal(view)
    return True


def _request(view: RunView) -> Request | None:
    outcome = resolve(view.operation, view.model, {"model": view.model, **view.asked.get("values", {})})
    return outcome if isinstance(outcome, Request) else None


def _again(view: RunView) -> None:
    request = _request(view)
    if request is not None:
        show_run(workbench().runner.submit(connections.chosen(), request, owner=st.session_state.get("owner", "")))


def _load(view: RunView) -> None:
    form.wishes(view.operation).clear()
    form.fill(view.operation, {"model": view.model, **view.asked.get("values", {})})


def _draw_leads(view: RunView) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Run again",
            icon=":material/replay:",
            key=f"again.{view.operation}",
            on_click=_again,
            args=(view,),
            help="The same request once more, as a new run.",
        )
        st.button(
            "Change and run",
            icon=":material/edit_note:",
            key=f"change.{view.operation}",
            on_click=_load,
            args=(view,),
            help="Fill the form with what this run was asked.",
        )
        request = _request(view)
        if request is not None:
            draw_export(request, key=f"lead.{view.operation}")

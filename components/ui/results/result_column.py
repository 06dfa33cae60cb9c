"""The right column of an operation's page: the run in the address, and its next steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from components.runs import RunView
from components.ui.base.deferred import deferred
from components.ui.base.empty_state import draw_empty_state
from components.ui.forms.sending.submit import note_refusal
from components.ui.inputs.provenance import draw_provenance, subjects_of_outputs
from components.ui.process.workbench import workbench
from components.ui.results.actions import LOAD_HELP, load_label, load_or_continue
from components.ui.results.code.code_export import draw_export
from components.ui.results.first_steps import draw_first_steps
from components.ui.results.rerun import draw_run_again, request_of
from components.ui.results.run_details import draw_error, draw_run_facts, draw_unsaved, draw_urls
from components.ui.results.save_prompt import draw_save_prompt
from components.ui.results.stage.compare_button import draw_compare_button
from components.ui.results.stage.connect_hint import draw_connect_hint
from components.ui.results.stage.image_actions import TOOLS, follow_click, on_image_action
from components.ui.results.stage.run_viewer import draw_run_viewer
from components.ui.session.address import come_back, output_in_address, run_in_address


def current_run(operation: str) -> RunView | None:
    """Return the run in the address if it is one of this operation; note a server's refusal for the form's fields."""
    come_back(operation)
    run_id = run_in_address()
    view = workbench().runner.view(run_id) if run_id else None
    if view is None or view.operation != operation:
        return None
    note_refusal(view)
    return view


def draw_result(
    operation: str,
    view: RunView | None,
    *,
    quiet: bool = False,
    status_only: bool = False,
    beneath: Callable[[RunView], None] = lambda view: None,
    before: Mapping[str, Any] | None = None,
) -> None:
    """Draw the run viewer with a run, or empty, and the run's details below it.

    `quiet` leaves out the first steps, `status_only` all but the status; `beneath` draws what a page adds to an ended
    run, `before` is what lies over its images, see `draw_run_viewer`.
    """
    if view is not None:
        draw_unsaved(view)
    draw_run_viewer(
        operation,
        view,
        actions=TOOLS,
        on_action=on_image_action,
        status_only=status_only,
        before=before,
        linked=output_in_address(),
    )
    follow_click(here=operation)
    if view is None:
        if run_in_address() and workbench().runner.view(str(run_in_address())) is None:
            draw_empty_state(
                "The run in this address is not in the library. Its link may be cut off.", icon=":material/link_off:"
            )
        if not quiet:
            draw_first_steps(operation)
        return
    draw_error(view)
    if not view.has_ended or status_only:
        return
    draw_urls(view)
    _draw_actions(view)
    beneath(view)
    draw_run_facts(view)


def _draw_actions(view: RunView) -> None:
    with st.container(horizontal=True, gap="small"):
        draw_run_again(view)
        st.button(
            load_label(view),
            icon=":material/edit_note:",
            key=f"change.{view.operation}",
            on_click=deferred(load_or_continue),
            args=(view,),
            help=LOAD_HELP,
        )
        draw_save_prompt(view)
        draw_compare_button([image.id for image in view.images], key=f"side-by-side.{view.operation}")
        request = request_of(view)
        if request is not None:
            draw_export(request, view, key=f"lead.{view.operation}")
        if view.images:
            draw_provenance(f"lead.{view.operation}", partial(subjects_of_outputs, view.images))
        draw_connect_hint(view)

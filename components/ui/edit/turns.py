"""Editing over several turns: the steps that led to an image, and what the next one sends of them."""

from __future__ import annotations

import streamlit as st

from components.parameters import Group
from components.parameters.capabilities import NO
from components.parameters.turns import OF_TURNS
from components.runs import RunView
from components.runs.turns import chain
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.thumbnail_row import Thumbnail, draw_row, thumb_of
from components.ui.edit.page_state import EditState
from components.ui.forms.checked_form import Form
from components.ui.forms.form import draw_group
from components.ui.forms.problems import draw_send_anyway
from components.ui.process.workbench import workbench
from components.ui.results.actions import page_of
from components.ui.session import connections
from components.ui.session.address import show_run
from components.ui.session.state import page_state

NEXT = "next"  # stands for the turn that is being written


def draw_steps(view: RunView | None, form: Form) -> None:
    """Draw the steps that led to the run on show, and the turn being written, in one row; nothing for a single step."""
    state, steps = page_state(EditState), _steps(view, form)
    items = [
        Thumbnail(
            step.id,
            f"Step {place}: {step.prompt[:120]}",
            thumb_of(step.images[0] if step.images else None),
            step.state,
            state.shows_result and view is not None and step.id == view.id,
        )
        for place, step in enumerate(steps, 1)
    ]
    if steps and _edits_output(form) and str(state.parent and state.parent[0]).startswith(f"{steps[-1].id}-"):
        title = f"Step {len(items) + 1}: not sent yet"
        items.append(Thumbnail(NEXT, title, "", NEXT, current=not state.shows_result))
    if len(items) < 2:
        return
    operations = {step.id: step.operation for step in steps}

    def opened(run_id: str) -> None:
        state.shows_result = run_id != NEXT
        if operations.get(run_id) == form.operation:
            show_run(run_id)

    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="edit-steps"):
        st.caption("Steps", width="content")
        clicked = draw_row(f"chain.{form.operation}", items, opened, numbered=True)
    if clicked in operations and (other := operations[clicked]) != form.operation:
        st.switch_page(page_of(other), query_params={"run": clicked})


def _steps(view: RunView | None, form: Form) -> list[RunView]:
    """Return the steps up to the last one that was seen; looking at an earlier one does not hide those after it."""
    bench, state = workbench(), page_state(EditState)
    shown = view or _run_before(form)
    if shown is None:
        return []
    last = bench.runner.view(state.last_step) if state.last_step not in ("", shown.id) else shown
    steps = chain(bench.library, last, bench.runner.view) if last is not None else []
    if shown.id not in {step.id for step in steps}:
        steps = chain(bench.library, shown, bench.runner.view)
    state.last_step = steps[-1].id
    return steps


def draw_context(form: Form) -> frozenset[str]:
    """Draw, beneath the image, what a next turn sends and what happens; return the parameters that are drawn."""
    if not _edits_output(form) or "context" not in form.raw:
        return frozenset()
    draw_group(form, Group.OPTIONS, only=OF_TURNS)
    st.caption(escape(_what_is_sent(form)))
    findings = connections.findings(form.model)
    for name in ("image_tool", "responses"):
        if "main_model" in form.raw and name in findings and findings[name].value == NO:
            draw_send_anyway(form, name)
            break
    return OF_TURNS


def _what_is_sent(form: Form) -> str:
    connection = connections.in_use()
    if "main_model" not in form.raw:
        return "Only the image is sent, through /images/edits; the turns before are not."
    if not workbench().client.takes_turns(connection):
        why = f"{connection.name} has no /responses with the image tool"
        return f"{why}, so only the image is sent, through /images/edits."
    return (
        f"The prompts and images that led to this one go along, through /responses, where {form.raw['main_model']} "
        "reads them. A server without it gets only the image, through /images/edits."
    )


def _edits_output(form: Form) -> bool:
    parent, images = page_state(EditState).parent, form.inputs.images
    return parent is not None and bool(images) and images[0].sha256 == parent[1]


def _run_before(form: Form) -> RunView | None:
    """Return the run whose output is the image to edit."""
    parent = page_state(EditState).parent
    if parent is None or not _edits_output(form):
        return None
    output = workbench().library.output(parent[0])
    return workbench().runner.view(output.run_id) if output is not None else None

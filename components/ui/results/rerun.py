"""Submit a run's request again."""

from __future__ import annotations

import dataclasses
from typing import Any

import streamlit as st

from components.client.failures.recurring import recurs
from components.library.queries.question_groups import GROUP_KEY
from components.parameters import InputImage, Request, resolve
from components.runs import RunView
from components.ui.base.deferred import deferred
from components.ui.forms import form
from components.ui.forms.sending.submission import Submission
from components.ui.forms.sending.submit import submit_all
from components.ui.process.workbench import workbench
from components.ui.results.actions import load_run, missing_roles
from components.ui.results.conversation import history_of, thread_of
from components.ui.session import connections


def input_images_of(view: RunView) -> tuple[InputImage, ...]:
    """Return the images that a run was about, as they were sent."""
    return tuple(workbench().library.inputs(view.id).get("image", ()))


def request_of(view: RunView, **changed: Any) -> Request | None:
    """Return a run's request with its inputs, with other values where given; None where it is not accepted any more.

    A recipe names no person, so "user" is the current person.
    """
    found = workbench().library.inputs(view.id)
    if missing_roles(view.recipe, found):
        return None  # with fewer inputs than were sent, it would be another request
    values = {"model": view.model, **view.recipe.get("values", {})}
    if view.operation != "analyze":
        values["user"] = form.form_values(view.operation).get("user") or ""
    values |= changed
    outcome = resolve(
        view.operation,
        str(values["model"]),
        values,
        images=tuple(found.get("image", ())),
        mask=next(iter(found.get("mask", ())), None),
        markup=next(iter(found.get("markup", ())), None),
    )
    if not isinstance(outcome, Request):
        return None
    schema = (view.extra or {}).get("schema")
    if schema and "schema" not in changed:
        outcome = dataclasses.replace(outcome, values={**outcome.values, "schema": schema})
    return outcome


def submission_of(view: RunView, **changed: Any) -> Submission | None:
    """Return a run's request ready to submit, by the connection it went to; None where it is not accepted any more."""
    request = request_of(view, **changed)
    if request is None:
        return None
    connection = connections.of_run(view.connection_id)
    instead_of = connections.instead_of(view.connection_id, view.connection_name)
    if view.operation != "analyze":
        return Submission(connection, request, view.parent_output, extra=view.extra, instead_of=instead_of)
    kept = {name: value for name, value in (view.extra or {}).items() if name != GROUP_KEY}
    history = history_of(thread_of(view)[:-1])
    return Submission(connection, request, view.parent_output, history, kept or None, instead_of)


def run_again(view: RunView) -> None:
    """Submit a run's request as a new run.

    Where it is not accepted any more, such as when one of its input images is gone, fill in its form instead, which
    says what is missing.
    """
    submission = submission_of(view)
    if submission is None:
        load_run(view, show_problems=True)
        return
    submit_all([submission])


def draw_run_again(view: RunView) -> None:
    """Draw the button that submits the same request again; nothing where it would be refused again."""
    if recurs(view.error):
        return
    st.button(
        "Run again",
        icon=":material/replay:",
        key=f"again.{view.operation}",
        on_click=deferred(run_again),
        args=(view,),
        help="Send the same request as a new run.",
    )

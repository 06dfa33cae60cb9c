"""Submit a form: check it, start the run, put the run into the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any

import streamlit as st

from components.client import Connection
from components.library import LibraryUnavailable
from components.library.queries.totals.spending import spent
from components.library.team.audit import ids_detail, record
from components.parameters import OPERATIONS, InputImage, Problem, Request, applicable, estimate, resolve
from components.runs import RunView
from components.settings import BUILT_IN_ID
from components.ui.base.deferred import defer, deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.formatting.money import dollars, estimate_text
from components.ui.base.formatting.sentence import capitalized
from components.ui.base.page_layout import run_bar
from components.ui.forms.checked_form import Form
from components.ui.forms.form_state import FormState
from components.ui.forms.problems import draw_lacking, draw_problems, problem_from_server
from components.ui.forms.sending.budget_left import draw_left
from components.ui.forms.sending.open_runs import too_many_open
from components.ui.forms.sending.submission import Submission, SubmitState
from components.ui.forms.sending.unsent import UNSENT, connection_changed
from components.ui.process.event_channel import page_channel
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.address import show_begun
from components.ui.session.owner import begun_here, draw_owner, person
from components.ui.session.personal.visibility import beside_only_me, wants_private
from components.ui.session.state import page_state

Send = Callable[[Connection, Request], object]

# An image that is still to be added. Prices are estimated without input images.
_PLACEHOLDER = InputImage(Path(), "image.png", "image/png", 1024, 1024, 1, "0" * 64)


def draw_submit(form: Form, connection: Connection, read: Callable[[], Form], send: Send | None = None) -> None:
    """Draw the button that runs, its price, and the problems that prevent the run.

    `read` reads the form again when the button is pressed, since the run starts before the page is drawn again.
    `send` replaces `submit`.
    """
    operation = OPERATIONS[form.operation]
    with run_bar():
        st.button(
            operation.button,
            type="primary",
            width="stretch",
            key=f"{form.operation}.submit",
            shortcut="Mod+Enter",
            on_click=deferred(submit_form),
            args=(form.operation, read, send or submit),
        )
        if failure := page_state(SubmitState).failure:
            st.markdown(f":red[:material/error: {escape(failure)}]")
        with beside_only_me(f"{form.operation}.only-me"):
            _draw_below(form, connection)
    draw_owner(f"{form.operation}.owner")


def submit_form(operation: str, read: Callable[[], Form], send: Send) -> None:
    """Read a form whose button was pressed, and send its request; note why, if it cannot be sent."""
    state = page_state(SubmitState)
    try:
        form, connection = read(), connections.pressed_for()
        page_state(FormState, operation).attempted = form.request is None
        state.failure = ""
        if connection is None:
            state.failure = connection_changed()
        elif form.request is not None:
            send(connection, form.request)
    except LibraryUnavailable as problem:  # a mask is stored before it is sent
        state.failure = f"{problem} {UNSENT}"


def _report(failure: str) -> None:
    defer(_note_failure, failure)


def _note_failure(failure: str) -> None:
    page_state(SubmitState).failure = failure


def submit(
    connection: Connection, request: Request, *, parent_output: str | None = None, shows: bool = True, **more: Any
) -> str | None:
    """Start a run and return its id; None if it is held, or if the library cannot be written and nothing was sent."""
    begun = submit_all([Submission(connection, request, parent_output, **more)], shows=shows)
    return begun[0] if begun else None


def submit_all(
    submissions: Sequence[Submission], *, shows: bool = True, report: Callable[[str], object] = _report
) -> list[str]:
    """Start runs in order and return their ids; show the first on the page of its operation.

    Hold them for confirmation if another connection replaces the intended one, see `held_submission`. Stop at the
    first run that the library refuses; runs that started before go on, and `report` receives the refusal. After the
    first run, do not access the session: Streamlit may interrupt each access, and the action would start again.
    """
    if not submissions:
        return []
    if _must_ask(submissions):
        page_state(SubmitState).held = list(submissions)
        return []
    if over := too_many_open(len(submissions)):
        report(f"{over} {UNSENT}")
        return []
    operation = submissions[0].request.operation
    channel, who, mine, runner = page_channel(operation), person(), begun_here(), workbench().runner
    begun: list[str] = []
    is_private = wants_private()
    for one in submissions:
        try:
            run_id = runner.submit(
                one.connection,
                one.request,
                owner=who.id,
                parent_output=one.parent_output,
                history=one.history,
                extra=one.extra,
                is_private=is_private,
            )
        except LibraryUnavailable as problem:
            report(f"{problem} {UNSENT if not begun else _count_begun(len(begun), len(submissions))}")
            break
        begun.append(run_id)
        mine.add(run_id)
    if begun:
        first = submissions[0]
        facts = {"operation": operation, "model": first.request.model, "connection": first.connection.name}
        record(workbench().full_library, who, "run.submitted", begun[0], ids_detail(begun, **facts))
    if begun and shows:
        channel.follow(begun[0])
        defer(_show_begun, operation, begun[0])
    return begun


def _show_begun(operation: str, run_id: str) -> None:
    page_state(FormState, operation).refused.clear()
    show_begun(operation, run_id)


def _must_ask(submissions: Sequence[Submission]) -> bool:
    return connections.lost() is not None or any(one.instead_of for one in submissions)


def _count_begun(begun: int, of: int) -> str:
    return f"{begun} of {of} runs had begun and go on; the others were not sent, so nothing was spent on them."


def _draw_below(form: Form, connection: Connection) -> None:
    draw_lacking(form, "")
    if form.request is None and page_state(FormState, form.operation).attempted:
        count = sum(len(messages) for messages in form.problems.values())
        draw_problems(form, "")
        what = "one thing above needs" if count == 1 else f"{count} things above need"
        st.caption(f"Not sent: {what} your attention. Nothing was lost.")
        return
    request = form.request or _with_placeholders(form)
    if request is None:
        return
    expected = estimate(request)
    price = estimate_text(expected, request.n)
    if request.has_context:
        price += ", the text model's tokens on top"
    if connection.id == BUILT_IN_ID:
        st.caption(escape(f"Free here. At OpenAI: {price}"))
    else:
        st.caption(escape(f"{capitalized(price)} · {connection.name}{_spent_today()}"))
        draw_left(connection.id, expected.high)


def _with_placeholders(form: Form) -> Request | None:
    """Return the request with a made-up prompt or image in place of one that is missing, for its price.

    None if anything else is wrong.
    """
    images = form.inputs.images
    missing = {name for name, has in (("prompt", form.raw.get("prompt")), ("image", images)) if not has}
    if not set(form.problems) <= missing:
        return None
    values = {**form.sent, "prompt": "…"} if "prompt" in form.problems else form.sent
    inputs = replace(form.inputs, images=(_PLACEHOLDER,)) if "image" in form.problems else form.inputs
    outcome = resolve(form.operation, form.model, values, **vars(inputs))
    return outcome if isinstance(outcome, Request) else None


def _spent_today() -> str:
    """Return today's spending of all people, to follow a price; empty if it is zero."""
    try:
        amount = spent(workbench().full_library, datetime.combine(date.today(), clock.min).timestamp())
    except LibraryUnavailable:
        return ""  # the page shows this error already, and the price is still useful
    return f" · {dollars(amount)} spent today" if amount else ""


def note_refusal(view: RunView) -> None:
    """Show the server's refusal of a parameter at that field of the form too."""
    error = view.error or {}
    wire = str(error.get("param") or "").replace("[", ".").replace("]", "")
    wire = {"input_image_mask": "mask"}.get(inside := wire.removeprefix("tools.0."), inside)
    if not wire:
        return
    asked = view.recipe.get("values", {})
    for parameter in applicable(view.operation, view.model, asked):
        asked_for = view.model if parameter.name == "model" else asked.get(parameter.name)
        if wire in {".".join(parameter.wire), parameter.name}:
            problem_from_server(view.operation, Problem(parameter.name, str(error.get("what", ""))), asked_for)

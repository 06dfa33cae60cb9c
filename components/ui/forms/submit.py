"""From a pressed button to a run: check, hand over, put the run into the address."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock
from typing import Any

import streamlit as st

from components.client import Connection
from components.library import LibraryUnavailable
from components.library.queries.spending import spent
from components.parameters import OPERATIONS, Problem, Request, applicable, estimate
from components.runs import RunView
from components.settings import BUILT_IN_ID
from components.ui.base.assets import asset
from components.ui.base.markdown_text import escape
from components.ui.base.money import dollars, estimate_text
from components.ui.base.page_layout import run_bar
from components.ui.forms.form import Form, draw_problems, problem_from_server
from components.ui.process.event_channel import page_channel
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.address import show_run
from components.ui.session.owner import begun_here, draw_owner, owner

Send = Callable[[Connection, Request], object]

_RUN_KEY = st.components.v2.component(
    "image_workbench_run_key", html="<span hidden></span>", js=asset("forms/run_key.js")
)

# Where the button ended up, for what is drawn later in the same rerun.
_FAILURE = "submit.failure"
_UNSENT = "Nothing was sent, so nothing was spent."

# Streamlit ends a callback at its next look at the session where the browser asks for something else meanwhile, such
# as a run that ended just now, and drawing out a large mask takes a while. So a press is noted until its request is
# on its way, and a run until it is in the address; what was cut short is then taken up by the page's next drawing.
_PRESSED = "submit.pressed"
_BEGUN = "submit.begun"
HELD = "submit.held"  # orders that wait for a person's yes
_PRESS_SECONDS = 20.0  # what was pressed longer ago is sent no more: by now the form may be another


def draw_submit(form: Form, connection: Connection, read: Callable[[], Form], send: Send | None = None) -> None:
    """The button that runs, its price, and what stands in its way.

    `read` reads the form once more when the button is pressed: the click happens before the page is drawn again,
    so a run is under way before anything else is done. `send` submits in another way than the usual.
    """
    operation = OPERATIONS[form.operation]
    press = (form.operation, read, send or submit)
    pressed, at = st.session_state.get(_PRESSED) or ("", 0.0)
    if pressed == form.operation:
        if time.monotonic() - at < _PRESS_SECONDS:
            _pressed(*press)
            st.rerun()
        st.session_state.pop(_PRESSED, None)
    with run_bar():
        st.button(
            operation.button,
            type="primary",
            width="stretch",
            key=f"{form.operation}.submit",
            shortcut="Mod+Enter",
            on_click=_pressed,
            args=press,
        )
        if failure := st.session_state.get(_FAILURE):
            st.markdown(f":red[:material/error: {escape(failure)}]")
        _draw_below(form, connection)
    with st.container(gap=None):  # it takes no room
        _RUN_KEY(key=f"{form.operation}.run-key", data={"button": f"{form.operation}-submit"})
    draw_owner(f"{form.operation}.owner")


def _pressed(operation: str, read: Callable[[], Form], send: Send) -> None:
    st.session_state[_PRESSED] = (operation, time.monotonic())
    try:
        form, connection = read(), connections.pressed_for()
        st.session_state[f"attempted.{operation}"] = form.request is None
        st.session_state.pop(_FAILURE, None)
        if connection is None:
            now = connections.chosen().name
            st.session_state[_FAILURE] = (
                f"The connection has changed to {now} just before. {_UNSENT} Press again to use it."
            )
        elif form.request is not None:
            send(connection, form.request)
    except LibraryUnavailable as problem:  # a mask is kept before it is sent
        st.session_state[_FAILURE] = f"{problem} {_UNSENT}"
    except Exception:  # a fault; what ends a callback is none
        st.session_state.pop(_PRESSED, None)
        raise
    st.session_state.pop(_PRESSED, None)


@dataclass(frozen=True)
class Submission:
    """A request with all that its run needs to begin; `history` are the turns of a conversation before it.

    `instead_of` names the connection that its own one stands in for: then somebody is asked before it is sent.
    """

    connection: Connection
    request: Request
    parent_output: str | None = None
    history: tuple[tuple[str, str], ...] = ()
    extra: Mapping[str, Any] | None = None
    instead_of: str = ""


def submit(connection: Connection, request: Request, *, parent_output: str | None = None, **more: Any) -> str | None:
    """Start a run, show it, and give its id.

    A library that cannot be written is said beneath the button; nothing is sent then, and None given.
    """
    begun = submit_all([Submission(connection, request, parent_output, **more)])
    return begun[0] if begun else None


def submit_all(orders: Sequence[Submission]) -> list[str]:
    """Start runs in their order, show the first on the page of its operation, and give their ids.

    Where another connection stands in for the one that is meant, they are held until somebody has agreed, see
    `held_orders`. After one that the library refuses no other is tried; what was begun before goes on, and the refusal
    is said beneath the button. The session is not looked at before all are begun, since Streamlit may end a callback
    at each such look: none of many is left out because somebody typed meanwhile.
    """
    if not orders:
        return []
    if _must_ask(orders):
        st.session_state[HELD] = list(orders)
        st.session_state.pop(_PRESSED, None)
        return []
    operation = orders[0].request.operation
    to_show: list[str] = st.session_state.setdefault(f"{_BEGUN}.{operation}", [])
    channel, whose, mine, failure = page_channel(operation), owner(), begun_here(), None
    st.session_state.pop(_PRESSED, None)
    begun: list[str] = []
    for order in orders:
        try:
            run_id = workbench().runner.submit(
                order.connection,
                order.request,
                owner=whose,
                parent_output=order.parent_output,
                history=order.history,
                extra=order.extra,
            )
        except LibraryUnavailable as problem:
            failure = f"{problem} {_UNSENT if not begun else _count_begun(len(begun), len(orders))}"
            break
        begun.append(run_id)
        mine.add(run_id)
        to_show[:] = begun[:1]
    if begun:
        channel.follow(begun[0])
    if failure is not None:
        st.session_state[_FAILURE] = failure
    show_begun(operation)
    return begun


def _must_ask(orders: Sequence[Submission]) -> bool:
    return connections.lost() is not None or any(order.instead_of for order in orders)


def _count_begun(begun: int, of: int) -> str:
    return f"{begun} of {of} runs had begun and go on; the others were not sent, so nothing was spent on them."


def take_failure() -> str | None:
    """Why the last run could not be begun, for a page that has no such button; it is not told again."""
    failure: str | None = st.session_state.pop(_FAILURE, None)
    return failure


def show_begun(operation: str) -> None:
    """Put the run that was begun last into the address, unless it was there before."""
    if begun := st.session_state.get(f"{_BEGUN}.{operation}"):
        st.session_state.pop(f"refused.{operation}", None)
        show_run(begun[0])
        begun.clear()


def _draw_below(form: Form, connection: Connection) -> None:
    if form.request is None:
        if st.session_state.get(f"attempted.{form.operation}"):
            count = sum(len(messages) for messages in form.problems.values())
            draw_problems(form, "")
            what = "one thing above needs" if count == 1 else f"{count} things above need"
            st.caption(f"Not sent: {what} your attention. Nothing was lost.")
        return
    if connection.id == BUILT_IN_ID:
        st.caption(escape(f"Free here. At OpenAI: {estimate_text(estimate(form.request), form.request.n)}"))
    else:
        today = _spent_today()
        st.caption(escape(f"{estimate_text(estimate(form.request), form.request.n)} · {connection.name}{today}"))


def _spent_today() -> str:
    """What everyone's runs of today cost so far, to stand behind a price; nothing where that is nothing."""
    try:
        amount = spent(workbench().library, datetime.combine(date.today(), clock.min).timestamp())
    except LibraryUnavailable:
        return ""  # the page says so elsewhere, and a price is told all the same
    return f" · {dollars(amount)} spent today" if amount else ""


def note_refusal(view: RunView) -> None:
    """Where a server refused one parameter of this run, say so at that field of the form too."""
    error = view.error or {}
    wire = str(error.get("param") or "").replace("[", ".").replace("]", "")
    if not wire:
        return
    asked = view.recipe.get("values", {})
    for parameter in applicable(view.operation, view.model, asked):
        asked_for = view.model if parameter.name == "model" else asked.get(parameter.name)
        if wire in {".".join(parameter.wire), parameter.name}:
            problem_from_server(view.operation, Problem(parameter.name, str(error.get("what", ""))), asked_for)

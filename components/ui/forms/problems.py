"""What a form says at its fields: problems, a server's complaints, and what the server is known not to take."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components.parameters import Problem
from components.ui.base.deferred import deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.checked_form import Form
from components.ui.forms.form_state import FormState
from components.ui.session import connections
from components.ui.session.state import page_state


def problem_from_server(operation: str, problem: Problem, value: Any) -> None:
    """Show the server's complaint about a value at its field, as long as the field holds that value."""
    page_state(FormState, operation).refused[problem.parameter] = (problem.message, value)


def _messages(form: Form, name: str) -> list[str]:
    shown: list[str] = []
    # An empty field is not an error before the button was pressed.
    state = page_state(FormState, form.operation)
    if name in state.touched or state.attempted:
        lacking = form.lacking.get(name, ("", ""))[1]
        shown.extend(message for message in form.problems.get(name, ()) if message != lacking)
    refused = state.refused.get(name)
    # A typed number is a string, a sent one is an int.
    if refused and str(refused[1]) == str(form.raw.get(name)):
        shown.append(refused[0])
    return shown


def has_messages(form: Form, name: str) -> bool:
    """Return whether the field has messages."""
    return bool(_messages(form, name))


def draw_problems(form: Form, name: str) -> None:
    """Draw the messages of one field below it."""
    for message in _messages(form, name):
        st.markdown(f":red[:material/error: {escape(message)}]")
    if name:
        draw_lacking(form, name)


def draw_lacking(form: Form, name: str) -> None:
    """Draw why the server is not asked for something, with a button that asks all the same."""
    if name in form.lacking:
        capability, why = form.lacking[name]
        st.markdown(f":orange[:material/block: {escape(why)}]")
        draw_send_anyway(form, capability)


def draw_send_anyway(form: Form, capability: str) -> None:
    """Draw the button that lets the next run send what the server refused."""
    st.button(
        "Send it anyway",
        key=f"{form.operation}.anyway.{capability}",
        type="tertiary",
        help="From the next run on, for everyone, until the server refuses it again. A refusal costs nothing.",
        on_click=deferred(connections.send_anyway),
        args=(capability, form.model),
    )

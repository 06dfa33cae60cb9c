"""Draws an operation's form from the registry and reads it back.

The form knows no parameter by name except that a prompt is shown large. What it keeps for a person (the
"wishes") outlives a change of the model, of the page and of the connection: a value that the chosen model does
not take is not lost, it waits until a model takes it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from components.parameters import (
    OPERATIONS,
    Group,
    InputImage,
    Invalid,
    Parameter,
    Problem,
    Request,
    applicable,
    resolve,
)
from components.ui.address import take_arrived
from components.ui.markdown_text import escape as escape
from components.ui.seeding import is_behind
from components.ui.widgets import draw_widget, fits_widget, is_drawn, is_narrow

MODEL = "model"


@dataclass(frozen=True)
class Form:
    """A form as drawn: what is in it and what `resolve` made of that."""

    operation: str
    model: str
    raw: Mapping[str, Any]
    request: Request | None
    problems: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def help(self, name: str) -> str:
        """The registry's help for a parameter of this form."""
        return next(one.help for one in OPERATIONS[self.operation].parameters if one.name == name)


def wishes(operation: str) -> dict[str, Any]:
    """What this session wants for an operation, by parameter name; unchecked, kept for the whole session."""
    kept: dict[str, Any] = st.session_state.setdefault(f"wishes.{operation}", {})
    return kept


def fill(operation: str, values: Mapping[str, Any]) -> None:
    """Put values into an operation's form, as a recipe or a "run again" does; they show at the next run."""
    wishes(operation).update(values)
    st.session_state[f"touched.{operation}"] = set(values)


def _fill_from_address(operation: str, arrived: Mapping[str, str]) -> None:
    """Take the values of an address in; one that its widget could not even show is named at its field."""
    model = arrived.get(MODEL) or wishes(operation).get(MODEL) or OPERATIONS[operation].default_model
    known = {parameter.name: parameter for parameter in applicable(operation, str(model), arrived)}
    fill(operation, {name: value for name, value in arrived.items() if name in known})
    for name, value in arrived.items():
        parameter = known.get(name)
        if parameter is None or fits_widget(parameter, value):
            continue
        try:
            parameter.kind.parse(value)
        except Invalid as refusal:
            wishes(operation)[name] = parameter.default
            message = f"The address asked for {value!r}. {refusal} It is {parameter.default} now."
            problem_from_server(operation, Problem(name, message), parameter.default)


def _touched(operation: str) -> set[str]:
    touched: set[str] = st.session_state.setdefault(f"touched.{operation}", set())
    return touched


def _take_typed(operation: str) -> None:
    """Take in what widgets hold now. In a click's callback their own callbacks may not have been called yet."""
    for name, (key, shown) in st.session_state.get(f"drawn.{operation}", {}).items():
        if key in st.session_state and st.session_state[key] != shown:
            _changed(operation, name, key)


def _changed(operation: str, name: str, key: str) -> None:
    if is_behind(key):
        return  # the browser has not heard yet of what was filled in; it is told once more
    wishes(operation)[name] = st.session_state[key]
    st.session_state.setdefault(f"drawn.{operation}", {})[name] = (key, st.session_state[key])
    _touched(operation).add(name)


def read_form(
    operation: str,
    *,
    images: tuple[InputImage, ...] = (),
    mask: InputImage | None = None,
    markup: InputImage | None = None,
) -> Form:
    """Check what is in the form now. Nothing is drawn; every problem is in the answer, by parameter."""
    if arrived := take_arrived(operation):
        _fill_from_address(operation, arrived)
    _take_typed(operation)
    kept = wishes(operation)
    model = str(kept.get(MODEL) or OPERATIONS[operation].default_model)
    parameters = applicable(operation, model, kept)
    raw = {parameter.name: kept.get(parameter.name, parameter.default) for parameter in parameters}
    raw[MODEL] = model
    outcome = resolve(operation, model, raw, images=images, mask=mask, markup=markup)
    if isinstance(outcome, Request):
        return Form(operation, model, raw, outcome)
    problems: dict[str, tuple[str, ...]] = {}
    for problem in outcome:
        problems[problem.parameter] = (*problems.get(problem.parameter, ()), problem.message)
    return Form(operation, model, raw, None, problems)


def problem_from_server(operation: str, problem: Problem, value: Any) -> None:
    """Show a complaint about one value at its field, as long as the field holds that value."""
    st.session_state.setdefault(f"refused.{operation}", {})[problem.parameter] = (problem.message, value)


def _messages(form: Form, name: str) -> list[str]:
    shown: list[str] = []
    # An empty field is no mistake before somebody has pressed the button.
    if name in _touched(form.operation) or st.session_state.get(f"attempted.{form.operation}"):
        shown.extend(form.problems.get(name, ()))
    refused = st.session_state.get(f"refused.{form.operation}", {}).get(name)
    if refused and refused[1] == wishes(form.operation).get(name):
        shown.append(refused[0])
    return shown


def draw_problems(form: Form, name: str) -> None:
    """The messages of one field, right beneath it."""
    for message in _messages(form, name):
        st.markdown(f":red[:material/error: {escape(message)}]")


def _draw(form: Form, parameter: Parameter) -> None:
    key = f"{form.operation}.{parameter.name}"
    draw_widget(
        parameter,
        key=key,
        wish=form.raw.get(parameter.name, parameter.default),
        operation=form.operation,
        on_change=_changed,
        args=(form.operation, parameter.name, key),
    )
    st.session_state.setdefault(f"drawn.{form.operation}", {})[parameter.name] = (key, st.session_state.get(key))
    draw_problems(form, parameter.name)


def draw_group(
    form: Form, group: Group, *, skip: frozenset[str] = frozenset(), only: frozenset[str] | None = None
) -> None:
    """Draw the parameters of one group that apply now; short ones stand side by side."""
    parameters = [
        parameter
        for parameter in applicable(form.operation, form.model, form.raw)
        if parameter.group is group
        and parameter.name not in skip
        and (only is None or parameter.name in only)
        and is_drawn(parameter)
    ]
    waiting: list[Parameter] = []
    for parameter in parameters:
        if is_narrow(parameter):
            waiting.append(parameter)
            if len(waiting) == 2:
                _draw_row(form, waiting)
                waiting = []
            continue
        if waiting:
            _draw_row(form, waiting)
            waiting = []
        _draw(form, parameter)
    if waiting:
        _draw_row(form, waiting)


def _draw_row(form: Form, parameters: list[Parameter]) -> None:
    columns = st.columns(2, gap="small", wrap=False)
    for column, parameter in zip(columns, parameters, strict=False):
        with column:
            _draw(form, parameter)


def option_names(form: Form, group: Group, *, skip: frozenset[str] = frozenset()) -> str:
    """The labels of a group's parameters in one line, to say what a closed panel holds."""
    parameters = applicable(form.operation, form.model, form.raw)
    labels = [one.label for one in parameters if one.group is group and one.name not in skip]
    # An abbreviation, such as SVG, stays as it is.
    return ", ".join(label if label[:2].isupper() else label[:1].lower() + label[1:] for label in labels)

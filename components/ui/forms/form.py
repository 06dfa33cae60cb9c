"""Draw an operation's form from the registry, and read it back.

The values that a person entered survive a change of model, page and connection. `parameters.fit` alone decides which
of them apply now: a field shows what is sent, and a value that waits for another model is named below its field.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from components.parameters import (
    OPERATIONS,
    Group,
    InputImage,
    Inputs,
    Parameter,
    Problem,
    Request,
    applicable,
    fit,
    initial_values,
    resolve,
)
from components.parameters.capabilities import YES, inputs_refused, refused_values
from components.parameters.capabilities import refusals as server_refusals
from components.parameters.prompts.styles import Style
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.checked_form import Form
from components.ui.forms.flat_background import cut_extra, flat_styles
from components.ui.forms.form_state import FormState
from components.ui.forms.problems import draw_problems, draw_send_anyway
from components.ui.forms.variables import PROMPT, unfilled, unfilled_message
from components.ui.forms.widgets import (
    draw_widget,
    forget_unfinished,
    held_value,
    is_drawn,
    is_narrow,
    offered_models,
    unfinished_text,
)
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.address import forget_run, take_arrived
from components.ui.session.state import page_state
from components.ui.session.team_rules import refusals
from components.ui.session.widget_sync import is_behind

MODEL = "model"


def form_values(operation: str) -> dict[str, Any]:
    """Return the values that a person entered for an operation, by parameter name: unchecked, kept for the session."""
    return page_state(FormState, operation).values


def fill(operation: str, values: Mapping[str, Any]) -> None:
    """Put values into an operation's form; they show when it is drawn next."""
    forget_run(operation)
    form_values(operation).update(values)
    page_state(FormState, operation).touched = {name for name, value in values.items() if value != ""}
    _typed(operation).difference_update(values)
    for name in values:
        forget_unfinished(_key(operation, name))


def forget_all_unfinished(operation: str) -> None:
    """Discard text that was typed into a combobox but not chosen, in every field."""
    for parameter in OPERATIONS[operation].parameters:
        forget_unfinished(_key(operation, parameter.name))


def _key(operation: str, name: str) -> str:
    return f"{operation}.{name}"


def _touched(operation: str) -> set[str]:
    return page_state(FormState, operation).touched


def _typed(operation: str, model: str | None = None) -> set[str]:
    """Return the parameters that a person set since this model was chosen; with None, since the last choice."""
    state = page_state(FormState, operation)
    if model is not None and model != state.typed[0]:
        state.typed = model, set()
    return state.typed[1]


def take_typed(operation: str) -> None:
    """Read the widgets' current values. During a click's callback their own callbacks may still be to come."""
    for name, (key, shown) in list(_drawn(operation).items()):
        held = held_value(key)
        if held is not None and held != shown:
            _changed(operation, name, key)


def _drawn(operation: str) -> dict[str, tuple[str, Any]]:
    """Return, by parameter, the key of its widget and the value that it was last drawn with."""
    return page_state(FormState, operation).drawn


def _changed(operation: str, name: str, key: str) -> None:
    if is_behind(key):
        return  # the browser still reports the value from before the form was filled; it receives the new one again
    held = held_value(key)
    _touched(operation).add(name)
    if unfinished_text(key) is not None and held == _drawn(operation).get(name, (key, None))[1]:
        return  # the text was typed but not chosen
    form_values(operation)[name] = held
    _drawn(operation)[name] = (key, held)
    _typed(operation).add(name)


def chosen_model(operation: str) -> str:
    """Return the model that a person chose, else the operation's default if the server has it, else its first one."""
    default = page_state(FormState, operation).default
    if model := form_values(operation).get(MODEL) or default.get(MODEL):
        return str(model)
    usual, offered = OPERATIONS[operation].default_model, offered_models(operation)
    return usual if usual in offered else offered[0]


def read_form(
    operation: str,
    *,
    images: tuple[InputImage, ...] = (),
    mask: InputImage | None = None,
    markup: InputImage | None = None,
) -> Form:
    """Check the form's values without drawing anything; the returned form lists every problem by parameter."""
    if arrived := take_arrived(operation):
        known = {parameter.name for parameter in OPERATIONS[operation].parameters}
        fill(operation, {name: value for name, value in arrived.items() if name in known})
    take_typed(operation)
    model = chosen_model(operation)
    connection = connections.chosen()
    findings = workbench().capabilities.known(connection, model)
    streams = connections.is_known_to_stream(connection) or ("stream" in findings and findings["stream"].value == YES)
    initial = initial_values(operation, model) if streams else {}
    refused = server_refusals(connection.name, findings)
    fitted = fit(
        operation,
        model,
        {**initial, **page_state(FormState, operation).default, **form_values(operation)},
        typed=_typed(operation, model),
        refused=refused,
    )
    styles: tuple[Style, ...] = ()
    if PROMPT in fitted.values:
        flat = flat_styles(operation, str(fitted.values[PROMPT] or ""), images)
        styles = (*page_state(FormState, operation).styles, *flat)
    inputs = Inputs(images, mask, markup)
    lacks = inputs_refused(operation, inputs, refused)
    lacking = {problem.parameter: (capability, problem.message) for capability, problem in lacks}
    form = Form(operation, model, fitted.values, None, {}, fitted.unused, styles, inputs, refused, lacking)
    form = replace(form, extra=cut_extra(operation, str(form.sent.get(PROMPT) or "")))
    outcome = resolve(operation, model, form.sent, **vars(inputs))
    found = [] if isinstance(outcome, Request) else list(outcome)
    found += [problem for _, problem in lacks]
    asked = outcome.values if isinstance(outcome, Request) else form.sent
    beyond = [Problem(*one) for one in refusals(connection.id, model, asked)]
    _touched(operation).update(problem.parameter for problem in beyond)
    found += beyond
    unfinished = _unfinished(operation, fitted.values)
    _touched(operation).update(problem.parameter for problem in unfinished)
    found += unfinished
    if names := unfilled(operation, fitted.values):
        found.append(Problem(PROMPT, unfilled_message(names)))
    problems: dict[str, tuple[str, ...]] = {}
    for problem in found:
        problems[problem.parameter] = (*problems.get(problem.parameter, ()), problem.message)
    request = outcome if isinstance(outcome, Request) and not problems else None
    return replace(form, request=request, problems=problems)


def _unfinished(operation: str, names: Collection[str]) -> list[Problem]:
    """Return a problem for each field with text that was typed but not chosen."""
    texts = {name: unfinished_text(_key(operation, name)) for name in names}
    return [
        Problem(name, f"“{text}” is not chosen yet. Choose from the list, or press Escape in the field to go back.")
        for name, text in texts.items()
        if text is not None
    ]


def _draw(form: Form, parameter: Parameter) -> None:
    key = _key(form.operation, parameter.name)
    draw_widget(
        parameter,
        key=key,
        value=form.raw.get(parameter.name, parameter.default),
        operation=form.operation,
        on_change=_changed,
        args=(form.operation, parameter.name, key),
        reads_braces=form.reads_braces,
    )
    _drawn(form.operation)[parameter.name] = (key, held_value(key))
    draw_problems(form, parameter.name)
    unused = form.unused.get(parameter.name)
    if unused is not None and unused.capability:
        st.caption(escape(f"{unused.reason} It is not sent."))
        draw_send_anyway(form, unused.capability)
    elif unused is not None:
        rest = "It is kept for models that accept it." if unused.fits_other_model else "It is not used."
        st.caption(escape(f"{unused.reason} {rest}"))
    else:
        for sentence in refused_values(parameter, form.refused):
            st.caption(escape(sentence))


def draw_group(
    form: Form, group: Group, *, skip: frozenset[str] = frozenset(), only: frozenset[str] | None = None
) -> None:
    """Draw the parameters of a group that apply now, short ones side by side."""
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

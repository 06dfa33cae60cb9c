"""The part of the form that makes a sheet of a run: what varies, with which values, and the price."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.library.sheets.sheet_store import word_list_values
from components.parameters import OPERATIONS, Choice, Integer, ModelName, Parameter, Problem, Size, Text
from components.parameters.sheets import (
    CONNECTION,
    IMAGE,
    RULES,
    Plan,
    SheetTemplate,
    choices_of,
    fixed,
    has_groups,
    refused_values,
    single_text,
    unbalanced_note,
    varying,
)
from components.ui.base.formatting.markdown_text import escape
from components.ui.forms.checked_form import Form
from components.ui.forms.variables import unfilled, unfilled_message
from components.ui.forms.widgets import offered_models
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.widget_sync import seed
from components.ui.sheets.form.lists import draw_missing_list
from components.ui.sheets.state import draw_again, has_draws, plan_of, sheet_state

PROMPT = "prompt"
# More choices than this, or longer ones, are a list to choose from instead of buttons.
MOST_PILLS = 8
PILL_LETTERS = 60
LONGEST = 20_000  # letters of all values of a text

HELP = (
    "Choose parameters to try several values of each: every combination is run. In the prompt, {studio|watercolor} "
    "is every choice, {2$$a|b|c} draws 2 of them and {1-2$$a|b|c} 1 or 2, {1..10} is a range, {cat=>dog} replaces a "
    "word, and {name} is a saved list. Write \\{ for a brace itself."
)


@dataclass(frozen=True)
class SheetForm:
    """What the form makes of a sheet; without a `plan` it is a run as usual.

    `varied` are not to be drawn once more. `is_unreadable`: the prompt's lines or braces make no prompts.
    """

    varied: frozenset[str] = frozenset()
    template: SheetTemplate | None = None
    plan: Plan | None = None
    is_unreadable: bool = False


def prepare_sheet(form: Form) -> SheetForm:
    """Return the sheet of a form, after what can vary no longer is taken out of what varies."""
    state = sheet_state(form.operation)
    names = [name for name in state.names if name in _offered(form)]
    if names != state.names:
        state.names = names
    return sheet_of(form)


def _offered(form: Form) -> dict[str, Parameter]:
    """Return what can vary, by name."""
    models = _models(form)
    return {one.name: one for one in (*varying(form.operation, models), *_connections())}


def _models(form: Form) -> Sequence[str]:
    return sheet_state(form.operation).values.get("model") or [form.model]


def draw_vary(form: Form, sheet: SheetForm, beneath_prompt: DeltaGenerator) -> None:
    """Draw the control and the values of what varies in the sheet that `prepare_sheet` returned for the form.

    What is wrong with the prompt, and how else it can be read, is drawn into `beneath_prompt`, which is at its field.
    """
    state = sheet_state(form.operation)
    models, offered, names = _models(form), _offered(form), state.names
    key = f"{form.operation}.vary"
    others = "\n".join(f"- {escape(f'{one.label}: {one.fixed}')}" for one in fixed(form.operation))
    st.multiselect(
        "Vary",
        list(offered),
        default=seed(key, names),
        format_func=lambda name: offered[name].label,
        key=key,
        placeholder="Choose parameters, or write {a|b} above",
        help=f"{HELP}\n\nOne value for all cells:\n{others}",
        on_change=_take_names,
        args=(form.operation, key),
    )
    for name in names:
        _draw_values(form, offered[name], models)
    refusals = [refusal for name in names for refusal in _refused(form, name)]
    for problem in sheet.plan.problems if sheet.plan is not None else ():
        if problem.parameter == RULES:
            continue  # it stands at the field of the rules
        if any(refusal in problem.message for refusal in refusals):
            continue  # it stands at the field of the values
        is_empty_axis = problem.parameter in names and not state.values.get(problem.parameter)
        if not is_empty_axis and problem.message not in form.problems.get(problem.parameter, ()):
            with beneath_prompt if problem.parameter == PROMPT else nullcontext():
                st.markdown(f":red[:material/error: {escape(problem.message)}]")
    with beneath_prompt:
        _draw_reading(form, is_unreadable=sheet.is_unreadable)


def _connections() -> list[Parameter]:
    """Return the connection as something that can vary; nothing where there is one only."""
    here = {one.id: one.name for one in connections.available()}
    kind = Choice(tuple(here), here)
    return [Parameter(CONNECTION, "Connection", kind, "", "", "")] if len(here) > 1 else []


def sheet_of(form: Form) -> SheetForm:
    """Return the sheet that a form and its varied parameters make, without drawing anything."""
    names = sheet_state(form.operation).names
    template, plan = plan_of(form, word_list_values(workbench().library))
    is_unreadable = any(problem.parameter == PROMPT for problem in plan.problems)
    if not names and not plan.axes and not is_unreadable:
        return SheetForm()  # one run; the form's own fields show its problems
    # Problems of no field, such as a mask that cannot be used.
    known = {"", *(one.name for one in OPERATIONS[form.operation].parameters)}
    others = [Problem(name, one) for name, found in form.problems.items() if name not in known for one in found]
    others += [Problem(name, one) for name in names for one in _refused(form, name)]
    if others:
        plan = replace(plan, problems=(*plan.problems, *others))
    if left := unfilled(form.operation, form.raw):
        plan = replace(plan, problems=(*plan.problems, Problem(PROMPT, unfilled_message(left))))
    return SheetForm(frozenset(names), template, plan, is_unreadable)


def _take_names(operation: str, key: str) -> None:
    state = sheet_state(operation)
    state.names = list(st.session_state[key])
    state.values = {name: state.values.get(name, []) for name in state.names}


def _refused(form: Form, name: str) -> Sequence[str]:
    """Return a sentence for each value that varies and that none of the models takes."""
    values = sheet_state(form.operation).values.get(name, ())
    return () if name in {IMAGE, CONNECTION} else refused_values(form.operation, _models(form), name, values)


def _draw_values(form: Form, parameter: Parameter, models: Sequence[str]) -> None:
    _draw_choices(form, parameter, models)
    for message in _refused(form, parameter.name):
        st.markdown(f":red[:material/error: {escape(message)}]")


def _draw_choices(form: Form, parameter: Parameter, models: Sequence[str]) -> None:
    state, name = sheet_state(form.operation), parameter.name
    if name == IMAGE:
        count = len(form.inputs.images)
        if count:
            one = "The image above is edited" if count == 1 else f"Each of the {count} images above is edited by itself"
            mask = ", with the mask where that has its size" if form.inputs.mask else ""
            st.caption(f"{one}{mask}. Add more, and each is one value more.")
        else:
            st.caption("Add the images above: each is edited by itself.")
        return
    known = offered_models(form.operation) if name == "model" else choices_of(form.operation, models, name)
    if name == CONNECTION and isinstance(parameter.kind, Choice):
        known = parameter.kind.options
    chosen = list(state.values.get(name, []))
    if isinstance(parameter.kind, Text) and name != "model":
        _draw_lines(form.operation, parameter, chosen)
        return
    options = list(dict.fromkeys([*known, *chosen]))
    labels = getattr(parameter.kind, "labels", {})
    key = f"{form.operation}.vary.{name}"

    def named(value: Any) -> str:
        return ("on" if value else "off") if isinstance(value, bool) else str(labels.get(value, value))

    is_free = isinstance(parameter.kind, Size | Integer | ModelName) and getattr(parameter.kind, "free", True)
    common: dict[str, Any] = {
        "label": f"{parameter.label}: values",
        "options": options,
        "default": seed(key, chosen),
        "format_func": named,
        "key": key,
        "on_change": _take_values,
        "args": (form.operation, name, key),
    }
    if not is_free and len(options) <= MOST_PILLS and sum(len(named(one)) for one in options) <= PILL_LETTERS:
        st.pills(selection_mode="multi", **common)
    else:
        hint = "choose, or type values" if is_free else "choose values"
        st.multiselect(accept_new_options=is_free, placeholder=hint, **common)
    if not chosen:
        st.caption("Choose the values to try.")
    elif name == CONNECTION:
        st.caption("Each gets the chosen model. A cell whose connection does not list its model is not sent.")


def _draw_lines(operation: str, parameter: Parameter, chosen: Sequence[Any]) -> None:
    key = f"{operation}.vary.{parameter.name}"
    st.text_area(
        f"{parameter.label}: values, one a line",
        value=seed(key, "\n".join(map(str, chosen))),
        key=key,
        height=90,
        max_chars=LONGEST,
        on_change=_take_lines,
        args=(operation, parameter.name, key),
    )
    if not chosen:
        st.caption("Write the values to try.")


def _take_lines(operation: str, name: str, key: str) -> None:
    lines = (line.strip() for line in str(st.session_state[key]).splitlines())
    sheet_state(operation).values[name] = list(dict.fromkeys(line for line in lines if line))


def _take_values(operation: str, name: str, key: str) -> None:
    sheet_state(operation).values[name] = list(st.session_state[key])


def _draw_reading(form: Form, *, is_unreadable: bool) -> None:
    """Draw how the prompt is read where it could be read in two ways."""
    state, prompt = sheet_state(form.operation), str(form.raw.get("prompt") or "")
    if not state.is_plain and (note := unbalanced_note(prompt)):
        st.caption(escape(note))
    lines = sum(1 for line in prompt.splitlines() if line.strip())
    has_braces = has_groups(prompt) or ("{" in prompt and is_unreadable) or single_text(prompt) != prompt
    if lines < 2 and not has_braces and not state.is_plain:
        return
    with st.container(horizontal=True, gap="medium"):
        if lines > 1:
            _draw_toggle(form.operation, "by_line", "Each line is a prompt", state.by_line)
        if has_braces or (state.is_plain and "{" in prompt):
            if not state.is_plain:
                draw_missing_list(form.operation, prompt)
            _draw_toggle(form.operation, "is_plain", "Send the braces as they are", state.is_plain)
        if has_draws(form):
            st.button(
                "Draw again",
                icon=":material/casino:",
                type="tertiary",
                key=f"{form.operation}.sheet.draw",
                help="Choose anew what {2$$a|b|c} draws. Until then the form keeps its draw.",
                on_click=draw_again,
                args=(form.operation,),
            )


def _draw_toggle(operation: str, name: str, label: str, value: bool) -> None:
    key = f"{operation}.sheet.{name}"
    st.toggle(label, value=seed(key, value), key=key, on_change=_take_toggle, args=(operation, name, key))


def _take_toggle(operation: str, name: str, key: str) -> None:
    setattr(sheet_state(operation), name, bool(st.session_state[key]))

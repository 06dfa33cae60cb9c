"""Map each kind of parameter to the Streamlit widget that draws it, in one table.

A widget's state is set from the form's value only where the two differ: setting it at every rerun would overwrite what
is being typed. The value is the widget's default too: Streamlit sends a changed state with one rerun only, and if the
next rerun replaces that one, a new widget would start with another value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from components.parameters import (
    Choice,
    FieldName,
    Integer,
    Invalid,
    Model,
    ModelName,
    Parameter,
    Size,
    Switch,
    Text,
    Urls,
    find_model,
    models_for,
)
from components.ui.base.assets import asset
from components.ui.forms.combobox import Option, draw_combobox, typed_in
from components.ui.forms.earlier_prompts import earlier_prompts
from components.ui.forms.form_state import FormState
from components.ui.session import connections
from components.ui.session.state import page_state
from components.ui.session.widget_sync import seed

# More options, or more letters in all, do not fit side by side in the form's column.
SEGMENTS = 6
SEGMENT_LETTERS = 34

_PROMPT_FOOTER = st.components.v2.component(
    "image_workbench_prompt_footer",
    html='<div class="prompt-footer"><span class="keys"></span><span class="count" role="status"></span></div>',
    css=asset("forms/prompt.css"),
    js=asset("forms/prompt_history.js", "forms/prompt.js"),
)


@dataclass(frozen=True)
class WidgetSpec:
    """A parameter, and what its widget needs besides. `reads_braces`: in a text, they may stand for several texts."""

    parameter: Parameter
    key: str
    operation: str
    on_change: Callable[..., None]
    args: tuple[Any, ...]
    reads_braces: bool = False

    @property
    def common(self) -> dict[str, Any]:
        """Return the arguments that every Streamlit widget takes."""
        return {
            "label": self.parameter.label,
            "key": self.key,
            "help": self.parameter.help,
            "on_change": self.on_change,
            "args": self.args,
        }


def _index(options: Sequence[Any], value: Any) -> int:
    return options.index(value) if value in options else 0


def _fitting(parameter: Parameter, value: Any) -> Any:
    """Return the value parsed for this kind's widget, or the parameter's default if it does not fit."""
    try:
        return parameter.kind.parse(value)
    except Invalid:
        return parameter.default


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def _text(drawing: WidgetSpec, value: Any) -> None:
    kind = drawing.parameter.kind
    assert isinstance(kind, Text)
    text = seed(drawing.key, _as_text(value))
    if not kind.multiline:
        st.text_input(value=text, **drawing.common)
        return
    st.text_area(value=text, height=120, **drawing.common)
    if kind.max_length:
        _PROMPT_FOOTER(
            key=f"{drawing.key}.footer",
            data={
                "label": drawing.parameter.label,
                "limit": kind.max_length,
                "hint": "Ctrl+Enter runs, Alt+↑ recalls",
                "page": drawing.operation,
                "earlier": earlier_prompts(drawing.operation, reads_braces=drawing.reads_braces),
            },
        )


def _line(drawing: WidgetSpec, value: Any) -> None:
    st.text_input(value=seed(drawing.key, _as_text(value)), **drawing.common)


def _lines(drawing: WidgetSpec, value: Any) -> None:
    lines = seed(drawing.key, "\n".join(value) if isinstance(value, list | tuple) else _as_text(value))
    st.text_area(value=lines, height=90, **drawing.common)


def _segments(kind: Choice) -> bool:
    return len(kind.options) <= SEGMENTS and sum(map(len, kind.options)) <= SEGMENT_LETTERS


def _choice(drawing: WidgetSpec, value: Any) -> None:
    kind = drawing.parameter.kind
    assert isinstance(kind, Choice)
    chosen = seed(drawing.key, _fitting(drawing.parameter, value))

    def named(option: str) -> str:
        return kind.labels.get(option, option)

    if _segments(kind):
        st.segmented_control(
            options=kind.options,
            default=chosen,
            format_func=named,
            required=True,
            width="stretch",
            wrap=True,
            **drawing.common,
        )
    else:
        st.selectbox(options=kind.options, index=_index(kind.options, chosen), format_func=named, **drawing.common)


def _combobox(drawing: WidgetSpec, value: Any, options: Sequence[Option], *, free: bool) -> None:
    draw_combobox(
        drawing.parameter.label,
        options,
        key=drawing.key,
        value=_as_text(value),
        help=drawing.parameter.help,
        free=free,
        on_change=drawing.on_change,
        args=drawing.args,
    )


def _size(drawing: WidgetSpec, value: Any) -> None:
    kind = drawing.parameter.kind
    assert isinstance(kind, Size)
    _combobox(drawing, value, [Option(size) for size in kind.choices], free=kind.free)


def _integer(drawing: WidgetSpec, value: Any) -> None:
    """Draw a number as text: a browser's number field does not report values beyond its limits."""
    kind = drawing.parameter.kind
    assert isinstance(kind, Integer)
    try:
        text = str(kind.parse(value))
    except Invalid:
        text = _as_text(value)
    st.text_input(value=seed(drawing.key, text), autocomplete="off", **drawing.common)


def _switch(drawing: WidgetSpec, value: Any) -> None:
    st.toggle(value=seed(drawing.key, bool(_fitting(drawing.parameter, value))), **drawing.common)


def model_note(model: Model, today: date) -> str:
    """Return the menu's note on a model: what it is good for, or its shutdown date."""
    status = model.status(today)
    if status == "current":
        return model.note
    word = "retired" if status == "retired" else "ends"
    instead = f", now {model.replaced_by}" if model.replaced_by else ""
    return f"{word} {model.shutdown.isoformat() if model.shutdown else ''}{instead}"


def _model(drawing: WidgetSpec, value: Any) -> None:
    today = date.today()
    server = connections.chosen().server
    options = []
    for name in offered_models(drawing.operation):
        notes = [model_note(find_model(name), today), server.name_of(name)]
        options.append(Option(name, " · ".join(note for note in notes if note and note != name)))
    for name in page_state(FormState, drawing.operation).other_models:
        notes = [model_note(find_model(name), today), "not listed"]
        options.append(Option(name, " · ".join(note for note in notes if note)))
    _combobox(drawing, value, options, free=True)


def offered_models(operation: str) -> Sequence[str]:
    """Return the ids that come first in the model menu: those of the server's list, else the catalogue's."""
    return page_state(FormState, operation).models or [model.id for model in models_for(operation, date.today())]


WIDGETS: Mapping[type, Callable[[WidgetSpec, Any], None]] = {
    Text: _text,
    FieldName: _line,
    Urls: _lines,
    Choice: _choice,
    Size: _size,
    Integer: _integer,
    Switch: _switch,
    ModelName: _model,
}


def is_drawn(parameter: Parameter) -> bool:
    """Return whether the form draws this parameter; pages draw input images themselves."""
    return type(parameter.kind) in WIDGETS


def is_narrow(parameter: Parameter) -> bool:
    """Return whether two such parameters fit side by side."""
    kind = parameter.kind
    if isinstance(kind, Choice):
        return not _segments(kind)
    if isinstance(kind, Text):
        return not kind.multiline and not isinstance(kind, ModelName)
    return isinstance(kind, Size | Integer)


def held_value(key: str) -> Any:
    """Return the current value of a widget; None before it was drawn."""
    typed = typed_in(key)
    return st.session_state.get(key) if typed is None else typed.value


def unfinished_text(key: str) -> str | None:
    """Return the text in a combobox that was typed but not chosen; None otherwise."""
    typed = typed_in(key)
    return None if typed is None else typed.open


def forget_unfinished(key: str) -> None:
    """Discard text that was typed into a combobox but not chosen."""
    if (typed := typed_in(key)) is not None:
        typed.open = None


def draw_widget(
    parameter: Parameter,
    *,
    key: str,
    value: Any,
    operation: str,
    on_change: Callable[..., None],
    args: tuple[Any, ...],
    reads_braces: bool = False,
) -> None:
    """Draw a parameter's widget with this value."""
    WIDGETS[type(parameter.kind)](WidgetSpec(parameter, key, operation, on_change, args, reads_braces), value)

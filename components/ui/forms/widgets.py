"""Which Streamlit widget draws which kind of parameter. One table; a new kind is one line more.

A widget is seeded from the form's value only when its own state differs from it: seeding at every rerun would
overwrite what is being typed at that moment. Each gets the wish as its own default too: what is seeded reaches the
browser with one drawing alone, and where the next one overtakes that, a new widget would begin with another value.
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
from components.ui.session.state import page_state
from components.ui.session.widget_sync import seed

# More choices than this, or longer ones, do not fit side by side in the form's column.
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
    """What a widget needs besides its parameter."""

    parameter: Parameter
    key: str
    operation: str
    on_change: Callable[..., None]
    args: tuple[Any, ...]

    @property
    def common(self) -> dict[str, Any]:
        """The arguments that every Streamlit widget takes."""
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
    """The value as this kind's widget can hold it, else the parameter's default."""
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
                "earlier": earlier_prompts(drawing.operation),
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
    """Draw a number as a text: the browser's own number field keeps what is beyond its limits from the server."""
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
    """What the list says of a model: what it is good for, or its end where one is set."""
    status = model.status(today)
    if status == "current":
        return model.note
    word = "retired" if status == "retired" else "ends"
    instead = f", now {model.replaced_by}" if model.replaced_by else ""
    return f"{word} {model.shutdown.isoformat() if model.shutdown else ''}{instead}"


def _model(drawing: WidgetSpec, value: Any) -> None:
    today = date.today()
    names = offered_models(drawing.operation)
    options = [Option(name, model_note(find_model(name), today)) for name in names]
    _combobox(drawing, value, options, free=True)


def offered_models(operation: str) -> Sequence[str]:
    """The ids of the model menu: what the page prepared from the server's list, else the catalogue."""
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
    """Whether a parameter has a widget of its own here; pictures are drawn by the pages that take them."""
    return type(parameter.kind) in WIDGETS


def is_narrow(parameter: Parameter) -> bool:
    """Whether two of such parameters fit side by side."""
    kind = parameter.kind
    if isinstance(kind, Choice):
        return not _segments(kind)
    if isinstance(kind, Text):
        return not kind.multiline and not isinstance(kind, ModelName)
    return isinstance(kind, Size | Integer)


def held_value(key: str) -> Any:
    """What the widget of this key holds now; None before it was drawn."""
    typed = typed_in(key)
    return st.session_state.get(key) if typed is None else typed.value


def unfinished_text(key: str) -> str | None:
    """A text that stands in the widget of this key and is no choice yet."""
    typed = typed_in(key)
    return None if typed is None else typed.open


def forget_unfinished(key: str) -> None:
    """Let the widget of this key show its value again in place of a text that is no choice yet."""
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
) -> None:
    """Draw one parameter's widget, holding this value."""
    WIDGETS[type(parameter.kind)](WidgetSpec(parameter, key, operation, on_change, args), value)

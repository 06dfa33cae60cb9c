"""Which Streamlit widget draws which kind of parameter. One table; a new kind is one line more.

A widget is seeded from the person's wish only when its own state differs from it: seeding at every rerun would
overwrite what is being typed at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from components.ui.assets import asset

# More choices than this, or longer ones, do not fit side by side in the form's column.
SEGMENTS = 6
SEGMENT_LETTERS = 34

_PROMPT_FOOTER = st.components.v2.component(
    "image_workbench_prompt_footer",
    html='<div class="prompt-footer"><span class="keys"></span><span class="count" role="status"></span></div>',
    css=asset("prompt.css"),
    js=asset("prompt.js"),
)


@dataclass(frozen=True)
class Drawing:
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


def _seed(key: str, value: Any) -> None:
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def _fitting(parameter: Parameter, wish: Any) -> Any:
    """The wish as this kind's widget can hold it, else the parameter's default."""
    try:
        return parameter.kind.parse(wish)
    except Invalid:
        return parameter.default


def _as_text(wish: Any) -> str:
    return "" if wish is None else str(wish)


def _text(drawing: Drawing, wish: Any) -> None:
    kind = drawing.parameter.kind
    assert isinstance(kind, Text)
    _seed(drawing.key, _as_text(wish))
    if not kind.multiline:
        st.text_input(**drawing.common)
        return
    st.text_area(height=120, **drawing.common)
    if kind.max_length:
        _PROMPT_FOOTER(
            key=f"{drawing.key}.footer",
            data={"label": drawing.parameter.label, "limit": kind.max_length, "hint": "Ctrl+Enter runs"},
        )


def _line(drawing: Drawing, wish: Any) -> None:
    _seed(drawing.key, _as_text(wish))
    st.text_input(**drawing.common)


def _lines(drawing: Drawing, wish: Any) -> None:
    _seed(drawing.key, "\n".join(wish) if isinstance(wish, list | tuple) else _as_text(wish))
    st.text_area(height=90, **drawing.common)


def _segments(kind: Choice) -> bool:
    return len(kind.options) <= SEGMENTS and sum(map(len, kind.options)) <= SEGMENT_LETTERS


def _choice(drawing: Drawing, wish: Any) -> None:
    kind = drawing.parameter.kind
    assert isinstance(kind, Choice)
    _seed(drawing.key, _fitting(drawing.parameter, wish))

    def named(option: str) -> str:
        return kind.labels.get(option, option)

    if _segments(kind):
        st.segmented_control(
            options=kind.options, format_func=named, required=True, width="stretch", wrap=True, **drawing.common
        )
    else:
        st.selectbox(options=kind.options, format_func=named, **drawing.common)


def _size(drawing: Drawing, wish: Any) -> None:
    kind = drawing.parameter.kind
    assert isinstance(kind, Size)
    # A size that breaks a limit stays in the field, where its message can be read beside it.
    _seed(drawing.key, _as_text(wish) if kind.free else _fitting(drawing.parameter, wish))
    options = list(kind.choices)
    if kind.free and st.session_state[drawing.key] not in options:
        options.append(st.session_state[drawing.key])
    st.selectbox(options=options, accept_new_options=kind.free, **drawing.common)


def _integer(drawing: Drawing, wish: Any) -> None:
    kind = drawing.parameter.kind
    assert isinstance(kind, Integer)
    _seed(drawing.key, _fitting(drawing.parameter, wish))
    st.number_input(min_value=kind.minimum, max_value=kind.maximum, step=kind.step, **drawing.common)


def _switch(drawing: Drawing, wish: Any) -> None:
    _seed(drawing.key, bool(_fitting(drawing.parameter, wish)))
    st.toggle(**drawing.common)


def model_line(model: Model, today: date) -> str:
    """A model as the list shows it: its name, what it is good for, and its end where one is set."""
    status = model.status(today)
    if status == "current":
        return f"{model.id}  ({model.note})" if model.note else model.id
    end = model.shutdown
    word = "retired" if status == "retired" else "ends"
    instead = f", now {model.replaced_by}" if model.replaced_by else ""
    return f"{model.id}  ({word} {end.isoformat() if end else ''}{instead})"


def _model(drawing: Drawing, wish: Any) -> None:
    today = date.today()
    # A page may know what the connection's server lists.
    own = st.session_state.get(f"models.{drawing.operation}")
    options = list(own or (model.id for model in models_for(drawing.operation, today)))
    _seed(drawing.key, _as_text(wish))
    if st.session_state[drawing.key] and st.session_state[drawing.key] not in options:
        options.append(st.session_state[drawing.key])
    st.selectbox(
        options=options,
        format_func=lambda name: model_line(find_model(name), today),
        accept_new_options=True,
        **drawing.common,
    )


WIDGETS: Mapping[type, Callable[[Drawing, Any], None]] = {
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


def draw_widget(
    parameter: Parameter,
    *,
    key: str,
    wish: Any,
    operation: str,
    on_change: Callable[..., None],
    args: tuple[Any, ...],
) -> None:
    """Draw one parameter's widget, holding the wish as far as the widget can."""
    WIDGETS[type(parameter.kind)](Drawing(parameter, key, operation, on_change, args), wish)


def fits_widget(parameter: Parameter, wish: Any) -> bool:
    """Whether the widget can hold this wish, so that a person sees it and can mend it there."""
    if isinstance(parameter.kind, Text | FieldName | Urls | ModelName):
        return True
    if isinstance(parameter.kind, Size) and parameter.kind.free:
        return True
    try:
        parameter.kind.parse(wish)
    except Invalid:
        return False
    return True

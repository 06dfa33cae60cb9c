"""Which Streamlit widget draws which kind of parameter. One table; a new kind is one line more.

A widget is seeded from the person's wish only when its own state differs from it: seeding at every rerun would
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
from components.ui.assets import asset
from components.ui.seeding import seed

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


def _index(options: Sequence[Any], value: Any) -> int:
    return options.index(value) if value in options else 0


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
    text = seed(drawing.key, _as_text(wish))
    if not kind.multiline:
        st.text_input(value=text, **drawing.common)
        return
    st.text_area(value=text, height=120, **drawing.common)
    if kind.max_length:
        _PROMPT_FOOTER(
            key=f"{drawing.key}.footer",
            data={"label": drawing.parameter.label, "limit": kind.max_length, "hint": "Ctrl+Enter runs"},
        )


def _line(drawing: Drawing, wish: Any) -> None:
    st.text_input(value=seed(drawing.key, _as_text(wish)), **drawing.common)


def _lines(drawing: Drawing, wish: Any) -> None:
    lines = seed(drawing.key, "\n".join(wish) if isinstance(wish, list | tuple) else _as_text(wish))
    st.text_area(value=lines, height=90, **drawing.common)


def _segments(kind: Choice) -> bool:
    return len(kind.options) <= SEGMENTS and sum(map(len, kind.options)) <= SEGMENT_LETTERS


def _choice(drawing: Drawing, wish: Any) -> None:
    kind = drawing.parameter.kind
    assert isinstance(kind, Choice)
    chosen = seed(drawing.key, _fitting(drawing.parameter, wish))

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


def _size(drawing: Drawing, wish: Any) -> None:
    kind = drawing.parameter.kind
    assert isinstance(kind, Size)
    # A size that breaks a limit stays in the field, where its message can be read beside it.
    size = seed(drawing.key, _as_text(wish) if kind.free else _fitting(drawing.parameter, wish))
    options = list(kind.choices)
    if kind.free and size not in options:
        options.append(size)
    st.selectbox(options=options, index=_index(options, size), accept_new_options=kind.free, **drawing.common)


def _integer(drawing: Drawing, wish: Any) -> None:
    kind = drawing.parameter.kind
    assert isinstance(kind, Integer)
    number = seed(drawing.key, _fitting(drawing.parameter, wish))
    st.number_input(value=number, min_value=kind.minimum, max_value=kind.maximum, step=kind.step, **drawing.common)


def _switch(drawing: Drawing, wish: Any) -> None:
    st.toggle(value=seed(drawing.key, bool(_fitting(drawing.parameter, wish))), **drawing.common)


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
    chosen = seed(drawing.key, _as_text(wish))
    if chosen and chosen not in options:
        options.append(chosen)
    st.selectbox(
        options=options,
        index=_index(options, chosen),
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

"""A field with a list of choices in which what matches is found first; where it is free, any other text is taken.

Streamlit's own select box puts "Add: mini" before every model that has mini in its name, and turns a text that is
not confirmed back without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from components.ui.base.assets import asset
from components.ui.session.state import page_state

_COMBOBOX = st.components.v2.component(
    "image_workbench_combobox",
    html="""<div class="combobox"><div class="head"><label for="field"></label></div>
  <div class="box"><input id="field" type="text" role="combobox" autocomplete="off" autocapitalize="off"
  spellcheck="false" aria-autocomplete="list" aria-expanded="false" aria-controls="list"><span class="note"></span>
  <button class="opener" type="button" tabindex="-1" aria-label="Open"><svg width="10" height="6" viewBox="0 0 10 6"
  fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true"><path d="m1 1 4 4 4-4"/></svg></button></div>
  <ul id="list" role="listbox" hidden></ul>
  <div class="help"><button type="button"><span aria-hidden="true">?</span></button><p role="tooltip"></p></div>
</div>""",
    css=asset("forms/combobox.css"),
    js=asset("base/common.js", "forms/combobox.js"),
)


@dataclass(frozen=True)
class Option:
    """One choice: what it stands for, as it is shown, and a note beside it."""

    id: str
    note: str = ""


@dataclass
class Typed:
    """What is known of a combobox: its value, a text in it that is no choice yet, and which report told so last."""

    value: str = ""
    open: str | None = None
    count: int = 0


@dataclass
class ComboboxState:
    """What is known of each combobox that was drawn, by its key."""

    known: dict[str, Typed] = field(default_factory=dict)


def typed_in(key: str) -> Typed | None:
    """Take in what the browser reported last; None before the field was drawn."""
    known = page_state(ComboboxState).known.get(key)
    report = (st.session_state.get(_widget(key)) or {}).get("typed")
    if known is None or not isinstance(report, dict):
        return known
    count, value = report.get("count"), report.get("value")
    if isinstance(count, int) and isinstance(value, str) and count > known.count:
        known.count = count
        if report.get("open"):
            known.open = value
        else:
            known.value, known.open = value, None
    return known


def _widget(key: str) -> str:
    return f"{key}.combobox"


def draw_combobox(
    label: str,
    options: Sequence[Option],
    *,
    key: str,
    value: str,
    help: str,
    free: bool,
    on_change: Callable[..., None],
    args: tuple[Any, ...],
) -> None:
    """Draw the field, holding `value`, or the text in it that is no choice yet.

    `on_change` is called with `args` when something was chosen or typed; `typed_in` tells what.
    """
    known = typed_in(key)
    if known is None:
        known = page_state(ComboboxState).known[key] = Typed(value)
    if known.value != value:
        known.value, known.open = value, None  # the form was filled in another way

    def changed() -> None:
        on_change(*args)

    _COMBOBOX(
        key=_widget(key),
        data={
            "label": label,
            "help": help,
            "options": [{"id": option.id, "note": option.note} for option in options],
            "value": value if known.open is None else known.open,
            "open": known.open is not None,
            "free": free,
            "count": known.count,
        },
        on_typed_change=changed,
    )

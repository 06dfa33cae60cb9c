"""A text field with a list of options that lists matches first; a `free` one accepts any other text as well.

Streamlit's select box offers "Add: mini" before every model with mini in its name, and silently discards text that is
not confirmed.
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
    js=asset("base/browser/common.js", "forms/combobox.js"),
)


@dataclass(frozen=True)
class Option:
    """One option: its value, which is shown, and a note beside it."""

    id: str
    note: str = ""


@dataclass
class Typed:
    """A combobox's state: its value, typed text that was not chosen (`open`), and the number of the last report."""

    value: str = ""
    open: str | None = None
    count: int = 0


@dataclass
class ComboboxState:
    """The state of each combobox that was drawn, by its key."""

    known: dict[str, Typed] = field(default_factory=dict)


def typed_in(key: str) -> Typed | None:
    """Read the browser's last report, and return the state; None before the field was drawn."""
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
    """Draw the field with `value`, or with text in it that was typed but not chosen.

    Call `on_change` with `args` when an option was chosen or text was typed; `typed_in` returns it.
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

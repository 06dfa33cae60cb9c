"""Marks that people put on outputs by keys and controls in the browser: star, rating, rejection, pin, comparison."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from components.library import StoredOutput
from components.library.annotations import HIGHEST_RATING, rate, reject, star
from components.ui.base.deferred import defer, peek
from components.ui.process.workbench import workbench
from components.ui.results.stage.state import stage_state
from components.ui.session.acts import Act, HandledActs, handle_new
from components.ui.session.state import page_state


def handle_marks(part: str, key: str) -> tuple[Callable[[], None], int]:
    """Apply the marks that the component with this key has reported; `part` names its state.

    Return its callback for further marks, and the number of the last act handled. Streamlit may interrupt a callback,
    so each drawing applies the marks too.
    """
    state = page_state(HandledActs, part)

    def marked() -> None:
        defer(handle_new, state, peek(key).get("acts"), apply_mark)

    handle_new(state, (st.session_state.get(key) or {}).get("acts"), apply_mark)
    return marked, state.handled


def apply_mark(act: Act) -> None:
    """Set one mark of one output; ignore what is not a mark."""
    output_id, value = str(act.get("output")), act.get("value")
    if mark := _MARKS.get(str(act.get("name"))):
        mark(output_id, value)


def _rate(output_id: str, value: Any) -> None:
    rate(workbench().library, [output_id], min(HIGHEST_RATING, max(0, int(value or 0))))


_MARKS: Mapping[str, Callable[[str, Any], object]] = {
    "star": lambda output_id, value: star(workbench().library, [output_id], bool(value)),
    "rate": _rate,
    "reject": lambda output_id, value: reject(workbench().library, [output_id], bool(value)),
    "pin": lambda output_id, value: stage_state().pin(output_id, bool(value)),
    "compare": lambda output_id, value: stage_state().compare(output_id, bool(value)),
}


def marks_json(output: StoredOutput) -> dict[str, bool | int]:
    """Return an output's stored marks for the browser, by the names of IMAGE_KEYS in base/image_keys.js."""
    return {"star": output.starred, "rate": output.rating, "reject": output.rejected}

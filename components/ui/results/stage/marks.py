"""Marks that people put on outputs by keys and controls in the browser: star, rating, rejection, pin, comparison."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import streamlit as st

from components.library import StoredOutput
from components.library.annotations import CONTINUE, HIGHEST_RATING, rate, reject, star
from components.ui.base.deferred import defer, peek
from components.ui.process.workbench import workbench
from components.ui.results.stage.state import stage_state
from components.ui.session.acts import Act, HandledActs, handle_new
from components.ui.session.state import page_state

BY_LINK = f"Read-only: you opened a link. {CONTINUE}"


def handle_marks(part: str, key: str, read_only: Collection[str] = ()) -> tuple[Callable[[], None], int]:
    """Apply the marks that the component with this key has reported; `part` names its state.

    Refuse those of the runs and sheets in `read_only`. Return the component's callback for further marks, and the
    number of the last act handled. Streamlit may interrupt a callback, so each drawing applies the marks too.
    """
    state, apply = page_state(HandledActs, part), partial(apply_mark, read_only=read_only)

    def marked() -> None:
        defer(handle_new, state, peek(key).get("acts"), apply)

    handle_new(state, (st.session_state.get(key) or {}).get("acts"), apply)
    return marked, state.handled


def apply_mark(act: Act, read_only: Collection[str] = ()) -> None:
    """Set one mark of one output; ignore what is not a mark. Raise NotAllowed for a stored one of a read-only run."""
    name, output_id, value = str(act.get("name")), str(act.get("output")), act.get("value")
    if name in _STORED:
        _STORED[name](output_id, value, read_only)
    elif name in _OF_SESSION:
        _OF_SESSION[name](output_id, value)


def _rate(output_id: str, value: Any, read_only: Collection[str]) -> None:
    rating = min(HIGHEST_RATING, max(0, int(value or 0)))
    rate(workbench().library, [output_id], rating, read_only=read_only)


_STORED: Mapping[str, Callable[[str, Any, Collection[str]], object]] = {
    "star": lambda one, value, read_only: star(workbench().library, [one], bool(value), read_only=read_only),
    "rate": _rate,
    "reject": lambda one, value, read_only: reject(workbench().library, [one], bool(value), read_only=read_only),
}
_OF_SESSION: Mapping[str, Callable[[str, Any], object]] = {
    "pin": lambda output_id, value: stage_state().pin(output_id, bool(value)),
    "compare": lambda output_id, value: stage_state().compare(output_id, bool(value)),
}


def marks_json(output: StoredOutput) -> dict[str, bool | int]:
    """Return an output's stored marks for the browser, by the names of IMAGE_KEYS in base/browser/image_keys.js."""
    return {"star": output.starred, "rate": output.rating, "reject": output.rejected}

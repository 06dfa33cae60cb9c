"""What could not be filled into a form from what was pasted, until the form is changed or run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.ui.session.address import run_in_address, sheet_in_address
from components.ui.session.form_history import capture_form
from components.ui.session.state import page_state


@dataclass
class RemarkState:
    """The sentences of the last filling in of a form, and what was in the form when they were drawn first."""

    text: str = ""
    content: tuple[Any, ...] | None = None


def keep_remark(operation: str, text: str) -> None:
    """Keep sentences on what a form was just filled in with; "" removes those of the filling in before."""
    state = page_state(RemarkState, operation)
    state.text, state.content = text, None


def remark_of(operation: str) -> str:
    """Return the sentences, or "" once the form has changed since, or a run or sheet is on show."""
    state = page_state(RemarkState, operation)
    if not state.text:
        return ""
    content = capture_form(operation).content
    if state.content is None:  # drawn first, maybe before the run on show is taken out of the address
        state.content = content
    elif state.content != content or run_in_address() or sheet_in_address():
        keep_remark(operation, "")
    return state.text

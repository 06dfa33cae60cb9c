"""Fill an operation's form from a prefill that another page left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from components.parameters.sheets import as_written
from components.ui.forms import form
from components.ui.forms.flat_background import take_flat_background
from components.ui.forms.form_state import FormState
from components.ui.forms.sending.parent_tracking import note_origin
from components.ui.forms.variables import PROMPT
from components.ui.session import connections
from components.ui.session.address import forget_run
from components.ui.session.fill_remark import keep_remark
from components.ui.session.form_history import note_loaded, remember_form, step_form
from components.ui.session.prefill import Prefill, apply_prefills, leave_prefill
from components.ui.session.state import page_state


def fill_form(prefill: Prefill) -> None:
    """Put a prefill's connection and values into the form, and remember the run that they came from."""
    operation = prefill.operation
    if prefill.clears_form:
        forget_run(operation)
    if prefill.connection_id is not None:
        connections.follow_run(prefill.connection_id)
    if prefill.clears_form:
        user = form.form_values(operation).get("user")
        form.form_values(operation).clear()
        form.form_values(operation)["user"] = user or ""
        state = page_state(FormState, operation)
        # A run's prompt has its styles already, and another one's are not to be added to it.
        state.as_is, state.prompt, state.styles = frozenset(), prefill.prompt, ()
        state.default = {}  # what a run leaves out is the API's default
    values = take_flat_background(operation, prefill.values) if prefill.clears_form else prefill.values
    if values:
        form.fill(operation, _written(values) if prefill.is_sent and operation != "analyze" else values)
    if prefill.source is not None:
        note_origin(prefill.source, prefill.output_id, loaded=True)
    keep_remark(operation, prefill.remark)
    if prefill.show_problems:
        page_state(FormState, operation).attempted = True


def _written(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return values as a form has them whose prompt is read for braces."""
    return {**values, PROMPT: as_written(str(values[PROMPT] or ""))} if PROMPT in values else values


def take_prefills(operation: str, apply: Callable[[Prefill], object]) -> None:
    """Apply the prefills for a page; Undo brings back the form from before."""

    def fill(prefill: Prefill) -> None:
        replaces = prefill.clears_form or bool(prefill.values)
        replaces = replaces or (prefill.images is not None and not prefill.adds_images)
        if replaces:
            form.take_typed(operation)
            remember_form(operation, prefill)
        apply(prefill)
        if replaces:
            source = prefill.source if prefill.clears_form else None
            note_loaded(operation, source.id if source is not None else None)

    apply_prefills(operation, fill)


def take_form_prefills(operation: str, also: Callable[[Prefill], object] = lambda prefill: None) -> None:
    """Apply the prefills for a page whose form has no images; `also` fills in what the page adds to the form."""

    def apply(prefill: Prefill) -> None:
        fill_form(prefill)
        also(prefill)

    take_prefills(operation, apply)


def fill_with_example(operation: str, values: Mapping[str, Any]) -> None:
    """Put an example's values into a form; Undo brings back the form from before."""
    leave_prefill(Prefill(operation, values))


def undo_fill(operation: str) -> None:
    """Bring back the form as it was before it was last filled."""
    _step(operation, back=True)


def redo_fill(operation: str) -> None:
    """Bring back the form as it was before the last Undo."""
    _step(operation, back=False)


def _step(operation: str, *, back: bool) -> None:
    form.forget_all_unfinished(operation)
    page_state(FormState, operation).attempted = False
    step_form(operation, back=back)

"""Fills an operation's form from what another page left for it."""

from __future__ import annotations

from components.ui.forms import form
from components.ui.forms.form_state import FormState
from components.ui.forms.parent_tracking import note_origin
from components.ui.session import connections
from components.ui.session.address import forget_run
from components.ui.session.prefill import Prefill, apply_prefills
from components.ui.session.state import page_state


def fill_form(prefill: Prefill) -> None:
    """Put a prefill's connection and values into the form, and remember the run that they come from."""
    operation = prefill.operation
    if prefill.clears_form:
        forget_run(operation)
    if prefill.connection_id is not None:
        connections.follow_run(prefill.connection_id)
    if prefill.clears_form:
        user = form.wishes(operation).get("user")
        form.wishes(operation).clear()
        form.wishes(operation)["user"] = user or ""
    if prefill.values:
        form.fill(operation, prefill.values)
    if prefill.source is not None:
        note_origin(prefill.source, prefill.output_id, loaded=True)
    if prefill.show_problems:
        page_state(FormState, operation).attempted = True


def take_form_prefills(operation: str) -> None:
    """Apply what was left for a page that has a form and nothing else."""
    apply_prefills(operation, fill_form)

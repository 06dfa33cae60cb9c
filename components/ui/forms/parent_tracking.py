"""Which picture a new run comes from, so that a family can be followed.

A run comes from the picture it edits or asks about. Otherwise it comes from the run before it on the same page when
it is plainly a change of that: the form was filled from it, or most of its prompt is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from components.client import Connection
from components.parameters import Request, recipe
from components.runs import RunView
from components.ui.base.deferred import defer
from components.ui.forms.form_state import FormState, ParentRun
from components.ui.forms.submit import submit
from components.ui.session.form_history import note_sent
from components.ui.session.state import page_state

# How much of two prompts must be the same for one to be a change of the other, from 0 to 1.
ALIKE = 0.6
# Letters of a prompt that are compared.
COMPARED = 4000


def note_origin(view: RunView, output_id: str | None = None, *, loaded: bool = False) -> None:
    """The next run of this page may be a change of this one; `loaded` where its form was filled from it."""
    first = view.images[0].id if view.images else f"{view.id}-0"
    _note(view.operation, ParentRun(output_id or first, view.parent_output, view.recipe, loaded))


def parent_of(request: Request) -> str | None:
    """The output that a request is a change of; None for a fresh start. The same once more has the same parent."""
    origin = page_state(FormState, request.operation).parent
    if origin is None:
        return None
    asked = recipe(request)
    if asked.get("inputs") and asked["inputs"][:1] != list(origin.asked.get("inputs", ()))[:1]:
        return None
    if asked == dict(origin.asked):
        return origin.parent
    return origin.output_id if origin.loaded or _alike(asked, origin.asked) else None


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    first, second = (str(asked.get("values", {}).get("prompt") or "")[:COMPARED] for asked in (one, other))
    return SequenceMatcher(None, first.split(), second.split(), autojunk=False).ratio() >= ALIKE


def send_derived(
    connection: Connection, request: Request, *, edited: str | None = None, extra: Mapping[str, Any] | None = None
) -> None:
    """Submit a request as a child of what it comes from; `edited` is the output that it edits, if it edits one."""
    parent = edited or parent_of(request)
    run_id = submit(connection, request, parent_output=parent, extra=extra)
    if run_id is not None:
        defer(_note, request.operation, ParentRun(f"{run_id}-0", parent, recipe(request)))
        defer(note_sent, request.operation, run_id)


def _note(operation: str, parent: ParentRun) -> None:
    page_state(FormState, operation).parent = parent

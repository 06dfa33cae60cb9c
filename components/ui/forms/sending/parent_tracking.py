"""Find the output that a new run derives from, so that its family can be followed.

A run derives from the image that it edits or analyzes. Otherwise it derives from the previous run on its page if the
form was filled from that run, or most of the prompt is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from difflib import SequenceMatcher
from typing import Any

from components.client import Connection
from components.library import LibraryUnavailable
from components.library.prompts.prompt_store import note_prompt_run
from components.parameters import Request
from components.parameters.prompts.prompt_variables import is_made_from
from components.parameters.recipes.recipe import recipe
from components.parameters.sheets import single_text
from components.runs import RunView
from components.ui.base.deferred import defer
from components.ui.forms.flat_background import cut_extra
from components.ui.forms.form_state import FormState, ParentRun
from components.ui.forms.sending.submit import submit
from components.ui.process.workbench import workbench
from components.ui.session.form_history import note_sent
from components.ui.session.prefill import PromptSource
from components.ui.session.state import page_state

# The similarity, 0 to 1, from which one prompt counts as a change of another.
ALIKE = 0.6
# Characters of a prompt that are compared.
COMPARED = 4000


def note_origin(view: RunView, output_id: str | None = None, *, loaded: bool = False) -> None:
    """Remember a run as the possible parent of the page's next run; `loaded` if the form was filled from it."""
    first = view.images[0].id if view.images else f"{view.id}-0"
    _note(view.operation, ParentRun(output_id or first, view.parent_output, view.recipe, loaded))


def parent_of(request: Request) -> str | None:
    """Return the output that a request derives from, or None. A repeated request has the same parent as before."""
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
    """Submit a request as a child of the output that it derives from; `edited` is the output that it edits, if any."""
    parent, source = edited or parent_of(request), prompt_source(request.operation, request.prompt_text)
    extra = {**cut_extra(request.operation, request.prompt_text), **(extra or {})}
    run_id = submit(connection, request, parent_output=parent, extra=extra or None)
    if run_id is not None:
        if source is not None:
            with suppress(LibraryUnavailable):  # the run is on its way whether or not its prompt is noted
                note_prompt_run(workbench().library, run_id, source.prompt_id, source.number)
        defer(_note, request.operation, ParentRun(f"{run_id}-0", parent, recipe(request)))
        defer(note_sent, request.operation, run_id)


def prompt_source(operation: str, prompt: str) -> PromptSource | None:
    """Return the saved prompt that the form was filled from, if this prompt still has all its words."""
    source = page_state(FormState, operation).prompt
    texts = () if source is None else (source.text, single_text(source.text))  # as it is written, or sent
    return source if any(is_made_from(prompt, text) for text in texts) else None


def _note(operation: str, parent: ParentRun) -> None:
    page_state(FormState, operation).parent = parent

"""The runs that led to an image, each edited from an output of the one before, and what a new edit sends of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from components.client import EarlierTurn
from components.library import Library, StoredOutput
from components.library.request_inputs import still_as_input
from components.runs.view import EDITED_OUTPUT, RunView, stored_view

LONGEST_CHAIN = 20


def chain(library: Library, view: RunView, view_of: Callable[[str], RunView | None]) -> list[RunView]:
    """Return the runs that led to this one, each edited from an output of the one before, oldest first."""
    found = [view]
    while found[0].parent_output and len(found) < LONGEST_CHAIN:
        output = library.output(found[0].parent_output)
        if output is None or not _is_made_from(library, found[0], output):
            break  # it is of the same family, but not made from that image
        before = view_of(output.run_id)
        if before is None or before.id in {one.id for one in found}:
            break
        found.insert(0, before)
    return found


def _is_made_from(library: Library, view: RunView, output: StoredOutput) -> bool:
    """Return whether a run edits this output, directly or after a fix such as extending or cropping."""
    if (view.extra or {}).get(EDITED_OUTPUT) == output.id:
        return True
    return output.sha256 in {one.sha256 for one in library.inputs(view.id).get("image", ())}


def earlier_turns(library: Library, extra: Mapping[str, Any] | None) -> tuple[EarlierTurn, ...]:
    """Return the turns that led to the output that a run with this `extra` edits, oldest first.

    They begin after the last one whose image is not here any more. Raise LibraryUnavailable.
    """
    edited = (extra or {}).get(EDITED_OUTPUT)
    output = library.output(edited) if edited else None
    last = stored_view(library, output.run_id) if output is not None else None
    if output is None or last is None:
        return ()
    steps = chain(library, last, lambda run_id: stored_view(library, run_id))
    used = [*(library.output(step.parent_output or "") for step in steps[1:]), output]
    turns: list[EarlierTurn] = []
    for step, result in zip(steps, used, strict=True):
        image = still_as_input(library, result) if result is not None else None
        if image is None:
            turns.clear()
            continue
        before = turns[-1].result.sha256 if turns else None
        own = tuple(one for one in library.inputs(step.id).get("image", ()) if one.sha256 != before)
        # A version that this app made of the image is not what the server has.
        response = (step.answer or {}).get("response") if result and result.role == "image" else None
        turns.append(EarlierTurn(step.prompt, own, image, step.connection_id, response))
    return tuple(turns)

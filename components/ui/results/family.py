"""The family of an image: its parents and children, with the changes between them marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from components.library import StoredOutput, StoredRun
from components.library.queries.family import children, parents
from components.parameters import OPERATIONS, DiffSegment, diff_recipes, prompt_of
from components.ui.base.assets import asset
from components.ui.base.formatting.time_format import when_text
from components.ui.base.run_json import summary_text, thumbnail_address
from components.ui.process.workbench import workbench
from components.ui.results.stage.changes import values_json, words_json

_RELATIONS = st.components.v2.component(
    "image_workbench_relations",
    html='<div class="relations"></div>',
    css=asset("results/family.css"),
    js=asset("base/browser/common.js", "results/family.js"),
)

# What stands before the operation and the id of a run that has no image to open.
RUN = "run:"


def draw_family(output: StoredOutput, run: StoredRun) -> str | None:
    """Draw parents and children.

    Return what was clicked: an output id, or `run:OPERATION:ID` for a run without an image; None for nothing.
    """
    library = workbench().library
    before = [
        _relation(relative, parent, parent, run)
        for relative in parents(library, run)
        if (parent := library.run(relative.run_id)) is not None
    ]
    after = [_relation(_shown(library.outputs(child.id)), child, run, child) for child in children(library, output)]
    if not before and not after:
        return None
    st.subheader("Family")
    opened = _draw("Made from", "family.before", before)
    return _draw("Led to", "family.after", after) or opened


def _shown(outputs: Sequence[StoredOutput]) -> StoredOutput | None:
    return next((one for one in outputs if one.deleted_at is None), None)


def _draw(title: str, key: str, relations: Sequence[dict[str, Any]]) -> str | None:
    if not relations:
        return None
    st.caption(title)
    event = _RELATIONS(key=key, data={"relations": list(relations)}, on_open_change=lambda: None)
    return str(event.open) if event.open else None


def _relation(output: StoredOutput | None, relative: StoredRun, before: StoredRun, after: StoredRun) -> dict[str, Any]:
    """Return one relative as JSON; the changes shown lead from `before` to `after`."""
    changed = diff_recipes(before.recipe, after.recipe)
    same_operation = before.operation == after.operation
    facts = [OPERATIONS[relative.operation].label, when_text(relative.created)]
    facts += [relative.owner] if relative.owner else []
    facts += [relative.state] if relative.state != "done" else []
    marked = words_json(changed) if same_operation else None
    return {
        "id": output.id if output is not None else f"{RUN}{relative.operation}:{relative.id}",
        "open": "Open this image" if output is not None else "Open this run",
        "prompt": prompt_of(relative.recipe)[:120],
        "thumb": thumbnail_address(output.sha256, output.format) if output is not None else "",
        "state": "answer" if relative.text else relative.state,
        "answer": summary_text(relative) if output is None else "",
        "facts": " · ".join(facts),
        "words": marked or [asdict(DiffSegment("same", prompt_of(relative.recipe)))],
        "values": values_json(changed) if same_operation else [],
        "same": "The same request again." if changed.is_empty else "",
    }

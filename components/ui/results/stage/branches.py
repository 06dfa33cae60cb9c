"""The runs of this session as a tree, with what changed from each run to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import streamlit as st

from components.library.queries.run_tree import TreeRun, run_tree
from components.parameters import OPERATIONS, DiffSegment, diff_words, differing_values, prompt_of, value_text
from components.parameters.prompts.clip import clip
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, peek
from components.ui.base.formatting.time_format import when_text
from components.ui.base.thumbnail_row import thumb_of
from components.ui.process.workbench import workbench
from components.ui.results.actions import page_of
from components.ui.results.recent_runs import select_run
from components.ui.results.stage.changes import ALIKE, alike
from components.ui.results.stage.state import stage_state
from components.ui.session.address import run_in_address

_BRANCHES = st.components.v2.component(
    "image_workbench_branches",
    html='<div class="branches"></div>',
    css=asset("results/stage/branches.css"),
    js=asset("base/common.js", "results/stage/branches.js"),
)
LONGEST = 120  # characters of a prompt, or of a stretch of changed words


def draw_branches(operation: str) -> None:
    """Draw the families of the runs that this session showed; nothing until one run came from another."""
    nodes = run_tree(workbench().library, stage_state().seen)
    if not any(node.parent for node in nodes):
        return
    runs = {node.run.id: node for node in nodes}
    key = f"branches.{operation}"

    def opened() -> None:
        run_id = str(peek(key).get("open") or "")
        if run_id in runs and runs[run_id].run.operation == operation:
            defer(select_run, run_id)

    st.subheader("Branches", help="The runs of this session, and all that they came from or led to.")
    event = _BRANCHES(
        key=key,
        data={"runs": [_node(node, runs.get(node.parent or "")) for node in nodes], "current": run_in_address() or ""},
        on_open_change=opened,
    )
    if event.open in runs and (other := runs[event.open].run).operation != operation:
        st.switch_page(page_of(other.operation), query_params={"run": other.id})


def _node(node: TreeRun, parent: TreeRun | None) -> dict[str, Any]:
    run = node.run
    prompt = prompt_of(run.recipe)
    before = None if parent is None else prompt_of(parent.run.recipe)
    values = [] if parent is None else differing_values((parent.run.recipe, run.recipe))
    is_same_operation = parent is not None and parent.run.operation == run.operation
    words = changed_words(before, prompt) if before is not None and is_same_operation else ()
    return {
        "id": run.id,
        "parent": node.parent,
        "thumb": thumb_of(node.cover),
        "state": run.state,
        "prompt": clip(prompt, LONGEST) or run.model,
        "words": [asdict(one) for one in words or (DiffSegment("same", clip(prompt, LONGEST)),)],
        "values": [f"{label}: {_text(old)} → {_text(new)}" for label, (old, new) in values if label != "Operation"],
        "facts": " · ".join([OPERATIONS[run.operation].label, when_text(run.created), *_whose(run.owner)]),
        "same": before == prompt and not values,
    }


def _whose(owner: str) -> Sequence[str]:
    return [owner] if owner else []


@lru_cache(maxsize=2000)
def changed_words(before: str, after: str) -> tuple[DiffSegment, ...]:
    """Return what changed between two prompts, with "…" for what did not; the later prompt where little is the same."""
    segments = tuple(diff_words(before, after))
    if alike(segments) < ALIKE:
        return (DiffSegment("same", clip(after, LONGEST)),)
    if all(one.kind == "same" for one in segments):
        return ()
    shown = (
        DiffSegment(one.kind, "…" if one.kind == "same" else clip(one.text.strip(" ,;:"), LONGEST)) for one in segments
    )
    return tuple(one for one in shown if one.text)


def _text(value: Any) -> str:
    return clip(value_text(value), LONGEST)

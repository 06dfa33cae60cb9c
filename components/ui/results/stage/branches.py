"""The runs of this session as a tree, with what changed from each run to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.library import StoredRun
from components.library.queries.run_tree import TreeRun, run_tree
from components.parameters import OPERATIONS, DiffSegment, diff_words, differing_values, prompt_of, value_text
from components.parameters.prompts.clip import clip
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, peek
from components.ui.base.formatting.time_format import when_text
from components.ui.base.thumbnail_row import thumb_of
from components.ui.process.workbench import workbench
from components.ui.results.recent_runs import select_run
from components.ui.results.stage.changes import ALIKE, alike
from components.ui.results.stage.state import stage_state
from components.ui.session.address import go_to_page, run_in_address

_BRANCHES = st.components.v2.component(
    "image_workbench_branches",
    html='<div class="branches"></div>',
    css=asset("results/stage/branches.css"),
    js=asset("base/browser/common.js", "base/browser/mounting.js", "results/stage/branches.js"),
)
LONGEST = 120  # characters of a prompt, or of a stretch of changed words


def draw_branches(operation: str, strip: DeltaGenerator | None) -> None:
    """Draw the tree of the runs that this session showed beside the strip; nothing until one came from another.

    The panel shows the page of the tree that has the run on show, until a person turns to another.
    """
    state, shown = stage_state(), run_in_address()
    if state.tree_of != shown:
        state.tree_of, state.tree_page = shown, None
    tree = run_tree(workbench().library, state.seen, page=state.tree_page, shown=shown)
    if strip is None or tree.is_forest:
        return
    key = f"branches.{operation}"
    operations = {node.run.id: node.run.operation for node in tree.runs}

    def opened() -> None:
        run_id = str(peek(key).get("open") or "")
        if run_id in operations:
            defer(go_to_page, operations[run_id])
            defer(select_run, run_id)
            if operations[run_id] != operation:
                defer(_say_page, operations[run_id])

    def turned() -> None:
        defer(_turn, peek(key).get("turn"))

    data = {
        "runs": [_node(node, operation) for node in tree.runs],
        "current": shown or "",
        "page": tree.page,
        "pages": tree.pages,
        "total": tree.total,
    }
    with strip:
        _BRANCHES(key=key, data=data, on_open_change=opened, on_turn_change=turned, width="content")


def _say_page(operation: str) -> None:
    label = OPERATIONS[operation].label
    st.toast(f"This run belongs to the {label} page, which is open now.", icon=":material/account_tree:")


def _turn(page: object) -> None:
    if isinstance(page, int):
        stage_state().tree_page = page


def _node(node: TreeRun, here: str) -> dict[str, Any]:
    run, parent = node.run, node.parent
    prompt = prompt_of(run.recipe)
    before = None if parent is None else prompt_of(parent.recipe)
    values = [] if parent is None else differing_values((parent.recipe, run.recipe))
    is_same_operation = parent is not None and parent.operation == run.operation
    words = changed_words(before, prompt) if before is not None and is_same_operation else ()
    return {
        "id": run.id,
        "parent": None if parent is None else parent.id,
        "parentPage": node.parent_page,
        "thumb": thumb_of(node.cover),
        "state": run.state,
        "prompt": clip(prompt, LONGEST) or run.model,
        "words": [asdict(one) for one in words or (DiffSegment("same", clip(prompt, LONGEST)),)],
        "values": [f"{label}: {_text(old)} → {_text(new)}" for label, (old, new) in values if label != "Operation"],
        "facts": " · ".join(_facts(run, here)),
        "same": before == prompt and not values,
    }


def _facts(run: StoredRun, here: str) -> Sequence[str]:
    label = OPERATIONS[run.operation].label
    return [label if run.operation == here else f"opens {label}", when_text(run.created), *_whose(run.owner)]


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

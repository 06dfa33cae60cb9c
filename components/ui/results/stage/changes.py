"""What changed between two requests, in the form that the browser's components mark it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from components.library import StoredRun
from components.library.queries.family import run_before
from components.parameters import DiffSegment, RecipeDiff, diff_recipes, diff_words, value_text
from components.runs import RunView
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.workbench import workbench
from components.ui.session.owner import begun_here

# Less of two prompts in common than this, and marking the words says less than the prompt alone.
ALIKE = 0.3
# The same for a run and the one before it: one of two words may be another, but common articles are too little.
ALIKE_RUNS = 0.15


def alike(words: Sequence[DiffSegment]) -> float:
    """Return how much of two prompts is the same, from 0 to 1."""
    total = sum(len(segment.text) for segment in words)
    return sum(len(segment.text) for segment in words if segment.kind == "same") / total if total else 1.0


def words_json(changed: RecipeDiff, least: float = ALIKE) -> list[dict[str, Any]] | None:
    """Return the words of two prompts with their marks; None where less than `least`, from 0 to 1, is the same."""
    return [asdict(one) for one in changed.segments] if alike(changed.segments) >= least else None


def marked_prompt(before: str, after: str, least: float = ALIKE) -> str:
    """Return the second of two prompts as Markdown, with its changes marked.

    Nothing is marked where less than `least`, from 0 to 1, is the same.
    """
    words, marked = list(diff_words(before, after)), ""
    if alike(words) < least:
        return escape(after)
    for piece in words:
        text = escape(piece.text.strip())
        if text and piece.kind != "same":
            text = f":red[~~{text}~~]" if piece.kind == "removed" else f":green[**{text}**]"
        has_space = piece.text[-1:].isspace() or piece.kind == "removed"
        marked += f"{text} " if has_space else text
    return marked.strip()


def values_json(changed: RecipeDiff) -> list[dict[str, Any]]:
    """Return the values besides the prompt that differ, as labels and texts."""
    return [
        {"label": one.label, "before": value_text(one.before), "after": value_text(one.after)} for one in changed.values
    ]


def changes_of(view: RunView) -> dict[str, Any] | None:
    """Return what a run changed of its parent, or else of its owner's run before it of the same operation.

    None without such a run, or if the prompt of the run before has too little in common with this one.
    """
    parent = _parent(view)
    before = parent or run_before(workbench().library, view.id, begun_here())
    if before is None:
        return None
    changed = diff_recipes(before.recipe, view.recipe)
    words = words_json(changed, ALIKE_RUNS)
    if words is None and parent is None:
        return None
    return {"run": view.id, "words": words, "values": values_json(changed)}


def _parent(view: RunView) -> StoredRun | None:
    """Return the run that a run was made from, if that is there and of the same operation."""
    if view.parent_output is None:
        return None
    # The id of an output begins with that of its run, which a failed one has too.
    parent = workbench().library.run(view.parent_output.rpartition("-")[0])
    return parent if parent is not None and parent.operation == view.operation and not parent.purged else None

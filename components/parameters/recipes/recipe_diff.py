"""Compare recipes: the words of their prompts, and their other values by label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal, cast

from components.parameters.operations import OPERATIONS
from components.parameters.prompts.clip import clip

SegmentKind = Literal["same", "removed", "added"]

# Words and punctuation, each with the whitespace after it, so that the segments joined are the text. A comma is a
# segment of its own: adding one after a word does not change the word.
_WORDS = re.compile(r"(?:\w(?:\S*\w)?|[^\w\s]+)\s*|\s+")
# Comparing more words takes seconds; longer texts are compared by lines.
MAX_DIFF_WORDS = 3000
_PROMPTS = ("prompt", "text")


@dataclass(frozen=True)
class DiffSegment:
    """A part of a prompt: in both texts ("same"), only in the first ("removed") or only in the second ("added")."""

    kind: SegmentKind
    text: str


@dataclass(frozen=True)
class ValueChange:
    """One value that differs: the parameter's label, and the value before and after; None if it was not set."""

    label: str
    before: Any
    after: Any


@dataclass(frozen=True)
class RecipeDiff:
    """The difference between two recipes. `segments` covers both prompts completely, `values` everything else."""

    segments: tuple[DiffSegment, ...]
    values: tuple[ValueChange, ...]

    @property
    def is_empty(self) -> bool:
        """Return whether both recipes describe the same request."""
        return not self.values and all(segment.kind == "same" for segment in self.segments)


def diff_recipes(before: Mapping[str, Any], after: Mapping[str, Any]) -> RecipeDiff:
    """Compare two recipes; their operations may differ."""
    return RecipeDiff(
        tuple(diff_words(prompt_of(before), prompt_of(after))),
        tuple(ValueChange(label, *values) for label, values in differing_values((before, after))),
    )


def prompt_of(recipe: Mapping[str, Any]) -> str:
    """Return a recipe's prompt, or the question of an analysis."""
    values = recipe.get("values") or {}
    return str(next((values[name] for name in _PROMPTS if values.get(name)), ""))


def diff_words(before: str, after: str) -> Iterator[DiffSegment]:
    """Yield the segments of both texts in order. Joined without the removed ones, they are the second text."""
    first, second = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(first), len(second)) > MAX_DIFF_WORDS:
        first, second = before.splitlines(keepends=True), after.splitlines(keepends=True)
    # Whitespace after a word does not count as a change of the word.
    matcher = SequenceMatcher(None, [one.strip() for one in first], [one.strip() for one in second], autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            yield DiffSegment("same", "".join(second[new_start:new_end]))
            continue
        if end > start:
            yield DiffSegment("removed", "".join(first[start:end]))
        if new_end > new_start:
            yield DiffSegment("added", "".join(second[new_start:new_end]))


def differing_words(prompts: Sequence[str]) -> list[tuple[DiffSegment, ...]]:
    """Return for each of several prompts the words that not all have: "added" segments, with "…" for what all share.

    Where no prompt differs, or they share too little to be versions of one text, every prompt is a single segment
    ("same"), shortened to 90 characters; it is empty where none differs.
    """
    if len(set(prompts)) < 2:
        return [()] * len(prompts)
    tokens = [[one.strip() for one in _WORDS.findall(prompt)[:MAX_DIFF_WORDS]] for prompt in prompts]
    shared = tokens[0]
    for other in tokens[1:]:
        blocks = SequenceMatcher(None, shared, other, autojunk=False).get_matching_blocks()
        shared = [word for block in blocks for word in shared[block.a : block.a + block.size]]
    if len(shared) < _LEAST_SHARED * max(len(one) for one in tokens):
        return [(DiffSegment("same", clip(prompt, _LONGEST_LABEL)),) for prompt in prompts]
    return [tuple(_own_words(shared, one)) for one in tokens]


# Of the words of the longest prompt, from 0 to 1.
_LEAST_SHARED = 0.3
_LONGEST_LABEL = 90


def _own_words(shared: Sequence[str], words: Sequence[str]) -> Iterator[DiffSegment]:
    matcher = SequenceMatcher(None, shared, words, autojunk=False)
    for kind, _, _, start, end in matcher.get_opcodes():
        if kind == "equal":
            yield DiffSegment("same", "…")
        elif text := " ".join(words[start:end]).strip(" ,;:."):
            yield DiffSegment("added", clip(text, _LONGEST_LABEL))


def differing_values(recipes: Sequence[Mapping[str, Any]]) -> list[tuple[str, tuple[Any, ...]]]:
    """Return what differs between recipes: a label and each recipe's value, or its default; None without either."""
    labeled = [_labeled_values(recipe) for recipe in recipes]
    defaults = [_labeled_defaults(recipe) for recipe in recipes]
    labels = dict.fromkeys(label for one in labeled for label in one)
    rows = [
        (label, [one.get(label, (usual.get(label),) * 2) for one, usual in zip(labeled, defaults, strict=True)])
        for label in labels
    ]
    return [
        (label, tuple(shown for shown, _ in row)) for label, row in rows if any(one[1] != row[0][1] for one in row[1:])
    ]


def value_text(value: Any) -> str:
    """Return a value of `differing_values` as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "default" if value is None else str(value)


def _labeled_defaults(recipe: Mapping[str, Any]) -> dict[str, Any]:
    operation = OPERATIONS.get(str(recipe.get("operation")))
    return {one.label: one.default for one in operation.parameters} if operation else {}


def _labeled_values(recipe: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return every value except the prompt by label, each as a pair: as displayed and as compared."""
    found = {name: (recipe.get(name.lower()),) * 2 for name in ("Operation", "Model")}
    operation = OPERATIONS.get(str(recipe.get("operation")))
    labels = {one.name: one.label for one in operation.parameters} if operation else {}
    for name, value in (recipe.get("values") or {}).items():
        if name not in _PROMPTS:
            found[labels.get(name, name)] = (value, value)
    for one in recipe.get("inputs") or ():
        role = str(one.get("role"))
        names, contents = cast("tuple[str, tuple[Any, ...]]", found.get(labels.get(role, role), ("", ())))
        shown = f"{names}, {one.get('name')}" if names else str(one.get("name"))
        found[labels.get(role, role)] = (shown, (*contents, one.get("sha256")))
    return found

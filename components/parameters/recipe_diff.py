"""What changed from one recipe to another: the words of its prompt, and its other values by their labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal, cast

from components.parameters.operations import OPERATIONS

Kind = Literal["same", "gone", "new"]

# Words, and the punctuation between them, with the blanks after, so that the pieces put together are the text: a comma
# that came after a word is no change of the word.
_WORDS = re.compile(r"(?:\w(?:\S*\w)?|[^\w\s]+)\s*|\s+")
# Beyond so many words a comparison takes seconds; what is longer is compared by lines.
MOST_WORDS = 3000
_PROMPTS = ("prompt", "text")


@dataclass(frozen=True)
class Piece:
    """A piece of a prompt that both have ("same"), that only the first ("gone") or only the second has ("new")."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Change:
    """One value that differs: the parameter's label, and what it was and is; None for its default."""

    label: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Differences:
    """What changed between two recipes. `words` is the whole of both prompts, `values` what else differs."""

    words: tuple[Piece, ...]
    values: tuple[Change, ...]

    @property
    def are_none(self) -> bool:
        """Whether both ask for the same."""
        return not self.values and all(piece.kind == "same" for piece in self.words)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Differences:
    """Compare two recipes, of one operation or of two."""
    return Differences(
        tuple(compare_words(prompt_of(before), prompt_of(after))),
        tuple(Change(label, *values) for label, values in differing((before, after))),
    )


def prompt_of(recipe: Mapping[str, Any]) -> str:
    """A recipe's prompt or question."""
    values = recipe.get("values") or {}
    return str(next((values[name] for name in _PROMPTS if values.get(name)), ""))


def compare_words(before: str, after: str) -> Iterator[Piece]:
    """The words of both texts, in order, each marked; joined without the gone ones they are the second text."""
    first, second = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(first), len(second)) > MOST_WORDS:
        first, second = before.splitlines(keepends=True), after.splitlines(keepends=True)
    # The blanks after a word are no change of the word.
    matcher = SequenceMatcher(None, [one.strip() for one in first], [one.strip() for one in second], autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(second[new_start:new_end]))
            continue
        if end > start:
            yield Piece("gone", "".join(first[start:end]))
        if new_end > new_start:
            yield Piece("new", "".join(second[new_start:new_end]))


def differing(recipes: Sequence[Mapping[str, Any]]) -> list[tuple[str, tuple[Any, ...]]]:
    """What is not the same in all recipes: a label and the value in each, None where it is left at its default."""
    labelled = [_labelled(recipe) for recipe in recipes]
    labels = dict.fromkeys(label for one in labelled for label in one)
    rows = [(label, [one.get(label, (None, None)) for one in labelled]) for label in labels]
    return [
        (label, tuple(shown for shown, _ in row)) for label, row in rows if any(one[1] != row[0][1] for one in row[1:])
    ]


def _labelled(recipe: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Every value but the prompt by its label: as it is shown, and as it is compared."""
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

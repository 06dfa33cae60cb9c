"""What tells images apart in a comparison: words of their prompts, and the values of their requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from components.library import StoredOutput
from components.parameters import DiffSegment, differing_values, differing_words, prompt_of, value_text
from components.parameters.prompts.clip import clip

LONGEST_FACT = 60


class _Run(Protocol):
    @property
    def recipe(self) -> Mapping[str, Any]: ...
    @property
    def connection_name(self) -> str: ...


@dataclass(frozen=True)
class Label:
    """What is special about one of several images: segments of its prompt, and facts such as "Size 1536x1024"."""

    words: tuple[DiffSegment, ...]
    facts: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON for base/browser/panes.js."""
        return {"words": [asdict(segment) for segment in self.words], "facts": list(self.facts)}


def difference_labels(chosen: Sequence[tuple[StoredOutput | None, _Run]]) -> list[Label]:
    """Return a label for each image, by its output (None: still to come) and run; empty where nothing differs."""
    runs = [run for _, run in chosen]
    words = differing_words([prompt_of(run.recipe) for run in runs])
    rows = [
        (label, [value_text(value) for value in values])
        for label, values in differing_values([run.recipe for run in runs])
    ]
    rows.append(("Connection", [run.connection_name for run in runs]))
    rows.append(("Outside the mask", [_outside(output) for output, _ in chosen]))
    rows.append(("Background", [_background(output) for output, _ in chosen]))
    facts = [(label, values) for label, values in rows if len(set(values)) > 1]
    return [
        Label(
            words[place],
            tuple(clip(f"{label} {one[place]}", LONGEST_FACT) for label, one in facts if one[place]),
        )
        for place in range(len(chosen))
    ]


def _outside(output: StoredOutput | None) -> str:
    return "original kept" if output is not None and output.role == "composite" else "as returned"


def _background(output: StoredOutput | None) -> str:
    return "cut out" if output is not None and output.role == "cutout" else "as returned"

"""Acts of a person that a browser component reports as one list, its state `acts`, until Python has handled them.

Of two quick events one can be lost, so a component sends all unhandled acts with each change. Each has a `sequence`
number that grows, and counts as handled only once it is done; an act that is handled twice changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from components.ui.base.error_boundary import guarded

Act = Mapping[str, Any]


class HandlesActs(Protocol):
    """A state that keeps the sequence number of the last act handled."""

    handled: int


def first_sequence() -> int:
    """Return the number from which a new session counts: it ignores the acts of a former one.

    The browser counts on from this number, the time in milliseconds.
    """
    return int(time.time() * 1000)


@dataclass
class HandledActs:
    """The sequence number of the last act of a component that was handled."""

    handled: int = field(default_factory=first_sequence)


def handle_new(state: HandlesActs, acts: Iterable[Act] | None, apply: Callable[[Act], object]) -> None:
    """Apply the acts that were not handled yet, in order of their numbers."""
    for act in _new(state, acts):
        guarded(apply)(act)
        state.handled = int(act["sequence"])


def handle_together(
    state: HandlesActs, acts: Iterable[Act] | None, apply: Callable[[Sequence[Act]], object], most: int
) -> None:
    """Apply the acts that were not handled yet in one call, at most so many.

    If it raises, none of them counts as handled, and the browser sends them again.
    """
    if new := list(islice(_new(state, acts), most)):
        apply(new)
        state.handled = int(new[-1]["sequence"])


def _new(state: HandlesActs, acts: Iterable[Act] | None) -> Iterator[Act]:
    return (act for act in acts or () if int(act["sequence"]) > state.handled)

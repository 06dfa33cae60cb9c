"""Acts of a person that a browser component reports as one list, its state `acts`, until Python has handled them.

Of two quick events one can be lost, so a component sends all unconfirmed acts with each change. Each has a `turn`, a
growing number, and counts as handled only once it is done; an act that is handled twice changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from components.ui.base.error_boundary import guarded

Act = Mapping[str, Any]


class Heard(Protocol):
    """A state that keeps the turn of the last act handled."""

    heard: int


def now_in_turns() -> int:
    """Return the turn from which a new session counts: it ignores the acts of a former one.

    Turns continue from the time in milliseconds, by the browser's clock.
    """
    return int(time.time() * 1000)


@dataclass
class HeardActs:
    """The turn of the last act of a component that was handled."""

    heard: int = field(default_factory=now_in_turns)


def hear(state: Heard, acts: Iterable[Act] | None, apply: Callable[[Act], object]) -> None:
    """Apply the acts that were not handled yet, in their order."""
    for act in acts or ():
        if int(act["turn"]) > state.heard:
            guarded(apply)(act)
            state.heard = int(act["turn"])

"""What is known of a probe while it runs and when it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from components.runs.probing.plan import Values


@dataclass(frozen=True)
class StepAnswer:
    """What a step found: values of capabilities, none if it found out nothing, and a sentence on it."""

    capability: str
    values: Values
    note: str = ""


@dataclass(frozen=True)
class ProbeView:
    """`owner`'s probe now. `cost` is in dollars; `unpriced` requests may have cost more, `error` ended it early."""

    steps: tuple[str, ...]
    image_model: str
    vision_model: str
    owner: str = ""
    state: str = "running"  # "running", "done", "failed", "cancelled"
    current: str = ""
    answers: tuple[StepAnswer, ...] = ()
    requests: int = 0
    cost: Decimal = Decimal(0)
    unpriced: int = 0
    error: str = ""

"""Whether votes depend on the side that an image stood on."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

CONFIDENT = 1.96  # standard errors
FEWEST = 10  # decided votes below which nothing is said


@dataclass(frozen=True)
class PositionBias:
    """How many decided votes chose the left image, and how many the right one."""

    left: int
    right: int

    @property
    def share(self) -> float | None:
        """Return the share of the left, 0 to 1; None without decided votes."""
        decided = self.left + self.right
        return self.left / decided if decided else None

    @property
    def is_beyond_chance(self) -> bool:
        """Return whether an even coin would be as uneven in less than 5% of cases (normal approximation)."""
        decided = self.left + self.right
        return decided >= FEWEST and abs(self.left - self.right) - 1 > CONFIDENT * sqrt(decided)


def position_bias(choices: list[str]) -> PositionBias:
    """Count the choices "left" and "right"; others decide nothing."""
    return PositionBias(choices.count("left"), choices.count("right"))

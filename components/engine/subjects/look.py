"""How one subject is to look: its colour, and the movement of a loop. Its own coordinates: foot at (0, 0), top at
about (0, -100), some 40 to 60 to either side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from components.engine.palette import mix, shift
from components.engine.shapes import LIGHT, Ball, Color, Fade, Movable

INK: Color = (46, 40, 48)
WHITE: Color = (250, 248, 242)
WARM: Color = (255, 222, 140)


@dataclass(frozen=True)
class Look:
    """A subject's colour (None for its usual one), its own chance, whether lights are on, where a loop stands."""

    color: Color | None
    chance: np.random.Generator
    wave: Callable[[float], float]
    late: bool = False

    def tone(self, usual: Color, *others: Color) -> Color:
        """The colour that the prompt gives it, else one of its usual ones."""
        if self.color is not None:
            return self.color
        choices = (usual, *others)
        return choices[int(self.chance.integers(len(choices)))]


Drawing = list[Movable]
Subject = Callable[[Look], Drawing]


def lighter(color: Color, share: float = 0.25) -> Color:
    """Towards warm white."""
    return mix(color, (255, 250, 238), share)


def darker(color: Color, share: float = 0.25) -> Color:
    """Towards shadow."""
    return shift(color, light=-share)


def down(color: Color) -> Fade:
    """Lit from above."""
    return Fade(lighter(color, 0.2), darker(color, 0.16))


def across(color: Color) -> Fade:
    """Lit from the left."""
    return Fade(lighter(color, 0.24), darker(color, 0.24), across=True)


def ball(color: Color) -> Ball:
    """Round, lit from the upper left."""
    return Ball(lighter(color, 0.38), darker(color, 0.18), 0.36, 0.3)


__all__ = [
    "INK", "LIGHT", "WARM", "WHITE", "Drawing", "Look", "Subject", "across", "ball", "darker", "down", "lighter",
]  # fmt: skip

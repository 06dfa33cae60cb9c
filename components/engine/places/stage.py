"""A place while it is being built: shapes behind the subjects, shapes before them, and where subjects can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from components.engine.scene import Scene
from components.engine.shapes import Shape


@dataclass(frozen=True)
class Spot:
    """Where a subject can be: its foot's place, and the height of the tallest in units."""

    x: float
    y: float
    height: float


@dataclass
class Stage:
    """Shapes from back to front, in two parts with the subjects between them."""

    scene: Scene
    back: list[Shape] = field(default_factory=list)
    front: list[Shape] = field(default_factory=list)
    ground: Spot = field(default=Spot(500, 900, 400))
    air: Spot = field(default=Spot(500, 450, 260))
    water: Spot | None = None

    def add(self, *shapes: Shape) -> None:
        """Add shapes behind the subjects, before all that is there."""
        self.back.extend(shapes)

    def extend(self, shapes: Iterable[Shape]) -> None:
        """Add several shapes behind the subjects."""
        self.back.extend(shapes)

    def cover(self, *shapes: Shape) -> None:
        """Add shapes before the subjects."""
        self.front.extend(shapes)

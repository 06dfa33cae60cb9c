"""A line of type, in an image's own units."""

from __future__ import annotations

from dataclasses import dataclass, replace

Ink = tuple[int, int, int]  # red, green, blue


@dataclass(frozen=True)
class TextLine:
    """One line of type. `x` is its left end, middle or right end by `anchor` ("l", "m", "r"); `y` its baseline."""

    text: str
    x: float
    y: float
    size: float
    face: str
    color: Ink
    anchor: str = "l"

    def left(self, wide: float) -> float:
        """Return where the line begins, by how wide it is."""
        return self.x - {"l": 0.0, "m": wide / 2, "r": wide}[self.anchor]

    def moved(self, color: Ink) -> TextLine:
        """Return the line in another color a little further right and down, as an offset print."""
        step = max(2.0, self.size * 0.035)
        return replace(self, x=self.x + step, y=self.y + step, color=color)

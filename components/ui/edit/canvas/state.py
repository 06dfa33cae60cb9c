"""The drawing over one image: Fabric objects, a base mask beneath them, and the history for undo and redo.

No Streamlit and no pixels. Objects are in units of the canvas they were drawn on; `scale` is the number of canvas
pixels per image pixel there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from components.images.selection.clicks import Clicks
from components.ui.edit.canvas.objects import Objects, drawn, finished, is_click, rescaled, signature

MAX_STEPS = 100
MAX_LOADS = 4


@dataclass(frozen=True)
class ObjectSelection:
    """The clicks that selected an object, and the SHA-256 of the mask that was there before, if any."""

    clicks: Clicks
    under: str | None = None


@dataclass(frozen=True)
class Step:
    """One state of a drawing: its objects, their scale, and the SHA-256 of the base mask, if any.

    `source` holds objects and scale as they were drawn, once the canvas has another size. `selection` is what made
    the base, as long as further clicks change it.
    """

    objects: Objects = ()
    scale: float = 1.0
    base: str | None = None
    source: tuple[Objects, float] | None = None
    selection: ObjectSelection | None = None

    @property
    def exact(self) -> tuple[Objects, float]:
        """Return objects and scale as drawn: resizing the canvas changes no byte of what is sent."""
        objects, scale = self.source or (self.objects, self.scale)
        return drawn(objects), scale


@dataclass
class CanvasDrawing:
    """A drawing with its history. `loaded` is what the canvas last loaded, `loads` how often.

    `known` maps each recent load to the objects that the canvas has reported since, and their scale.
    """

    steps: list[Step] = field(default_factory=lambda: [Step()])
    place: int = 0
    loaded: Objects = ()
    loads: int = 1
    known: dict[int, tuple[Objects, float]] = field(default_factory=lambda: {1: ((), 1.0)})

    @property
    def now(self) -> Step:
        """Return the current state."""
        return self.steps[self.place]

    def condensed(self) -> CanvasDrawing:
        """Return the drawing without its history, as it outlives a restart."""
        return CanvasDrawing([self.now], 0, self.loaded, self.loads, dict(self.known))

    @property
    def can_undo(self) -> bool:
        """Return whether there is an earlier step."""
        return self.place > 0

    @property
    def can_redo(self) -> bool:
        """Return whether a step was undone."""
        return self.place < len(self.steps) - 1

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is drawn and there is no base."""
        return not self.now.objects and self.now.base is None

    def add(self, step: Step, *, load: bool) -> None:
        """Add a step and drop the steps that were undone. `load` shows it on the canvas."""
        self.steps = [*self.steps[: self.place + 1], step][-MAX_STEPS:]
        self.place = len(self.steps) - 1
        if load:
            self.load()

    def change(self, step: Step) -> None:
        """Put a step in the place of the current one and show it on the canvas."""
        self.steps[self.place] = step
        self.load()

    def load(self) -> None:
        """Make the canvas show the current state."""
        self.loaded = self.now.objects
        self.loads += 1
        self.known[self.loads] = self.loaded, self.now.scale
        self.known.pop(self.loads - MAX_LOADS, None)

    def move(self, by: int) -> None:
        """Undo with -1, redo with 1."""
        target = self.place + by
        if 0 <= target < len(self.steps):
            scale = self.now.scale
            self.place = target
            self.rescale(scale)
            self.load()

    def rescale(self, scale: float) -> None:
        """Fit the current state to a canvas of another scale; nothing moves on the image."""
        step = self.now
        if abs(step.scale - scale) < 1e-9:
            return
        objects, own = step.source or (step.objects, step.scale)
        fitted = tuple(rescaled(one, scale / own) for one in objects)
        self.steps[self.place] = replace(step, objects=fitted, scale=scale, source=(objects, own))
        self.load()

    def take(self, objects: Sequence[Mapping[str, Any]], load: int) -> bool:
        """Record what the canvas reports after a load; return True when a person changed something.

        The report may belong to an earlier load, with the next one still on its way: then what was drawn in between is
        added to the current state, and the rest is ignored.
        """
        before, scale = self.known.get(load, (None, 1.0))
        if before is None or signature(objects) == signature(before):
            return False
        self.known[load] = tuple(objects), scale
        step = self.now
        if load == self.loads:
            kept = [one for one in objects if not is_click(one)]
            new = tuple(finished(one) for one in kept)
            load_anew = new != tuple(kept)
        else:
            if signature(objects[: len(before)]) != signature(before):
                return False
            added = [finished(one) for one in objects[len(before) :] if not is_click(one)]
            new = *step.objects, *(rescaled(one, step.scale / scale) for one in added)
            load_anew = True
        if signature(new) == signature(step.objects):
            return False
        self.add(Step(new, step.scale, step.base), load=load_anew)
        return True


# What the keyboard asks for, and a canvas that the browser made anew.
ACTS: Mapping[str, Callable[[CanvasDrawing], None]] = {
    "undo": lambda drawing: drawing.move(-1),
    "redo": lambda drawing: drawing.move(1),
    "load": CanvasDrawing.load,
}

"""What has been drawn over one picture: Fabric objects, a base beneath them, and every step, to go back to.

No Streamlit and no pixels. Objects are in the units of the canvas they were drawn on; `scale` says how
many canvas pixels one pixel of the picture had there.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.images.arrows import with_arrows

Objects = tuple[Mapping[str, Any], ...]

# The eraser paints in this colour until its strokes are turned into real cuts; nothing else is drawn in it.
ERASER = "#8d9299"
CUT = "destination-out"
STEPS_KEPT = 100


@dataclass(frozen=True)
class Step:
    """One state of a drawing: its objects, their scale, and the SHA-256 of the base mask beneath them, if any."""

    objects: Objects = ()
    scale: float = 1.0
    base: str | None = None


@dataclass
class Drawing:
    """A drawing with its history. `loaded` is what the canvas was last told to show.

    `_held` is what the canvas held when it was last heard, `_stale` what it may still tell late, of before a load.
    """

    steps: list[Step] = field(default_factory=lambda: [Step()])
    place: int = 0
    loaded: Objects = ()
    _held: tuple[Any, ...] = ()
    _stale: set[tuple[Any, ...]] = field(default_factory=set)

    @property
    def now(self) -> Step:
        """The state that counts."""
        return self.steps[self.place]

    @property
    def can_undo(self) -> bool:
        """Whether there is a step before this one."""
        return self.place > 0

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back."""
        return self.place < len(self.steps) - 1

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn and there is no base."""
        return not self.now.objects and self.now.base is None

    def add(self, step: Step, *, load: bool) -> None:
        """Take a new step; what had been taken back is gone. `load` shows it on the canvas anew."""
        self.steps = [*self.steps[: self.place + 1], step][-STEPS_KEPT:]
        self.place = len(self.steps) - 1
        if load:
            self.load()

    def load(self) -> None:
        """Let the canvas show the present state. Until it answers, what it held before says nothing, nor does what it
        was told to show before, which it may answer yet.
        """
        if self._stale:
            self._stale.add(signature(self.loaded))
        self._stale.add(self._held)
        self.loaded = self.now.objects

    def move(self, by: int) -> None:
        """Undo with -1, redo with 1."""
        target = self.place + by
        if 0 <= target < len(self.steps):
            scale = self.now.scale
            self.place = target
            self.rescale(scale)
            self.load()

    def rescale(self, scale: float) -> None:
        """Fit the present state to a canvas of another scale; nothing moves on the picture."""
        step = self.now
        if abs(step.scale - scale) < 1e-9:
            return
        factor = scale / step.scale
        self.steps[self.place] = Step(tuple(rescaled(one, factor) for one in step.objects), scale, step.base)
        self.load()

    def take(self, objects: Sequence[Mapping[str, Any]], tool: str) -> bool:
        """Take in what the canvas shows now; True when a person changed something.

        What was drawn with the lasso is closed and filled at once.
        """
        step = self.now
        self._held = signature(objects)
        is_shown = self._held in {signature(step.objects), signature(drawn(step.objects))}
        if not is_shown and self._held in self._stale:
            return False
        self._stale.clear()
        if is_shown:
            return False
        new = tuple(objects)
        known = {signature([one]) for one in step.objects}
        if tool == "arrow" and any(signature([one]) not in known for one in new):
            arrows = with_arrows({"objects": list(new)})["objects"]
            self.add(Step(tuple(arrows), step.scale, step.base), load=True)
        elif tool == "lasso" and any(signature([one]) not in known for one in new):
            new = tuple(one if signature([one]) in known else filled(one) for one in new)
            self.add(Step(new, step.scale, step.base), load=True)
        else:
            self.add(Step(new, step.scale, step.base), load=False)
        return True

    def cut(self) -> None:
        """Turn the eraser's strokes into real cuts, so that the picture shows through where they went."""
        if any(is_eraser(one) and one.get("globalCompositeOperation") != CUT for one in self.now.objects):
            step = self.now
            self.steps[self.place] = Step(drawn(step.objects), step.scale, step.base)
            self.load()


def is_eraser(one: Mapping[str, Any]) -> bool:
    """Whether an object was drawn with the eraser."""
    return one.get("stroke") == ERASER or one.get("globalCompositeOperation") == CUT


def drawn(objects: Sequence[Mapping[str, Any]]) -> Objects:
    """Objects as they count: the eraser's strokes cut what was painted before them."""
    return tuple({**one, "globalCompositeOperation": CUT} if is_eraser(one) else one for one in objects)


def filled(one: Mapping[str, Any]) -> dict[str, Any]:
    """A free stroke as a lasso: closed, and filled in its own colour."""
    closed = copy.deepcopy(dict(one))
    if str(closed.get("type", "")).lower() == "path":
        closed["fill"] = closed.get("stroke")
        closed["path"] = [*closed.get("path", ()), ["Z"]]
    return closed


def rescaled(one: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """An object as it is on a canvas that is `factor` times as large."""
    changed = dict(one)
    for name in ("left", "top", "scaleX", "scaleY"):
        changed[name] = float(one.get(name, 1.0 if name.startswith("scale") else 0.0)) * factor
    if one.get("strokeUniform"):
        changed["strokeWidth"] = float(one.get("strokeWidth", 1.0)) * factor
    return changed


SIGNED = (
    "type",
    "left",
    "top",
    "width",
    "height",
    "scaleX",
    "scaleY",
    "angle",
    "strokeWidth",
    "fill",
    "stroke",
    "text",
)


def signature(objects: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    """What makes two drawings the same for a person; the canvas rounds numbers when it hands them back."""

    def rounded(value: Any) -> Any:
        return round(float(value), 1) if isinstance(value, int | float) and not isinstance(value, bool) else value

    return tuple(
        (*(rounded(one.get(name)) for name in SIGNED), len(one.get("path") or ()), is_eraser(one)) for one in objects
    )

"""The drawing over one image: Fabric objects, a base mask beneath them, and the history for undo and redo.

No Streamlit and no pixels. Objects are in units of the canvas they were drawn on; `scale` is the number of canvas
pixels per image pixel there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from components.images.drawing.arrows import with_arrows
from components.images.selection.clicks import Clicks

Objects = tuple[Mapping[str, Any], ...]

# In what a tool paints tells what it painted, whatever was chosen since. Eight digits: no color that people choose
# has them. A mask is shown in another color than it is drawn in (canvas-paint.js): its eraser is never seen.
PAINT = "#ff0000"
LASSO = "#ff0000ff"
KEEP = "#00ff00ff"
ERASER = "#8d9299ff"
CUT = "destination-out"
# A soft brush paints in a slightly darker red, a soft eraser in a darker green: one less for each tenth of softness.
_BRUSH = re.compile("#(?:(f[0-9a-f])0000|00(f[0-9a-f])00)ff")
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

    def move_by(self, steps: int) -> None:
        """Undo so many steps with a number below 0, redo with one above."""
        for _ in range(abs(steps)):
            self.move(1 if steps > 0 else -1)

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


def finished(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object as its tool means it: an arrow with its head, an eraser stroke that cuts."""
    if one.get("stroke") == ERASER and one.get("globalCompositeOperation") != CUT:
        return {**one, "globalCompositeOperation": CUT}
    arrow: Mapping[str, Any] = with_arrows({"objects": [one]})["objects"][0]
    return arrow


def is_click(one: Mapping[str, Any]) -> bool:
    """Return whether a shape was begun and not drawn: it has no size and paints nothing."""
    size = (float(one.get(name) or 0) for name in ("width", "height", "radius", "strokeWidth"))
    return str(one.get("type", "")).lower() in {"rect", "circle"} and not any(size)


def is_eraser(one: Mapping[str, Any]) -> bool:
    """Return whether an object was drawn with the eraser."""
    brush = _BRUSH.fullmatch(str(one.get("stroke")))
    return bool(brush and brush[2]) or one.get("stroke") == ERASER or one.get("globalCompositeOperation") == CUT


def soft_color(color: str, hardness: int) -> str:
    """Return PAINT or KEEP as a brush of this hardness, 0 to 100, paints it."""
    soft = round((100 - hardness) / 10)
    return f"{color[:7].replace('ff', f'{255 - soft:02x}')}ff" if soft else color


def softness(one: Mapping[str, Any]) -> float:
    """Return the softness of the brush that drew an object, 0 to 1."""
    brush = _BRUSH.fullmatch(str(one.get("stroke")))
    return (255 - int(brush[1] or brush[2], 16)) / 10 if brush else 0.0


def drawn(objects: Sequence[Mapping[str, Any]]) -> Objects:
    """Return the objects with the eraser's strokes as cuts, and with the softness of soft ones."""
    return tuple(_drawn(one) for one in objects)


def _drawn(one: Mapping[str, Any]) -> Mapping[str, Any]:
    cut = {"globalCompositeOperation": CUT} if is_eraser(one) else {}
    soft = {"softness": found} if (found := softness(one)) else {}
    return {**one, **cut, **soft} if cut or soft else one


def outline(points: Sequence[tuple[float, float]], *, cuts: bool) -> dict[str, Any]:
    """Return the filled outline through these points of the canvas, as the lasso draws it."""
    line = [(round(x, 2), round(y, 2)) for x, y in points]  # the canvas rounds what it hands back
    x, y = zip(*line, strict=True)
    color = KEEP if cuts else LASSO
    return {
        "type": "Path",
        "version": "7.4.0",
        "originX": "center",
        "originY": "center",
        "left": (min(x) + max(x)) / 2,
        "top": (min(y) + max(y)) / 2,
        "width": max(x) - min(x),
        "height": max(y) - min(y),
        "fill": color,
        "stroke": color,
        "strokeWidth": 0,
        # Of straight lines alone the canvas would make a polygon, with a handle at each of its many points.
        "path": [["M", *line[0]], ["Q", *line[1], *line[1]], *(["L", *point] for point in line[2:]), ["Z"]],
    }


def rescaled(one: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """Return an object for a canvas that is `factor` times as large."""
    changed = dict(one)
    if factor == 1:
        return changed
    for name in ("left", "top", "scaleX", "scaleY"):
        changed[name] = float(one.get(name, 1.0 if name.startswith("scale") else 0.0)) * factor
    if one.get("strokeUniform"):
        changed["strokeWidth"] = float(one.get("strokeWidth", 1.0)) * factor
    return changed


SIGNED_FIELDS = (
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
    """Return what makes two drawings equal for a person; the canvas rounds numbers in what it returns."""

    def rounded(value: Any) -> Any:
        return round(float(value), 1) if isinstance(value, int | float) and not isinstance(value, bool) else value

    return tuple(
        (*(rounded(one.get(name)) for name in SIGNED_FIELDS), *_path_signature(one.get("path")), is_eraser(one))
        for one in objects
    )


def _path_signature(path: Any) -> tuple[int, ...]:
    """Return what tells paths of one outer size apart: the length and the sums of x and y."""
    steps = [step for step in path or () if isinstance(step, list | tuple)]
    sums = (
        sum(value for step in steps for value in step[first::2] if isinstance(value, int | float)) for first in (1, 2)
    )
    return len(steps), *(round(one) if math.isfinite(one) else 0 for one in sums)

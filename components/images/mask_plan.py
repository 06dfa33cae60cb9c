"""A mask as the steps that make it: small, JSON, to be stored with a run and done again at any size.

A plan names what it starts from (a mask kept as a file, by its SHA-256, or nothing) and each step after that in its
order: a drawing, or an operation on all that is there by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

from PIL import Image

from components.images.mask_work import feather, grow, invert, shrink
from components.images.masks import mask_from_drawing

Action = Literal["draw", "invert", "grow", "shrink", "feather", "all", "clear"]

_SPREADING: Mapping[str, Callable[[Image.Image, int], Image.Image]] = {
    "grow": grow,
    "shrink": shrink,
    "feather": feather,
}


@dataclass(frozen=True)
class MaskStep:
    """One step: "draw" has the canvas's JSON and size, "grow", "shrink" and "feather" have pixels of the picture."""

    action: Action
    pixels: int = 0
    drawing: Mapping[str, Any] = field(default_factory=dict)
    canvas: tuple[float, float] = (0.0, 0.0)

    def as_dict(self) -> dict[str, Any]:
        """The step as JSON, without what it does not use."""
        if self.action == "draw":
            return {"action": "draw", "drawing": dict(self.drawing), "canvas": list(self.canvas)}
        return {"action": self.action, **({"pixels": self.pixels} if self.action in _SPREADING else {})}


@dataclass(frozen=True)
class MaskPlan:
    """A mask for a picture of `size` (width, height): the SHA-256 of the mask it starts from, and the steps."""

    size: tuple[int, int]
    base: str | None = None
    steps: tuple[MaskStep, ...] = ()

    def then(self, step: MaskStep) -> Self:
        """The plan with one more step."""
        return type(self)(self.size, self.base, (*self.steps, step))

    def as_dict(self) -> dict[str, Any]:
        """The plan as JSON."""
        return {"size": list(self.size), "base": self.base, "steps": [step.as_dict() for step in self.steps]}

    def draw(self, base: Image.Image | None = None) -> Image.Image:
        """The mask ("L", 255 painted). `base` is the mask that the plan starts from, stretched if it has another size.

        Raises ValueError for a drawing whose canvas has no size.
        """
        mask = Image.new("L", self.size) if base is None else base.convert("L")
        if mask.size != self.size:
            mask = mask.resize(self.size, Image.Resampling.BICUBIC)
        for step in self.steps:
            mask = _done(mask, step)
        return mask


def read_plan(data: Mapping[str, Any]) -> MaskPlan:
    """A plan from its JSON. Raises ValueError for what is none."""
    try:
        width, height = (int(number) for number in data["size"])
        base = data.get("base")
        steps = tuple(_read_step(step) for step in data.get("steps", ()))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"This is not a plan of a mask: {error!r}") from error
    if width < 1 or height < 1 or not (base is None or isinstance(base, str)):
        raise ValueError(f"A plan of a mask cannot have the size {width}x{height} or the base {base!r}")
    return MaskPlan((width, height), base, steps)


def _read_step(data: Mapping[str, Any]) -> MaskStep:
    action = data["action"]
    if action not in get_args(Action):
        raise ValueError(f"{action!r} is no step of a mask")
    if action != "draw":
        return MaskStep(action, int(data.get("pixels", 0)))
    width, height = (float(number) for number in data["canvas"])
    return MaskStep("draw", drawing=dict(data["drawing"]), canvas=(width, height))


def _done(mask: Image.Image, step: MaskStep) -> Image.Image:
    if step.action == "draw":
        return mask_from_drawing(step.drawing, mask.size, step.canvas, start=mask)
    if step.action in _SPREADING:
        return _SPREADING[step.action](mask, step.pixels)
    if step.action == "invert":
        return invert(mask)
    return Image.new("L", mask.size, 255 if step.action == "all" else 0)

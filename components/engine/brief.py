"""What is to be drawn, as plain values: everything that a drawing depends on, and nothing else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from components.engine.triggers import without_marks
from components.engine.validate import Asked

# Detail: how much there is to see, 1 for an ordinary picture.
DETAIL: Mapping[str, float] = {
    "low": 0.55,
    "standard": 0.9,
    "medium": 1.0,
    "hd": 1.3,
    "high": 1.35,
    "xhigh": 1.6,
    "max": 1.9,
}
COMPLEXITY: Mapping[str, float] = {"low": 0.6, "medium": 1.0, "high": 1.5}
AUTO_QUALITY = "medium"
# What the catalogue notes of a model -> how much more or less there is to see.
NOTES: Mapping[str, float] = {"careful": 1.15, "careful, fixed": 1.15, "cheap": 0.8}
MOST_DETAIL = 2.0

WIDE = re.compile(r"\b(panoram\w*|wide|widescreen|banner|horizontal|cinematic|landscape format|16:9)\b", re.I)
TALL = re.compile(r"\b(portrait|poster|tall|vertical|phone wallpaper|full[- ]body|9:16|book cover)\b", re.I)


@dataclass(frozen=True)
class Brief:
    """One drawing: the same brief always gives the same pixels. Width and height in pixels."""

    prompt: str
    model: str
    width: int
    height: int
    index: int = 0
    detail: float = 1.0
    complexity: float = 1.0
    style: str = "vivid"
    transparent: bool = False

    @property
    def seed(self) -> int:
        """Where chance starts: from the words, the model, the style and the place among n, not from size or quality,
        so that these change the same picture instead of giving another."""
        told = f"{self.prompt.strip()}\0{self.model}\0{self.style}\0{self.index}"
        return int.from_bytes(hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def chosen_quality(asked: Asked) -> str:
    """The quality that auto stands for."""
    quality = str(asked.values.get("quality", "auto"))
    return AUTO_QUALITY if quality == "auto" else quality


def chosen_size(asked: Asked) -> tuple[int, int]:
    """Width and height in pixels; auto goes by the prompt's words."""
    size = str(asked.values.get("size", "auto"))
    if size != "auto":
        width, height = size.split("x")
        return int(width), int(height)
    if asked.images:
        raise AssertionError("the size of an edit is settled by its first picture")
    if WIDE.search(asked.prompt):
        return 1536, 1024
    return (1024, 1536) if TALL.search(asked.prompt) else (1024, 1024)


def brief_of(asked: Asked, index: int, size: tuple[int, int]) -> Brief:
    """The drawing of the request's picture number `index`."""
    quality = chosen_quality(asked)
    return Brief(
        prompt=without_marks(asked.prompt),
        model=asked.model.id,
        width=size[0],
        height=size[1],
        index=index,
        detail=min(MOST_DETAIL, DETAIL[quality] * NOTES.get(asked.model.note, 1.0)),
        complexity=COMPLEXITY.get(str(asked.values.get("complexity")), 1.0),
        style=str(asked.values.get("style", "vivid")),
        transparent=asked.values.get("background") == "transparent",
    )

"""Turn a checked request into draw specs: quality as detail, size, style."""

from __future__ import annotations

import re
from collections.abc import Mapping

from components.engine.api.faults import without_marks
from components.engine.api.validation import CheckedRequest
from components.engine.drawing import DrawSpec

# Detail: how much there is to see, 1 for an ordinary image.
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
# What the catalogue notes of a model, and how much more or less there is to see.
NOTES: Mapping[str, float] = {"careful": 1.15, "careful, fixed": 1.15, "cheap": 0.8}
MOST_DETAIL = 2.0

WIDE = re.compile(r"\b(panoram\w*|wide|widescreen|banner|horizontal|cinematic|landscape format|16:9)\b", re.I)
TALL = re.compile(r"\b(portrait|poster|tall|vertical|phone wallpaper|full[- ]body|9:16|book cover)\b", re.I)


def chosen_quality(asked: CheckedRequest) -> str:
    """Return the quality of a request; "auto" stands for medium."""
    quality = str(asked.values.get("quality", "auto"))
    return AUTO_QUALITY if quality == "auto" else quality


def chosen_size(asked: CheckedRequest) -> tuple[int, int]:
    """Return width and height in pixels; "auto" goes by the prompt's words."""
    size = str(asked.values.get("size", "auto"))
    if size != "auto":
        width, height = size.split("x")
        return int(width), int(height)
    if asked.images:
        raise AssertionError("the size of an edit is settled by its first image")
    if WIDE.search(asked.prompt):
        return 1536, 1024
    return (1024, 1536) if TALL.search(asked.prompt) else (1024, 1024)


def spec_of(asked: CheckedRequest, index: int, size: tuple[int, int]) -> DrawSpec:
    """Return what to draw as image number `index` of a request, at a size in pixels."""
    quality = chosen_quality(asked)
    return DrawSpec(
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

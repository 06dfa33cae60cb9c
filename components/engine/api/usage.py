"""Count tokens as the API reference says where it does, and by the engine's own plain rules elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from components.parameters import output_tokens
from components.parameters.prices.estimate import PARTIAL_IMAGE_TOKENS

CHARACTERS_A_TOKEN = 4
PATCH = 32  # pixels; an input image counts one token for each patch of this edge …
MOST_PATCHES = 1536  # … up to this many

# Families without a formula in the reference count as gpt-image-1 does: tokens of a square and an oblong.
OLDER: Mapping[str, tuple[int, int]] = {"low": (272, 408), "medium": (1056, 1584), "high": (4160, 6240)}


def text_tokens(text: str) -> int:
    """Return the tokens of a text, at four characters each."""
    return max(1, math.ceil(len(text) / CHARACTERS_A_TOKEN)) if text else 0


def input_image_tokens(width: int, height: int) -> int:
    """Return the tokens of an input image."""
    return min(MOST_PATCHES, math.ceil(width / PATCH) * math.ceil(height / PATCH))


def drawing_tokens(model: str, width: int, height: int, quality: str) -> int:
    """Return the tokens of an output image."""
    counted = output_tokens(model, f"{width}x{height}", quality)
    if counted is not None:
        return counted
    square, oblong = OLDER.get(quality, OLDER["medium"])
    return square if width == height else oblong


def image_usage(
    *, prompt: str, inputs: Iterable[tuple[int, int]], drawings: int, each: int, partials: int
) -> dict[str, Any]:
    """Return the "usage" of an answer with `drawings` images of `each` tokens and some partial images.

    An empty prompt and no inputs stand for a later image of the same request, whose input counted already.
    """
    text = text_tokens(prompt)
    images = sum(input_image_tokens(width, height) for width, height in inputs)
    out = drawings * each + partials * PARTIAL_IMAGE_TOKENS
    return {
        "input_tokens": text + images,
        "input_tokens_details": {"text_tokens": text, "image_tokens": images},
        "output_tokens": out,
        "output_tokens_details": {"image_tokens": out, "text_tokens": 0},
        "total_tokens": text + images + out,
    }


# Tokens that thinking costs, for each effort; the reference says only that thinking counts.
REASONING: Mapping[str, int] = {
    "none": 0,
    "minimal": 32,
    "low": 96,
    "default": 160,
    "medium": 256,
    "high": 512,
    "xhigh": 1024,
    "max": 2048,
}


def svg_usage(model: str, effort: str, prompt: str, file: bytes) -> dict[str, Any]:
    """Return the "svg_usage" of an answer: the tokens of the model that wrote the SVG."""
    reasoning = REASONING.get(effort, REASONING["default"])
    read, written = text_tokens(prompt), math.ceil(len(file) / CHARACTERS_A_TOKEN)
    return {
        "model": model,
        "input_tokens": read,
        "output_tokens": written + reasoning,
        "reasoning_tokens": reasoning,
        "total_tokens": read + written + reasoning,
    }

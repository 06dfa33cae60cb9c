"""Which of two images is better, by a vision model: asked in both orders, and a split counts as a tie."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.checks.questions import FENCE, LONGEST_ANSWER, object_schema

FIRST, SECOND, TIE = "first", "second", "tie"
NEIGHBORS = 3  # pairs per image: enough for a ranking that connects all images
LONGEST_PROMPT = 4000

PAIR_SCHEMA: Mapping[str, Any] = object_schema(
    {"better": {"type": "string", "enum": [FIRST, SECOND, TIE]}, "reason": {"type": "string"}}
)


def pair_text(prompt: str) -> str:
    """Return the question about two images that one prompt, or several ("" then), asked for."""
    asked = f' Both were made for this prompt:\n\n"{prompt[:LONGEST_PROMPT]}"\n\n' if prompt else " "
    return (
        f"Compare these two images.{asked}Which one is better as an image, and closer to what was asked for? Answer "
        f"{FIRST} or {SECOND} by their order, or {TIE} if neither is better. Give the reason in one short sentence."
    )


def read_better(text: str) -> str | None:
    """Return FIRST, SECOND or TIE from an answer, None for one of another form. Never raise."""
    fenced = FENCE.match(text[:LONGEST_ANSWER])
    try:
        value = json.loads(fenced[1] if fenced else text[:LONGEST_ANSWER])
    except (ValueError, RecursionError):
        return None
    better = value.get("better") if isinstance(value, dict) else None
    return better if better in (FIRST, SECOND, TIE) else None


def both_orders(one_way: str, other_way: str) -> str:
    """Return FIRST, SECOND or TIE for the images in the order of `one_way`; a split is a tie."""
    turned = {FIRST: SECOND, SECOND: FIRST, TIE: TIE}[other_way]
    return one_way if one_way == turned else TIE


def circle_pairs(ids: Sequence[str]) -> list[tuple[str, str]]:
    """Return each image with its next NEIGHBORS ones in a circle, each pair once."""
    pairs = ((one, ids[(place + step) % len(ids)]) for step in range(1, NEIGHBORS + 1) for place, one in enumerate(ids))
    return list({frozenset(pair): pair for pair in pairs if pair[0] != pair[1]}.values())

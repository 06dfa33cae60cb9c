"""A recipe as ASCII JSON, which every format can carry, and back, with nothing in it trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

KEYWORD = "image-workbench"
LIMIT = 1 << 20  # bytes of JSON
_MAX_DEPTH = 64  # objects and lists inside each other


def recipe_text(recipe: Mapping[str, Any]) -> str | None:
    """Return a recipe as compact JSON; None for one that could not be read back: too long, too deep, NaN.

    Raise TypeError for values that JSON does not have.
    """
    try:
        text = json.dumps(dict(recipe), separators=(",", ":"))
    except (ValueError, RecursionError):
        return None
    return text if parsed(text) is not None else None


def parsed(text: str | bytes) -> dict[str, Any] | None:
    """Return the JSON object in a text of up to 1 MB; None for anything else. Lone surrogates become U+FFFD."""
    try:
        data = text.encode() if isinstance(text, str) else text
        if len(data) > LIMIT:
            return None
        # Written once more, which refuses NaN and infinity.
        plain = json.dumps(json.loads(data.decode("utf-8-sig")), ensure_ascii=False, allow_nan=False)
        value = json.loads(plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
        return value if isinstance(value, dict) and _depth(value) <= _MAX_DEPTH else None
    except (ValueError, RecursionError):
        return None


def _depth(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inside), default=0)

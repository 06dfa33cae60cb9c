"""A recipe as text: compact JSON that every format can carry, and back, with nothing in it trusted."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

KEYWORD = "image-workbench"
LIMIT = 1 << 20  # bytes of JSON in UTF-8
_DEEPEST = 64  # objects and lists inside each other

# Not allowed, not wanted or read as a line's end in XML. JSON itself escapes what is below U+0020.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def recipe_text(recipe: Mapping[str, Any]) -> str | None:
    """The recipe as compact JSON. Halves of characters (lone surrogates) become U+FFFD.

    None for a recipe that could not be read back: over 1 MB, nested more than 64 deep, or with a number that JSON has
    no word for. Raises TypeError for values that are not JSON's.
    """
    try:
        text = _whole(json.dumps(dict(recipe), ensure_ascii=False, separators=(",", ":")))
    except (ValueError, RecursionError):
        return None
    text = _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text if parsed(text) is not None else None


def parsed(text: str | bytes) -> dict[str, Any] | None:
    """The JSON object in a text; None where there is none, or one that is too large, too deep or no real JSON."""
    try:
        data = text.encode() if isinstance(text, str) else text
        if len(data) > LIMIT:
            return None
        plain = data.decode("utf-8-sig")
        value = json.loads(plain, parse_constant=_refuse, parse_float=_finite)
        if not isinstance(value, dict) or _too_deep(value):
            return None
        if _SURROGATE.search(plain):
            value = json.loads(_whole(json.dumps(value, ensure_ascii=False)))
    except (ValueError, RecursionError):
        return None
    return dict(value)


def _whole(text: str) -> str:
    """The text with halves of characters put together where they meet, and replaced where they do not."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("The number is too large.")
    return number


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        inside = [list(one.values()) if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [child for children in inside for child in children]
        if not level:
            return False
    return True

"""What an answer counts in tokens, under the names that /responses has for it, whatever the server called them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# Chat's names of token counts -> those of /responses
_NAMES = {
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "prompt_tokens_details": "input_tokens_details",
    "completion_tokens_details": "output_tokens_details",
}


def renamed(usage: Any) -> dict[str, Any] | None:
    """The usage with the names of /responses; whatever else the server counted stays. None for what is no usage."""
    if not isinstance(usage, dict):
        return None
    return {_NAMES.get(str(name), str(name)): value for name, value in usage.items()}


def summed(usages: Iterable[Any]) -> dict[str, Any]:
    """The usage of all pictures together: each completed event of a stream carries its own."""
    total: dict[str, Any] = {}
    for usage in usages:
        if isinstance(usage, Mapping):
            total = _add(total, usage)
    return total


def _add(total: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(total)
    for name, value in more.items():
        before = result.get(name)
        if isinstance(value, Mapping):
            result[name] = _add(before if isinstance(before, Mapping) else {}, value)
        elif isinstance(value, int) and not isinstance(value, bool) and isinstance(before, int):
            result[name] = before + value
        else:
            result[name] = value
    return result

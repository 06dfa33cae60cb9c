"""Token counts under the names of /responses, whatever the server calls them."""

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


def normalize_usage(usage: Any) -> dict[str, Any] | None:
    """Return the usage with the names of /responses, other counts unchanged; None when it is not an object."""
    if not isinstance(usage, dict):
        return None
    return {_NAMES.get(str(name), str(name)): value for name, value in usage.items()}


def image_tool_usage(response: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the image tokens of a response with the image generation tool, as an answer with images counts them.

    None where the server does not count them: the usage of the response itself is that of the text model.
    """
    tools = response.get("tool_usage")
    usage = tools.get("image_gen") if isinstance(tools, Mapping) else None
    if not isinstance(usage, Mapping) or not usage.get("output_tokens"):
        return None
    found = dict(usage)
    details = found.get("input_tokens_details")
    if "cached_tokens" in found and isinstance(details, Mapping):
        found["input_tokens_details"] = {"cached_tokens": found.pop("cached_tokens"), **details}
    return found


def sum_usage(usages: Iterable[Any]) -> dict[str, Any]:
    """Return the usage of all images together: each completed event of a stream has its own."""
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

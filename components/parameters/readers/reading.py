"""What was read from a pasted request, and the limits of what is read at all.

Pasted text is untrusted: it is parsed, never executed, and costs a bounded amount of work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.parameters.kinds import Invalid

MAX_CHARACTERS = 200_000
MAX_DEPTH = 30
MAX_VALUES = 5_000
MAX_UNREAD = 20


@dataclass
class Reading:
    """Values by parameter name for an operation's form, and what the form does not get.

    `unread` names what could not be read. `files` are the roles ("image", "mask", "markup") and names of input files,
    which a request names but does not contain. `recipe` is the recipe that the values come from, if any.
    """

    operation: str
    values: dict[str, Any] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    recipe: Mapping[str, Any] | None = None
    had_key: bool = False


@dataclass(frozen=True)
class OpenedFile:
    """A place in a body where a file's content goes; `name` is empty where it is unknown."""

    name: str = ""


@dataclass(frozen=True)
class Unreadable:
    """A place in a body whose value only a program knows: a variable, a call or an expression."""

    what: str


def read_json(text: str, what: str) -> Any:
    """Return JSON data within the limits. Raise Invalid, which names `what` was read."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid(f"{what} is not complete JSON.") from None
    check_depth(data, what)
    return data


def check_depth(data: Any, what: str) -> None:
    """Raise Invalid for JSON data that is nested too deep or has too many values."""
    level, seen = [data], 0
    for _ in range(MAX_DEPTH):
        children = [value.values() if isinstance(value, dict) else value for value in level if _is_nested(value)]
        level = [one for values in children for one in values]
        seen += len(level)
        if seen > MAX_VALUES:
            raise Invalid(f"{what} has more than {MAX_VALUES:,} values. Paste only the request.")
        if not level:
            return
    raise Invalid(f"{what} is nested more than {MAX_DEPTH} levels deep. Paste only the request.")


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list)

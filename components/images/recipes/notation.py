"""A recipe as text, and how files are taken apart: what to keep of them, and what cannot be understood."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, BinaryIO

KEYWORD = "image-workbench"
MARK = "image_workbench"  # the name that every recipe has; its value is a version

# A recipe of a prompt of 32,000 signs of four bytes each has 130 kB.
MOST_BYTES = 1024 * 1024

# What a file becomes: bytes of its own, or a range of the old file.
Piece = bytes | range

# Signs that XML or UTF-8 cannot hold; JSON can write them as escapes.
_UNWRITABLE = re.compile("[\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Odd(ValueError):
    """The file is not as its format demands, so nothing can be put into it or found in it."""


def encoded(recipe: Mapping[str, Any]) -> str:
    """A recipe as JSON on one line, with nothing in it that UTF-8 or XML cannot hold."""
    text = json.dumps(recipe, ensure_ascii=False, separators=(",", ":"))
    return _UNWRITABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def decoded(text: str | bytes) -> dict[str, Any] | None:
    """The recipe that a text holds; None when it holds none, whatever it is."""
    if len(text) > MOST_BYTES:
        return None
    try:
        data = json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return None
    version = data.get(MARK) if isinstance(data, dict) else None
    return data if isinstance(version, int) and not isinstance(version, bool) else None


def _refused(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")


def found_in_json(file: BinaryIO, size: int) -> dict[str, Any] | None:
    """The recipe of a file that is nothing but its JSON; None for all others."""
    file.seek(0)
    start = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    if size > MOST_BYTES or not start.startswith(b"{"):
        return None
    file.seek(0)
    return decoded(file.read(MOST_BYTES).removeprefix(b"\xef\xbb\xbf"))


def read_at(file: BinaryIO, place: int, count: int) -> bytes:
    """Exactly so many bytes from a place. Raises Odd when the file ends before."""
    file.seek(place)
    data = file.read(count)
    if len(data) < count:
        raise Odd("The file ends too early.")
    return data

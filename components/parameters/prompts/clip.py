"""Clip a text that is shown where there is little room."""

from __future__ import annotations


def clip(text: str, longest: int) -> str:
    """Return a text as one line of at most `longest` characters; one that is cut ends in “…”."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"

"""Cells of a table in CSV that people open in a spreadsheet."""

from __future__ import annotations

from typing import Any


def cell(value: Any) -> str:
    """A value as text; one that a spreadsheet would take for a formula, and run, comes after an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, str) and value.lstrip()[:1] in tuple("=+-@"):
        return f"'{value}"
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value).replace("\0", "")

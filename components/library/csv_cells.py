"""Cells of CSV tables for spreadsheets."""

from __future__ import annotations

from typing import Any


def escape_formula(text: str) -> str:
    """Return a text with an apostrophe in front if a spreadsheet would run it as a formula."""
    is_formula = text.startswith(("\t", "\r")) or text.lstrip().startswith(("=", "+", "-", "@"))
    return f"'{text}" if is_formula else text


def cell(value: Any) -> str:
    """Return a value as the text of a cell: True is "yes", False and None are empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    return escape_formula(value).replace("\0", "") if isinstance(value, str) else str(value)

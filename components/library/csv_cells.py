"""Cells and lines of CSV tables for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

MARK = "\ufeff"  # before the first line; lets spreadsheets detect UTF-8


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


def csv_line(values: Iterable[Any]) -> str:
    """Return values as one line of CSV."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow([cell(value) for value in values])
    return out.getvalue()

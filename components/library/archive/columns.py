"""Values for columns from a manifest that nobody trusts: of the right type and range, and harmless.

What a column takes is told by the schema of rows (`row_schema`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Column, Float, Table

from components.library.db.row_schema import MOST_OUTPUTS, fits, pruned

__all__ = ["MOST_OUTPUTS", "ManifestError", "clean_text", "shown", "values_of"]

DEEPEST = 60
TIMES = frozenset({"created", "started", "ended"})
AHEAD = 86_400.0  # seconds that another computer's clock may be ahead of ours


class ManifestError(ValueError):
    """Something in the archive cannot be taken in; the message says what, for a person."""


def values_of(table: Table, entry: Mapping[str, Any], of: str, *, without: Iterable[str]) -> dict[str, Any]:
    """Of the columns that a row has, those that the manifest tells; the others take their defaults."""
    found: dict[str, Any] = {}
    for column in table.columns:
        if column.name in without:
            continue
        value = entry.get(column.name)
        if value is not None:
            found[column.key] = _value(column, value, of)
        elif not column.nullable and column.server_default is None:
            raise ManifestError(f"{of} does not say its {column.name}.")
    return found


def _value(column: Column[Any], value: Any, of: str) -> Any:
    table = column.table
    if isinstance(value, float) and not isinstance(column.type, Float) and value.is_integer():
        value = int(value)
    is_late = column.name in TIMES and isinstance(value, int | float) and value > time.time() + AHEAD
    if is_late or not fits(table, column.key)(value):
        raise ManifestError(f"{of} has a {column.name} that cannot be: {shown(value)}.")
    if isinstance(value, int) and isinstance(column.type, Float):
        return float(value)
    try:
        clean = _clean(value, DEEPEST)
    except _TooMuch:
        raise ManifestError(
            f"{of} has a {column.name} that nests too deeply, or has a number that is too large."
        ) from None
    return pruned(table, column.key, clean) if isinstance(clean, dict) else clean


class _TooMuch(Exception):
    """A value nests too deeply, or has a number that nothing can work with."""


def _clean(value: Any, deep: int) -> Any:
    if deep == 0 or (isinstance(value, int) and abs(value) > 2**63):
        raise _TooMuch
    if isinstance(value, dict):
        return {clean_text(name): _clean(one, deep - 1) for name, one in value.items()}
    if isinstance(value, list):
        return [_clean(one, deep - 1) for one in value]
    return clean_text(value) if isinstance(value, str) else value


def clean_text(value: str) -> str:
    """A text without what UTF-8 or a database cannot hold."""
    return value.encode("utf-8", "replace").decode().replace("\0", "")


def shown(value: Any) -> str:
    """A value for a sentence, however long or odd it is."""
    try:
        text = value if isinstance(value, str) else json.dumps(value)
    except (ValueError, RecursionError):
        return "“…”"
    text = "".join(sign if sign.isprintable() else "?" for sign in clean_text(text[:60]))
    return f"“{text}”"

"""Validate the column values of an untrusted manifest by the schema of rows (`db.row_schema`)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Column, Float, Table

from components.library.db.row_schema import MOST_OUTPUTS, fits, pruned

__all__ = ["MOST_OUTPUTS", "ManifestError", "clean_text", "quoted", "values_of"]

MAX_DEPTH = 60
TIMES = frozenset({"created", "started", "ended"})
MAX_CLOCK_SKEW = 86_400.0  # seconds that the exporting computer's clock may be ahead


class ManifestError(ValueError):
    """A part of the archive cannot be imported; the message is for a person."""


def values_of(table: Table, entry: Mapping[str, Any], of: str, *, without: Iterable[str]) -> dict[str, Any]:
    """Return the values of a manifest entry for a row's columns. Missing ones take their defaults."""
    found: dict[str, Any] = {}
    for column in table.columns:
        if column.name in without:
            continue
        value = entry.get(column.name)
        if value is not None:
            found[column.key] = _value(column, value, of)
        elif not column.nullable and column.server_default is None:
            raise ManifestError(f"{of} has no {column.name}.")
    return found


def _value(column: Column[Any], value: Any, of: str) -> Any:
    table = column.table
    if isinstance(value, float) and not isinstance(column.type, Float) and value.is_integer():
        value = int(value)
    is_late = column.name in TIMES and isinstance(value, int | float) and value > time.time() + MAX_CLOCK_SKEW
    if is_late or not fits(table, column.key)(value):
        raise ManifestError(f"{of} has an invalid {column.name}: {quoted(value)}.")
    if isinstance(value, int) and isinstance(column.type, Float):
        return float(value)
    try:
        clean = _clean(value, MAX_DEPTH)
    except _TooComplex:
        raise ManifestError(
            f"{of} has a {column.name} that is nested too deeply or contains a number that is too large."
        ) from None
    return pruned(table, column.key, clean) if isinstance(clean, dict) else clean


class _TooComplex(Exception):
    """A value is nested too deeply or contains a number beyond 64 bits."""


def _clean(value: Any, depth: int) -> Any:
    if depth == 0 or (isinstance(value, int) and abs(value) > 2**63):
        raise _TooComplex
    if isinstance(value, dict):
        return {clean_text(name): _clean(one, depth - 1) for name, one in value.items()}
    if isinstance(value, list):
        return [_clean(one, depth - 1) for one in value]
    return clean_text(value) if isinstance(value, str) else value


def clean_text(value: str) -> str:
    """Return a text without characters that UTF-8 or the database cannot store."""
    return value.encode("utf-8", "replace").decode().replace("\0", "")


def quoted(value: Any) -> str:
    """Return any value in quotes for a message: at most 60 characters, all printable."""
    try:
        text = value if isinstance(value, str) else json.dumps(value)
    except (ValueError, RecursionError):
        return "“…”"
    text = "".join(sign if sign.isprintable() else "?" for sign in clean_text(text[:60]))
    return f"“{text}”"

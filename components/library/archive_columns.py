"""Values for columns from a manifest that nobody trusts: of the right type, of a bounded length, and harmless.

What a column takes is told by its type in the schema, so columns that come later are checked as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Integer, String, Table

LONGEST_TEXT = 1_000_000
DEEPEST = 60
MOST_OUTPUTS = 1000
LATEST = 4_102_444_800.0  # the year 2100, in unix seconds
TIMES = frozenset({"created", "started", "ended"})


class Distrusted(ValueError):
    """Something in the archive cannot be taken in; the message says what, for a person."""


def values_of(table: Table, entry: Mapping[str, Any], of: str, *, without: Iterable[str]) -> dict[str, Any]:
    """Of the columns that a row has, those that the manifest tells; the others take their defaults."""
    found: dict[str, Any] = {}
    for column in table.columns:
        if column.name in without:
            continue
        value = entry.get(column.name)
        if value is not None:
            found[column.name] = _value(column, value, of)
        elif not column.nullable and column.server_default is None:
            raise Distrusted(f"{of} does not say its {column.name}.")
    return found


def _value(column: Column[Any], value: Any, of: str) -> Any:
    fits = next((fits for kind, fits in _FITS if isinstance(column.type, kind)), None)
    if fits is None or not fits(column, value):
        raise Distrusted(f"{of} has a {column.name} that cannot be: {shown(value)}.")
    if isinstance(value, int) and isinstance(column.type, Float):
        return float(value)
    try:
        return _clean(value, DEEPEST)
    except _TooMuch:
        raise Distrusted(
            f"{of} has a {column.name} that nests too deeply, or has a number that is too large."
        ) from None


def _is_object(_: Column[Any], value: Any) -> bool:
    return isinstance(value, dict)


def _is_text(column: Column[Any], value: Any) -> bool:
    return isinstance(value, str) and len(value) <= (getattr(column.type, "length", None) or LONGEST_TEXT)


def _is_flag(_: Column[Any], value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(column: Column[Any], value: Any) -> bool:
    low, high = (0.0, LATEST) if column.name in TIMES else (-1e300, 1e300)
    return type(value) in {int, float} and low <= value <= high


def _is_count(column: Column[Any], value: Any) -> bool:
    most = MOST_OUTPUTS if column.name == "n" else 2**53 if isinstance(column.type, BigInteger) else 2**31 - 1
    return type(value) is int and 0 <= value <= most


# By the column's type, the more special first.
_FITS: Sequence[tuple[type[Any], Callable[[Column[Any], Any], bool]]] = (
    (JSON, _is_object),
    (String, _is_text),
    (Boolean, _is_flag),
    (Float, _is_number),
    (Integer, _is_count),
)


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

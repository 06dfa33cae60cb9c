"""A JSON Schema for the library's rows: type and range of every column.

An import rejects values that do not match it (`archive.columns`). A row that is read from the database is sanitized by
it (`rows`), so that a damaged or forged row never fails a page.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Integer, String, Table

from components.library.db.schema import inputs, outputs, runs

LONGEST_TEXT = 1_000_000
LATEST = 4_102_444_800.0  # the year 2100, in unix seconds
MOST_OUTPUTS = 1000
MOST_INPUTS = 200
MOST_MICROS = 10_000_000_000  # millionths of a dollar that one run can cost
LARGEST_EDGE = 1_000_000  # pixels

Schema = dict[str, Any]

_TIME: Schema = {"type": "number", "minimum": 0, "maximum": LATEST}
_MONEY: Schema = {"type": "integer", "minimum": 0, "maximum": MOST_MICROS}
_COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": MOST_OUTPUTS}
_EDGE: Schema = {"type": "integer", "minimum": 0, "maximum": LARGEST_EDGE}
_WORDS: Schema = {"type": "string", "maxLength": 20_000}
_SCALAR: Schema = {"type": ["string", "number", "boolean", "null"], "maxLength": 20_000}
_NUMBER: Schema = {"type": ["number", "null"], "minimum": -1e15, "maximum": 1e15}

# The parts of JSON columns that pages read. Other keys are kept: later versions of the app may have written them.
_JSON_CONTENT: Mapping[tuple[str, str], Schema] = {
    ("runs", "usage"): {
        "additionalProperties": {
            "type": ["object", "number", "null"],
            "minimum": -1e15,
            "maximum": 1e15,
            "properties": {},
            "additionalProperties": _NUMBER,
        }
    },
    ("runs", "error"): {
        "properties": {
            # See `files.unopened` and `maintenance.recovery`.
            "unopened": {
                "type": "array",
                "maxItems": 10_000,
                "items": {
                    "type": "object",
                    "required": ["index", "sha256"],
                    "properties": {
                        "index": {"type": "integer", "minimum": 0, "maximum": 9999},
                        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                        "reason": _WORDS,
                    },
                },
            },
            # Of a refusal by the safety system; see `client.errors`.
            "moderation": {
                "type": "object",
                "properties": {"stage": _WORDS, "categories": {"type": "array", "maxItems": 20, "items": _WORDS}},
            },
            "unsaved": {"type": "array", "maxItems": 10_000, "items": {"type": "integer", "minimum": 0}},
        },
        "additionalProperties": _SCALAR,
    },
    ("runs", "answer"): {"properties": {"created": _NUMBER, "model": _WORDS}},
    ("runs", "recipe"): {
        "properties": {
            "values": {"type": "object"},
            "model": _WORDS,
            "operation": _WORDS,
            "inputs": {"type": "array", "maxItems": MOST_INPUTS, "items": {"type": "object"}},
        }
    },
    ("runs", "extra"): {
        "properties": {
            "batch": {
                "type": "object",
                "properties": {
                    "id": _WORDS,
                    "at": {"type": "number"},
                    "of": {"type": "integer", "minimum": 0, "maximum": 100_000},
                    "place": {"type": "integer", "minimum": 0, "maximum": 100_000},
                },
            },
            "check": _WORDS,
            "checks": {"type": "array", "maxItems": 1000, "items": _WORDS},
            "conversation": _WORDS,
            "edited": _WORDS,
            "fields": {
                "type": "array",
                "maxItems": 1000,
                "items": {"type": "object", "additionalProperties": _SCALAR},
            },
            "cut_background": _WORDS,
            "going_on": {"type": "boolean"},
            "in_batch": {"type": "object", "properties": {"since": _TIME, "until": _TIME}},
            "keep_outside": {"type": "integer", "minimum": 0, "maximum": 500},
            "markup": {"type": "object"},
            "parent": _WORDS,
            "question": {"type": "string", "maxLength": LONGEST_TEXT},
            "schema": {"type": "object"},
            "sent_smaller": {"type": "array", "maxItems": MOST_INPUTS, "items": _WORDS},
            "shape": _WORDS,
        }
    },
    ("outputs", "facts"): {
        "properties": {
            "changed_outside": {"type": "number", "minimum": 0, "maximum": 1},
            "scaled": {"type": "boolean"},
            "other_framing": _WORDS,
            "cut_background": _WORDS,
            "not_cut": _WORDS,
        },
        "additionalProperties": _SCALAR,
    },
}
_COLUMN_SCHEMAS: Mapping[tuple[str, str], Schema] = {
    **{("runs", name): _TIME for name in ("created", "started", "ended", "deleted_at", "imported_at")},
    **{("outputs", name): _TIME for name in ("created", "deleted_at")},
    **{("runs", name): _MONEY for name in ("cost_micros", "estimate_low_micros", "estimate_high_micros")},
    **{("runs", name): _COUNT for name in ("n", "purged_count")},
    **{(table, name): _EDGE for table in ("outputs", "inputs") for name in ("width", "height")},
    ("outputs", "rating"): {"type": "integer", "minimum": 0, "maximum": 5},
    ("outputs", "position"): {"type": "integer", "minimum": 0, "maximum": 9999},
    ("inputs", "position"): {"type": "integer", "minimum": 0, "maximum": MOST_INPUTS - 1},
}


def _type_schema(column: Column[Any]) -> Schema:
    """Return the schema of a column's SQL type, so that new columns are checked without an entry here."""
    kind = column.type
    if isinstance(kind, JSON):
        return {"type": "object"}
    if isinstance(kind, String):
        return {"type": "string", "maxLength": kind.length or LONGEST_TEXT}
    if isinstance(kind, Boolean):
        return {"type": "boolean"}
    if isinstance(kind, Float):
        return {"type": "number", "minimum": -1e300, "maximum": 1e300}
    assert isinstance(kind, Integer), kind
    return {"type": "integer", "minimum": 0, "maximum": 2**53 if isinstance(kind, BigInteger) else 2**31 - 1}


def _table_schema(table: Table) -> Schema:
    return {
        "type": "object",
        "properties": {
            column.key: _COLUMN_SCHEMAS.get((table.name, column.key), _type_schema(column))
            | _JSON_CONTENT.get((table.name, column.key), {})
            for column in table.columns
        },
    }


SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Rows of the library: runs, their outputs and inputs",
    "$defs": {table.name: _table_schema(table) for table in (runs, outputs, inputs)},
}


def column_schema(table: Table, name: str) -> Schema:
    """Return the schema of a column's value that is not NULL."""
    found: Schema = SCHEMA["$defs"][table.name]["properties"][name]
    return found


@cache
def fits(table: Table, name: str) -> Callable[[Any], bool]:
    """Return a function that checks a value for a column, except the content of JSON values."""
    return _predicate({key: one for key, one in column_schema(table, name).items() if key not in _CONTAINERS})


_CONTAINERS = frozenset({"properties", "additionalProperties", "items"})
_TYPES: Mapping[str, tuple[type[Any], ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
}


def _predicate(schema: Schema) -> Callable[[Any], bool]:
    """Return a scalar schema as a plain function: a validator takes 20 µs a value, and pages read many rows."""
    types = _TYPES.get(schema["type"]) if isinstance(schema["type"], str) else None
    if types is None or not set(schema) <= {"type", "minimum", "maximum", "maxLength"}:
        validator = Draft202012Validator(schema)
        return lambda value: _is_valid(validator, value)
    low, high, longest = schema.get("minimum"), schema.get("maximum"), schema.get("maxLength")

    def plain(value: Any) -> bool:
        if type(value) not in types:
            return False
        if low is not None and not low <= value <= high:
            return False
        return longest is None or len(value) <= longest

    return plain


@cache
def _validator(table: Table, name: str) -> Draft202012Validator:
    return Draft202012Validator(column_schema(table, name))


def pruned(table: Table, name: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return a column's JSON object without the parts that do not match the schema."""
    if _is_valid(_validator(table, name), value):
        return value
    found = _pruned(value, column_schema(table, name))
    return found if isinstance(found, dict) else {}


def _is_valid(validator: Draft202012Validator, value: Any) -> bool:
    try:
        return bool(validator.is_valid(value))
    except (RecursionError, ValueError, OverflowError):
        return False


_INVALID = object()


def _pruned(value: Any, schema: Schema) -> Any:
    if _is_valid(Draft202012Validator(schema), value):
        return value
    bare = {key: one for key, one in schema.items() if key not in _CONTAINERS}
    if not _is_valid(Draft202012Validator(bare), value):
        return _INVALID
    if isinstance(value, dict):
        named, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        kept = {key: _pruned(one, named.get(key, others)) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one is not _INVALID}
    if isinstance(value, list):
        items = [_pruned(one, schema.get("items", {})) for one in value]
        return [one for one in items if one is not _INVALID]
    return _INVALID


def sanitized(table: Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row by its columns' keys. An invalid value becomes None, or the column's empty value if not nullable."""
    cleaners, found = _cleaners(table), dict[str, Any]()
    for name, value in row.items():
        key, clean = cleaners.get(str(name), (str(name), None))
        found[key] = value if clean is None else clean(value)
    return found


@cache
def _cleaners(table: Table) -> Mapping[str, tuple[str, Callable[[Any], Any]]]:
    """Return each column's key and the function that cleans its values, by its name and by its key."""
    found = {column.key: (column.key, _cleaner(column)) for column in table.columns}
    return found | {column.name: found[column.key] for column in table.columns}


def _cleaner(column: Column[Any]) -> Callable[[Any], Any]:
    table, key, is_nullable, is_text = column.table, column.key, column.nullable, isinstance(column.type, String)
    is_fit, empty = fits(table, key), None if is_nullable else _EMPTY[_kind(column)]

    def clean(value: Any) -> Any:
        if value is None and is_nullable:
            return None
        if is_text and isinstance(value, str):
            return value  # at any length: it may have been paid for
        if (isinstance(value, float) and not math.isfinite(value)) or not is_fit(value):
            return empty
        return pruned(table, key, value) if isinstance(value, dict) else value

    return clean


_EMPTY: Mapping[str, Any] = {"object": {}, "string": "", "boolean": False, "number": 0.0, "integer": 0}


def _kind(column: Column[Any]) -> str:
    return str(column_schema(column.table, column.key)["type"])

"""Structured answers: build a JSON schema from named fields, and check answers against it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable

from components.checks.questions import object_schema
from components.parameters import Invalid

# Types that people may write after a field's name, as JSON Schema. Each allows null; otherwise a model that sees no
# price has to invent one.
TYPES: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": ["string", "null"]},
    "string": {"type": ["string", "null"]},
    "number": {"type": ["number", "null"]},
    "integer": {"type": ["integer", "null"]},
    "whole number": {"type": ["integer", "null"]},
    "yes/no": {"type": ["boolean", "null"]},
    "boolean": {"type": ["boolean", "null"]},
    "list": {"type": ["array", "null"], "items": {"type": "string"}},
}
NOT_JUDGED = "not judged"
MOST_FIELDS = 50
MAX_CHARACTERS = 50_000
_FIELD = re.compile(r"^(?P<name>[^:(]+?)\s*(?::\s*(?P<type>[^(]*?))?\s*(?:\((?P<note>.*)\))?$")


def schema_of(text: str) -> dict[str, Any]:
    """Return the schema of a text: JSON when it starts with a brace, else one field per line. Raise Invalid."""
    text = text.strip()
    if not text:
        raise Invalid("Enter at least one field, for example: price: number")
    if len(text) > MAX_CHARACTERS:
        raise Invalid(f"{len(text)} characters are too many; the limit is {MAX_CHARACTERS}.")
    return _parse_schema(text) if text.startswith(("{", "[")) else _from_fields(text)


def _from_fields(text: str) -> dict[str, Any]:
    parts = [part.strip() for line in text.splitlines() for part in re.split(r"[,;](?![^(]*\))", line)]
    properties: dict[str, Any] = {}
    for part in filter(None, parts):
        found = _FIELD.match(part)
        if found is None or len(found["name"]) > 64:
            raise Invalid(f'"{part[:40]}" is not a field. Write a name, optionally followed by a colon and a type.')
        name, kind = found["name"].strip(), (found["type"] or "text").strip().lower()
        if kind not in TYPES:
            raise Invalid(f'Unknown type "{kind[:40]}" of "{name}". Use one of: {", ".join(TYPES)}.')
        if name in properties:
            raise Invalid(f'The field "{name}" appears twice.')
        properties[name] = {**TYPES[kind], **({"description": found["note"]} if found["note"] else {})}
    if len(properties) > MOST_FIELDS:
        raise Invalid(f"{len(properties)} fields are too many; the limit is {MOST_FIELDS}.")
    return object_schema(properties)


def _parse_schema(text: str) -> dict[str, Any]:
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as broken:
        place = f" Line {broken.lineno}: {broken.msg}." if isinstance(broken, json.JSONDecodeError) else ""
        raise Invalid(f"This is not valid JSON.{place}") from None
    if not isinstance(schema, dict):
        raise Invalid('The schema must be a JSON object, for example {"type": "object", "properties": {…}}.')
    if isinstance(schema.get("schema"), dict):
        schema = schema["schema"]  # the API's examples wrap the schema like this
    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError) as broken:
        what = broken.message if isinstance(broken, SchemaError) else "it is nested too deeply"
        raise Invalid(f"This is not a JSON schema: {what[:200]}") from None
    if schema.get("type") != "object":
        raise Invalid('The top level of the schema must have "type": "object"; the API accepts no other.')
    return dict(schema)


def is_unjudged(answer: Mapping[str, Any] | None) -> bool:
    """Return whether the server says that it left something unjudged, as the built-in engine does."""
    metadata = (answer or {}).get("metadata")
    return isinstance(metadata, Mapping) and bool(metadata.get("not_judged"))


def read_answer(
    text: str, schema: Mapping[str, Any], *, answer: Mapping[str, Any] | None = None
) -> tuple[Any, tuple[str, ...]]:
    """Return the answer as data with its schema errors; None with the reason when it is not JSON.

    `answer` is the server's JSON. When it says that something was left unjudged, null values are not errors.
    """
    found = re.match(r"^\s*```\w*\s*(.*?)\s*```\s*$", text, re.DOTALL)
    try:
        value = json.loads(found[1] if found else text)
    except (ValueError, RecursionError):
        return None, ("The answer is not JSON. This server or model may not support structured output.",)
    return value, tuple(_schema_errors(value, schema, nulls=is_unjudged(answer)))


def _schema_errors(value: Any, schema: Mapping[str, Any], *, nulls: bool) -> list[str]:
    # An empty registry, so that references in the schema are never fetched.
    validator = Draft202012Validator(dict(schema), registry=Registry())
    try:
        errors = sorted(validator.iter_errors(value), key=lambda error: error.json_path)
    except (Unresolvable, RecursionError, re.error):
        return ["The schema refers to something outside itself, so the answer could not be checked."]
    relevant = [error for error in errors if not (nulls and error.instance is None)]
    return [f"{error.json_path}: {error.message[:200]}" for error in relevant[:10]]


def rows_of(value: Any, *, answer: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return an answer as table rows: one per object of a list, else one.

    A null becomes "not judged" when the server's JSON, `answer`, says that something was left unjudged.
    """
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list) and item and isinstance(item[0], dict)]
        if len(value) == 1 and lists:
            value = lists[0]
    entries = value if isinstance(value, list) else [value]
    rows = [_row(entry) for entry in entries]
    if not is_unjudged(answer):
        return rows
    return [{name: NOT_JUDGED if cell is None else cell for name, cell in row.items()} for row in rows]


def _row(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        return {"value": _cell(entry)}
    return {str(name): _cell(item) for name, item in entry.items()}


def _cell(item: Any) -> Any:
    if isinstance(item, list) and all(isinstance(one, str | int | float) for one in item):
        return ", ".join(str(one) for one in item)
    return json.dumps(item, ensure_ascii=False) if isinstance(item, list | dict) else item

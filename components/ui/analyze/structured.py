"""Structured answers: named fields or a JSON schema go in, and what comes back is checked against them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable

from components.parameters import Invalid

# What people may write behind a field's name, and what JSON Schema calls it. Each may be null: without that, a model
# that sees no price has to invent one.
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
MOST_LETTERS = 50_000
_FIELD = re.compile(r"^(?P<name>[^:(]+?)\s*(?::\s*(?P<type>[^(]*?))?\s*(?:\((?P<note>.*)\))?$")


def schema_of(text: str) -> dict[str, Any]:
    """The schema that a person's text asks for: JSON where it begins with a brace, else one field a line.

    Raises Invalid with a sentence that says what is wrong with it.
    """
    text = text.strip()
    if not text:
        raise Invalid("Name at least one field, such as colour, or price: number.")
    if len(text) > MOST_LETTERS:
        raise Invalid(f"This has {len(text)} characters; at most {MOST_LETTERS} are taken.")
    return _written_schema(text) if text.startswith(("{", "[")) else _from_fields(text)


def _from_fields(text: str) -> dict[str, Any]:
    parts = [part.strip() for line in text.splitlines() for part in re.split(r"[,;](?![^(]*\))", line)]
    properties: dict[str, Any] = {}
    for part in filter(None, parts):
        found = _FIELD.match(part)
        if found is None or len(found["name"]) > 64:
            raise Invalid(f'"{part[:40]}" is not a field. Write its name, and behind a colon its type if you like.')
        name, kind = found["name"].strip(), (found["type"] or "text").strip().lower()
        if kind not in TYPES:
            raise Invalid(f'The type of "{name}" is one of {", ".join(TYPES)}; "{kind[:40]}" is none of them.')
        if name in properties:
            raise Invalid(f'The field "{name}" is named twice.')
        properties[name] = {**TYPES[kind], **({"description": found["note"]} if found["note"] else {})}
    if len(properties) > MOST_FIELDS:
        raise Invalid(f"These are {len(properties)} fields; at most {MOST_FIELDS} are taken.")
    return object_schema(properties)


def object_schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An object with exactly these properties, as strict structured output wants it."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _written_schema(text: str) -> dict[str, Any]:
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as broken:
        place = f" Line {broken.lineno}: {broken.msg}." if isinstance(broken, json.JSONDecodeError) else ""
        raise Invalid(f"This is not valid JSON.{place}") from None
    if not isinstance(schema, dict):
        raise Invalid('The schema must be a JSON object, such as {"type": "object", "properties": {…}}.')
    if isinstance(schema.get("schema"), dict):
        schema = schema["schema"]  # as the API's own examples wrap it
    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError) as broken:
        what = broken.message if isinstance(broken, SchemaError) else "it is nested too deeply"
        raise Invalid(f"This is not a JSON schema: {what[:200]}") from None
    if schema.get("type") != "object":
        raise Invalid('The schema\'s top must have "type": "object": the API takes no other.')
    return dict(schema)


def is_unjudged(answer: Mapping[str, Any] | None) -> bool:
    """Whether a server says of its answer that it did not judge all of it, as the built-in engine does."""
    metadata = (answer or {}).get("metadata")
    return isinstance(metadata, Mapping) and bool(metadata.get("not_judged"))


def read_answer(
    text: str, schema: Mapping[str, Any], *, answer: Mapping[str, Any] | None = None
) -> tuple[Any, tuple[str, ...]]:
    """The answer as data, and in what it breaks the schema; None and why when it is no JSON at all.

    `answer` is the server's own JSON: where it says that it left something unjudged, a null there breaks nothing.
    """
    found = re.match(r"^\s*```\w*\s*(.*?)\s*```\s*$", text, re.DOTALL)
    try:
        value = json.loads(found[1] if found else text)
    except (ValueError, RecursionError):
        return None, ("The answer is not JSON. This server or model may not know structured output.",)
    return value, tuple(_complaints(value, schema, nulls=is_unjudged(answer)))


def _complaints(value: Any, schema: Mapping[str, Any], *, nulls: bool) -> list[str]:
    # An empty registry, so that a schema's reference is never fetched from anywhere.
    validator = Draft202012Validator(dict(schema), registry=Registry())
    try:
        errors = sorted(validator.iter_errors(value), key=lambda error: error.json_path)
    except (Unresolvable, RecursionError, re.error):
        return ["The schema points to something that is not in it, so the answer could not be checked."]
    told = [error for error in errors if not (nulls and error.instance is None)]
    return [f"{error.json_path}: {error.message[:200]}" for error in told[:10]]


def rows_of(value: Any, *, answer: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """An answer as the rows of a table: one for each entry where it is a list of objects, else one.

    A null is "not judged" where the server's own JSON, `answer`, says that something was not.
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

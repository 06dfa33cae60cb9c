"""Answers as data and as checklists: what fields mean, what is checked, what becomes of what failed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.library.csv_cells import escape_formula
from components.parameters import Invalid
from components.ui.analyze.checklist import ChecklistPoint, checklist_question, checks_of, fix_prompt, verdicts
from components.ui.analyze.structured import NOT_JUDGED, read_answer, rows_of, schema_of
from components.ui.analyze.url_previews import is_private
from components.ui.results.conversation import joined


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        ("subject", {"subject": {"type": ["string", "null"]}}),
        ("price: number, sold: yes/no", {"price": {"type": ["number", "null"]}, "sold": {"type": ["boolean", "null"]}}),
        ("n : integer (how many, in all)", {"n": {"type": ["integer", "null"], "description": "how many, in all"}}),
        (
            "tags: list\n\n  size (in cm)",
            {
                "tags": {"type": ["array", "null"], "items": {"type": "string"}},
                "size": {"type": ["string", "null"], "description": "in cm"},
            },
        ),
    ],
)
def test_fields_become_a_strict_schema(text: str, properties: dict[str, Any]) -> None:
    """A line or a comma parts fields; every one is required and no other is allowed."""
    schema = schema_of(text)
    assert schema["properties"] == properties
    assert schema["required"] == list(properties)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ": number",
        "a: what",
        "a\na",
        "{",
        "[1]",
        '{"type": "array"}',
        '{"type": 3}',
        "[" * 20_000,
        "x," * 60,
        "a" * 65,
    ],
)
def test_what_is_no_schema_is_refused(text: str) -> None:
    """With a sentence, never with another exception."""
    with pytest.raises(Invalid):
        schema_of(text)


def test_a_written_schema_is_taken_as_it_is() -> None:
    """Also wrapped as the API's examples have it."""
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert schema_of(json.dumps(schema)) == schema
    assert schema_of(json.dumps({"name": "x", "strict": True, "schema": schema})) == schema


def test_an_answer_is_checked() -> None:
    """Fences around it are forgiven; each breach is named with its place."""
    schema = schema_of("n: integer")
    assert read_answer('```json\n{"n": 1}\n```', schema) == ({"n": 1}, ())
    value, complaints = read_answer('{"n": "x", "m": 1}', schema)
    assert value == {"n": "x", "m": 1}
    assert len(complaints) == 2
    assert read_answer("A boat.", schema)[0] is None
    assert read_answer("[" * 100_000, schema)[0] is None


def test_a_schema_fetches_nothing() -> None:
    """A reference that leads elsewhere is not followed."""
    schema = schema_of('{"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/schema.json"}}}')
    _, complaints = read_answer('{"a": 1}', schema)
    assert complaints == ("The schema refers to something outside itself, so the answer could not be checked.",)


def test_rows() -> None:
    """A list of objects is a row for each; lists of words stand in one cell."""
    assert rows_of({"things": [{"a": 1}, {"a": 2}]}) == [{"a": 1}, {"a": 2}]
    assert rows_of({"a": ["x", "y"], "b": {"c": 1}}) == [{"a": "x, y", "b": '{"c": 1}'}]
    assert rows_of([1]) == [{"value": 1}]


def test_a_checklist_is_read_in_its_order() -> None:
    """By number, whatever the order of the answer; what is left out did not pass."""
    checks = checks_of("- One?\n\n* Two?\n3")
    assert checks == ("One?", "Two?", "3")
    assert "2. Two?" in checklist_question(checks)
    answer = {
        "results": [
            {"number": 2, "passed": True, "reason": "yes"},
            {"number": 1, "passed": False, "reason": "no"},
        ]
    }
    found = verdicts(json.dumps(answer), checks)
    assert found is not None
    assert [one.passed for one in found] == [False, True, None]
    assert verdicts("All fine!", checks) is None
    assert verdicts('{"results": [{"number": 1}]}', checks) is None
    for bad in ("", " - \n", "x\n" * 31):
        with pytest.raises(Invalid):
            checks_of(bad)


def test_what_failed_becomes_an_edit_prompt() -> None:
    """Only what failed is in it."""
    prompt = fix_prompt(
        [ChecklistPoint("Is the logo there?", False, "It is missing."), ChecklistPoint("Sharp?", True, "Yes.")]
    )
    assert prompt.endswith("- Is the logo there: It is missing.")
    assert "Sharp" not in prompt


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    """A spreadsheet would run it."""
    assert escape_formula(cell) == f"'{cell}"
    assert escape_formula("a=1") == "a=1"


@pytest.mark.parametrize(
    ("before", "after", "complete"),
    [
        ("A boat and", "a bridge.", "A boat and a bridge."),
        ("A boat", ", red", "A boat, red"),
        ("A ", "b", "A b"),
        ("", "b", "b"),
        ("a", "", "a"),
    ],
)
def test_a_continuation_is_joined(before: str, after: str, complete: str) -> None:
    """With a blank where a word follows a word."""
    assert joined(before, after) == complete


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://10.0.0.1/a", True),
        ("http://169.254.169.254/latest", True),
        ("http://[fe80::1]/a", True),
        ("http://nas/a", True),
        ("http://files.lan/a", True),
        ("https://example.com/a", False),
        ("http://8.8.8.8/a", False),
        ("https://example.com./a", False),
    ],
)
def test_private_addresses(url: str, private: bool) -> None:
    """What only a server of the same network can fetch."""
    assert is_private(url) is private


def test_what_a_server_did_not_judge_is_said_and_is_no_complaint() -> None:
    """A null that the server says it left unjudged reads as that; from another server it breaks the schema."""
    schema = {"type": "object", "properties": {"price": {"type": "number"}, "width": {"type": "integer"}}}
    text, answer = '{"price": null, "width": 40}', {"metadata": {"not_judged": "price"}}
    value, complaints = read_answer(text, schema, answer=answer)
    assert complaints == ()
    assert rows_of(value, answer=answer) == [{"price": NOT_JUDGED, "width": 40}]
    assert read_answer(text, schema)[1] == ("$.price: None is not of type 'number'",)
    assert rows_of(value) == [{"price": None, "width": 40}]

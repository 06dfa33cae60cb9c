"""Checks that a model answers: what it is asked, and what is made of any answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from components.checks import ERROR, FAIL, KINDS, NOT_JUDGED, PASS, read_settings
from components.checks.definitions import mend_prompt
from components.checks.questions import answer_schema, decision_questions, question_text, read_verdicts

CHECKS: list[tuple[str, dict[str, Any]]] = [
    ("predicate", {"question": "Is there a fox?", "least": 60.0}),
    ("choice", {"question": "Which mood?", "choices": ["calm", "wild"], "passing": ["calm"]}),
    ("score", {"question": "How sharp is it?", "least": 4.0}),
]


def statuses(answer: Any) -> list[str]:
    """Return how each check ends by an answer."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return [one.status for one in read_verdicts(text, CHECKS)]


def test_the_question_and_schema_have_a_part_for_each_check() -> None:
    """The schema is valid, strict, and takes an answer of the form that the text asks for."""
    text, schema = question_text(CHECKS), answer_schema(CHECKS)
    for words in ("q1. Is there a fox? Answer true", "q2. Which mood? Answer one of: calm, wild.", "q3. How sharp"):
        assert words in text
    Draft202012Validator.check_schema(schema)
    given = {"q1": True, "q2": "calm", "q3": 5}
    answer = {name: {"answer": one, "reason": "seen"} for name, one in given.items()}
    assert list(Draft202012Validator(schema).iter_errors(answer)) == []
    answer["q2"]["answer"] = "loud"
    assert list(Draft202012Validator(schema).iter_errors(answer))
    assert statuses({name: {"answer": one, "reason": ""} for name, one in given.items()}) == [PASS, PASS, PASS]


def test_answers_by_structured_output() -> None:
    """Each fails by its own limit; null is not judged; the reason is in the detail."""
    answer = {
        "q1": {"answer": False, "reason": "only  a\ndog"},
        "q2": {"answer": "wild", "reason": ""},
        "q3": {"answer": 3.5, "reason": "soft"},
    }
    assert statuses(answer) == [FAIL, FAIL, FAIL]
    details = [one.detail for one in read_verdicts(json.dumps(answer), CHECKS)]
    assert details == ["no: only a dog", "wild", "3.5 of 5: soft"]
    assert statuses({name: {"answer": None, "reason": "dark"} for name in answer}) == [NOT_JUDGED] * 3
    failed = [(kind, settings, detail) for (kind, settings), detail in zip(CHECKS, details, strict=True)]
    assert "- Is there a fox? The answer must be yes. It was no: only a dog" in mend_prompt(failed)


def test_answers_by_probability() -> None:
    """The shape of `/decisions`: limits hold for the probability, the mean of the levels, and the choice."""
    levels = [{"label": str(one), "value": one - 1, "probability": 0.5} for one in (4, 5)]
    answers: list[dict[str, Any]] = [
        {"type": "predicate", "name": "q1", "probability": 0.59},
        {"type": "choice", "name": "q2", "choice": "calm", "confidence": 0.8, "probabilities": []},
        {"type": "score", "name": "q3", "score": 3.5, "confidence": 1, "probabilities": levels},
    ]
    found = read_verdicts(json.dumps({"answers": answers}), CHECKS)
    assert [one.status for one in found] == [FAIL, PASS, PASS]
    assert [one.detail for one in found] == ["yes with 59%", "calm with 80%", "4.5 of 5"]
    assert [one.score for one in found] == [0.59, 0.8, 4.5]
    answers[0] = {"type": "refusal", "name": "q1"}
    assert statuses({"answers": answers[:2]}) == [NOT_JUDGED, PASS, ERROR]


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "[" * 100_000,
        "null",
        "[]",
        '{"answers": {"q1": 1}}',
        '{"answers": [1, null, {"type": "score", "probabilities": [{"label": "5", "probability": 1e999}]}]}',
        '{"answers": [{"type": "predicate", "probability": 1.5}, {"type": "choice", "choice": ["calm"], '
        '"confidence": 1}, {"type": "score", "probabilities": "x"}]}',
        '{"q1": {"answer": "true"}, "q2": {"answer": {"calm": 1}}, "q3": {"answer": 1e308}}',
        '{"q1": {"answer": 1}, "q2": {"answer": "loud"}, "q3": {"answer": true}}',
        '{"q1": {"answer": 1}, "q2": {"answer": []}, "q3": {"answer": 1' + "0" * 400 + "}}",
        '{"answers": [{"type": "predicate", "name": "q2", "probability": 1}, {"type": "choice", "name": "q2"}, '
        '{"type": "score", "probabilities": [{"label": ["5"], "probability": 1}]}]}',
        '{"answers": [null, null, {"type": "score", "probabilities": [{"label": "5", "probability": 0.001}]}]}',
    ],
)
def test_an_answer_of_another_form_is_an_error_of_the_check(hostile: str) -> None:
    """Nothing raises, nothing passes."""
    assert statuses(hostile) == [ERROR] * 3


def test_a_fence_is_removed_and_a_reason_can_be_stored() -> None:
    """Models wrap JSON in a fence; half of a surrogate pair is legal JSON and no legal text."""
    text = '```json\n{"q1": {"answer": true, "reason": "a \\ud800"}}\n```'
    first, second, _ = read_verdicts(text, CHECKS)
    assert (first.status, second.status) == (PASS, ERROR)
    assert first.detail.encode()


def test_questions_as_decisions_takes_them() -> None:
    """Type, name and text of each, with its choices or levels."""
    predicate, choice, score = decision_questions(CHECKS)
    assert predicate == {"type": "predicate", "name": "q1", "instructions": "Is there a fox?"}
    assert choice["choices"] == [{"value": "calm"}, {"value": "wild"}]
    assert [one["label"] for one in score["levels"]] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("kind", "raw", "field", "words"),
    [
        ("predicate", {"question": " ", "least": 50}, "question", "Enter a question"),
        ("predicate", {"question": "x" * 2000, "least": 50}, "question", "too many"),
        ("choice", {"question": "Which?", "choices": ", ,", "passing": "a"}, "choices", "at least one"),
        ("choice", {"question": "Which?", "choices": "a, b", "passing": "c"}, "passing", "“c” is not among"),
        ("choice", {"question": "Which?", "choices": "a", "passing": "a"}, "choices", "at least two"),
        ("choice", {"question": "Which?", "choices": "a, b", "passing": "a, b"}, "passing", "every answer"),
        ("score", {"question": "How?", "least": 6}, "least", "from 1 to 5"),
    ],
)
def test_bad_settings_are_named_at_their_field(kind: str, raw: dict[str, Any], field: str, words: str) -> None:
    """The problem is at the field it is about."""
    _, problems = read_settings(KINDS[kind], raw)
    assert [one.parameter for one in problems] == [field]
    assert words in problems[0].message

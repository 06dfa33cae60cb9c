"""`POST /decisions`: the call is the official package's, and a server without it is asked by structured output."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import openai
import pytest

from components.checks.questions import answer_schema, decision_questions, read_verdicts
from components.client.events import Completed, TextDone
from components.parameters import Request
from tests.wire.client.test_analyze import response
from tests.wire.client.test_question import data_url
from tests.wire.client_fixtures import KEY, ask, input_image, request
from tests.wire.loopback import Answer, Loopback, error_answer, json_answer

CHECKS: list[tuple[str, dict[str, Any]]] = [
    ("predicate", {"question": "Is there a fox?", "least": 60.0}),
    ("choice", {"question": "Which mood?", "choices": ["calm", "wild"], "passing": ["calm"]}),
    ("score", {"question": "How sharp is it?", "least": 4.0}),
]
USAGE = {
    "input_tokens": 900,
    "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 0},
    "output_tokens": 3,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 903,
}
DECIDED = {
    "answers": [
        {"type": "predicate", "name": "q1", "probability": 0.9},
        {
            "type": "choice",
            "name": "q2",
            "choice": "calm",
            "confidence": 0.7,
            "probabilities": [{"value": "calm", "probability": 0.7}, {"value": "wild", "probability": 0.3}],
        },
        {"type": "refusal", "name": "q3"},
    ],
    "model": "gpt-6-luna",
    "usage": USAGE,
}


def asked(folder: Path, model: str = "gpt-6-luna") -> Request:
    """Return the request of the checks about one image."""
    image = input_image(folder, "a.png")
    found = request("analyze", model, images=(image,), text="Judge.", input_type="files")
    more = {"schema": answer_schema(CHECKS), "questions": decision_questions(CHECKS)}
    return dataclasses.replace(found, values={**found.values, **more})


def test_the_call_and_its_answer_are_the_official_packages(tmp_path: Path) -> None:
    """Both send the same JSON; the package reads this answer, and it makes verdicts with its usage."""
    query = asked(tmp_path / "in")
    image: Any = {"type": "input_image", "image_url": data_url(query.images[0]), "detail": query.values["detail"]}
    with Loopback() as server:
        server.answer(json_answer(DECIDED), path="/v1/decisions")
        result = ask(server.base_url, query, tmp_path / "out")
        with openai.OpenAI(base_url=server.base_url, api_key=KEY, max_retries=0) as official:
            answer = official.decisions.create(
                model="gpt-6-luna",
                input=[{"role": "user", "content": [image]}],
                questions=decision_questions(CHECKS),  # type: ignore[arg-type]
            )
        ours, theirs = server.requests
    assert ours.json() == theirs.json()
    assert [one.type for one in answer.answers] == ["predicate", "choice", "refusal"]
    assert result.error is None
    (done,) = result.of(TextDone)
    assert [one.status for one in read_verdicts(done.text, CHECKS)] == ["pass", "pass", "not judged"]
    (completed,) = result.of(Completed)
    assert completed.usage["input_tokens"] == 900


@pytest.mark.parametrize("refusal", [error_answer(404), error_answer(400, message="Unknown endpoint: /decisions")])
def test_a_server_without_it_is_remembered(refusal: Answer, tmp_path: Path) -> None:
    """The first question finds out; the same questions then go to /responses as structured output."""
    said = {f"q{place}": {"answer": one, "reason": "seen"} for place, one in enumerate((True, "wild", 5), 1)}
    with Loopback() as server:
        server.answer(refusal, path="/v1/decisions")
        server.answer(json_answer(response(json.dumps(said))), path="/v1/responses")
        result = ask(server.base_url, asked(tmp_path / "in"), tmp_path / "out", times=2)
        paths = [one.path for one in server.requests]
        body = server.requests[-1].json()
    assert paths == ["/v1/decisions", "/v1/responses", "/v1/responses"]
    assert body["text"]["format"]["schema"] == answer_schema(CHECKS)
    assert [one.status for one in read_verdicts(result.of(TextDone)[-1].text, CHECKS)] == ["pass", "fail", "pass"]


def test_another_model_is_asked_by_structured_output(tmp_path: Path) -> None:
    """/decisions takes one model only."""
    with Loopback() as server:
        server.answer(json_answer(response("{}")), path="/v1/responses")
        assert ask(server.base_url, asked(tmp_path / "in", "gpt-6.1-terra"), tmp_path / "out").error is None
        assert [one.path for one in server.requests] == ["/v1/responses"]

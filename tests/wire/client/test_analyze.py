"""Questions about images, over /responses and /chat/completions, plain and streamed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.client import errors
from components.client.errors import Money
from components.client.events import Completed, ResponseMetadata, ResponseStarted, TextDelta, TextDone
from components.parameters import Request
from components.settings import Settings
from tests.wire.client_fixtures import RunResult, ask, left_over, patient, question
from tests.wire.loopback import (
    Answer,
    Hang,
    Loopback,
    Received,
    error_answer,
    event,
    json_answer,
    stream_answer,
)

USAGE = {
    "input_tokens": 9,
    "output_tokens": 30,
    "output_tokens_details": {"reasoning_tokens": 20},
    "input_tokens_details": {"cached_tokens": 1, "cache_write_tokens": 2},
}
CHAT_USAGE = {
    "prompt_tokens": 9,
    "completion_tokens": 30,
    "completion_tokens_details": {"reasoning_tokens": 20},
    "x": 1,
}


def response(text: str = "A cat.", **more: Any) -> dict[str, Any]:
    """A whole response as the Responses API gives it."""
    content = [{"type": "output_text", "text": text, "annotations": []}] if text else []
    output = [
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "message", "role": "assistant", "content": content},
    ]
    return {
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "error": None,
        "output": output,
        "usage": USAGE,
        **more,
    }


def chat(text: str | None = "A cat.", reason: str = "stop") -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}
    return {"id": "chat_1", "object": "chat.completion", "choices": [choice], "usage": CHAT_USAGE}


def deltas(*texts: str) -> list[bytes]:
    return [event({"type": "response.output_text.delta", "delta": text}) for text in texts]


def chunks(*texts: str) -> list[bytes]:
    return [event({"id": "c", "choices": [{"index": 0, "delta": {"content": text}}]}) for text in texts]


def last(kind: str = "completed", **more: Any) -> bytes:
    return event({"type": f"response.{kind}", "response": response(**more)})


ENDED = event({"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
COUNTED = event({"id": "c", "choices": [], "usage": CHAT_USAGE})
DONE = event("[DONE]")


def text_of(result: RunResult) -> str:
    (done,) = result.of(TextDone)
    streamed = "".join(delta.text for delta in result.of(TextDelta))
    assert streamed in ("", done.text)
    return done.text


def only_chat(answer: Answer) -> dict[str, Answer]:
    return {"/v1/responses": error_answer(404, message="Invalid URL"), "/v1/chat/completions": answer}


def ask_server(
    server_answers: dict[str, Answer], query: Request, tmp_path: Path, **more: Any
) -> tuple[RunResult, list[Received]]:
    with Loopback() as server:
        for path, answer in server_answers.items():
            server.answer(answer, path=path)
        return ask(server.base_url, query, tmp_path, **more), server.requests


ANSWERS: dict[str, tuple[dict[str, Answer], dict[str, Any]]] = {
    "a response": ({"/v1/responses": json_answer(response())}, {"stream": False}),
    "a streamed response": (
        {
            "/v1/responses": stream_answer(
                [event({"type": "response.created", "response": {}}), *deltas("A ", "cat."), last()]
            )
        },
        {"stream": True},
    ),
    "a stream that never closes": (
        {"/v1/responses": stream_answer([*deltas("A cat."), last(), Hang()])},
        {"stream": True},
    ),
    "plain JSON to a stream": ({"/v1/responses": json_answer(response())}, {"stream": True}),
    "a stream without deltas": ({"/v1/responses": stream_answer([last()])}, {"stream": True}),
    "a refusal": (
        {"/v1/responses": json_answer(response("", output=[{"content": [{"type": "refusal", "refusal": "A cat."}]}]))},
        {"stream": False},
    ),
    "chat": (only_chat(json_answer(chat())), {"stream": False}),
    "chat, streamed": (only_chat(stream_answer([*chunks("A ", "cat."), ENDED, COUNTED, DONE])), {"stream": True}),
    "chat, streamed, never done": (only_chat(stream_answer([*chunks("A ", "cat."), ENDED])), {"stream": True}),
    "chat in parts": (
        only_chat(json_answer({"choices": [{"message": {"content": [{"type": "text", "text": "A cat."}]}}]})),
        {"stream": False},
    ),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_the_answer_whatever_the_endpoint(what: str, tmp_path: Path) -> None:
    """Text comes in pieces when streamed, and whole at the end, from either endpoint; no file is written."""
    answers, raw = ANSWERS[what]
    result, _ = ask_server(answers, question(**raw), tmp_path, settings=Settings(read_timeout=60))
    assert result.error is None, result.error
    assert text_of(result) == "A cat."
    assert isinstance(result.events[-1], Completed)
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("what", ["a response", "a streamed response", "chat", "chat, streamed"])
def test_usage_has_the_same_names_in_every_shape(what: str, tmp_path: Path) -> None:
    """Tokens, those of reasoning among them, have the same names from both endpoints."""
    answers, raw = ANSWERS[what]
    result, _ = ask_server(answers, question(**raw), tmp_path)
    usage = result.of(Completed)[0].usage
    assert (usage["input_tokens"], usage["output_tokens"]) == (9, 30)
    assert usage["output_tokens_details"] == {"reasoning_tokens": 20}


CUT = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
CUT_OFF: dict[str, tuple[dict[str, Answer], bool, str, str]] = {
    "in words": ({"/v1/responses": json_answer(response("A c", **CUT))}, False, "A c", "max_output_tokens"),
    "before words": ({"/v1/responses": json_answer(response("", **CUT))}, False, "", "max_output_tokens"),
    "streamed": (
        {"/v1/responses": stream_answer([*deltas("A c"), last("incomplete", text="A c", **CUT)])},
        True,
        "A c",
        "max_output_tokens",
    ),
    "filtered": (
        {
            "/v1/responses": json_answer(
                response("A c", status="incomplete", incomplete_details={"reason": "content_filter"})
            )
        },
        False,
        "A c",
        "content_filter",
    ),
    "chat": (only_chat(json_answer(chat("A c", "length"))), False, "A c", "max_output_tokens"),
    "chat before words": (only_chat(json_answer(chat(None, "length"))), False, "", "max_output_tokens"),
}


@pytest.mark.parametrize("what", CUT_OFF)
def test_an_answer_that_was_cut_off_says_so(what: str, tmp_path: Path) -> None:
    """An answer that ran out of tokens is no error: its text, even none, is there, and why it ended."""
    answers, stream, text, reason = CUT_OFF[what]
    result, _ = ask_server(answers, question(stream=stream), tmp_path)
    assert result.error is None
    assert text_of(result) == text
    completed = result.of(Completed)[0]
    assert completed.cut_off == reason
    if "/v1/responses" in answers and "/v1/chat/completions" not in answers:
        assert completed.answer["incomplete_details"] == {"reason": reason}


FAILURES: dict[str, tuple[dict[str, Answer], bool, type]] = {
    "breaks": ({"/v1/responses": stream_answer(deltas("A c"), end=False)}, True, errors.ConnectionLost),
    "ends": ({"/v1/responses": stream_answer(deltas("A c"))}, True, errors.TruncatedResponse),
    "falls silent": ({"/v1/responses": stream_answer([*deltas("A c"), Hang()])}, True, errors.ResponseTimeout),
    "chat ends": (only_chat(stream_answer(chunks("A c"))), True, errors.TruncatedResponse),
    "an error event": (
        {
            "/v1/responses": stream_answer(
                [*deltas("A c"), event({"type": "error", "code": "server_error", "message": "x"})]
            )
        },
        True,
        errors.ServerError,
    ),
    "a failed response": (
        {
            "/v1/responses": stream_answer(
                [*deltas("A c"), last("failed", status="failed", error={"code": "rate_limit_exceeded", "message": "x"})]
            )
        },
        True,
        errors.RateLimited,
    ),
    "an image that is none": (
        {"/v1/responses": json_answer(response("", status="failed", error={"code": "invalid_image", "message": "x"}))},
        False,
        errors.RequestRefused,
    ),
    "a forbidden image": (
        {
            "/v1/responses": json_answer(
                response("", status="failed", error={"code": "image_content_policy_violation", "message": "x"})
            )
        },
        False,
        errors.ModerationBlocked,
    ),
    "an error as answer": ({"/v1/responses": json_answer({"error": {"message": "x"}})}, False, errors.ServerError),
    "another JSON": ({"/v1/responses": json_answer({"hello": 1})}, False, errors.EmptyResponse),
    "a list": ({"/v1/responses": json_answer([])}, False, errors.NotJsonResponse),
    "no such model": ({"/v1/responses": error_answer(404, "model_not_found")}, False, errors.ModelNotFound),
}


@pytest.mark.parametrize("what", FAILURES)
def test_what_arrived_is_kept_and_the_error_reported(what: str, tmp_path: Path) -> None:
    """A stream that breaks off: the words so far were reported, then comes the error; asked once."""
    answers, stream, kind = FAILURES[what]
    result, received = ask_server(answers, question(stream=stream), tmp_path, settings=patient(*answers.values()))
    assert type(result.failed) is kind, result.failed
    assert [delta.text for delta in result.of(TextDelta)] == (["A c"] if stream else [])
    assert not result.of(Completed)
    assert len(received) == len(answers)
    if result.of(ResponseStarted):
        counted = any(facts.usage for facts in result.of(ResponseMetadata))
        assert result.failed.money is (Money.BILLED if counted else Money.MAY_BE_BILLED)

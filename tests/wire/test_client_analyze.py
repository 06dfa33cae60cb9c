"""Questions about pictures, over /responses and /chat/completions, plain and streamed."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from typing import Any

import openai
import pytest

from components.client import AnswerStarted, Completed, TextDelta, TextDone, errors
from components.client.errors import Money
from components.parameters import Request
from components.settings import Settings
from tests.wire.asking import KEY, PNG, Told, ask, left_over, picture, question, request
from tests.wire.loopback import (
    Answer,
    Hang,
    Loopback,
    Received,
    error_answer,
    event,
    json_answer,
    plain_answer,
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


def text_of(told: Told) -> str:
    (done,) = told.of(TextDone)
    streamed = "".join(delta.text for delta in told.of(TextDelta))
    assert streamed in ("", done.text)
    return done.text


def only_chat(answer: Answer) -> dict[str, Answer]:
    return {"/v1/responses": error_answer(404, message="Invalid URL"), "/v1/chat/completions": answer}


def asked_of(
    server_answers: dict[str, Answer], asked: Request, tmp_path: Path, **more: Any
) -> tuple[Told, list[Received]]:
    with Loopback() as server:
        for path, answer in server_answers.items():
            server.answer(answer, path=path)
        return ask(server.base_url, asked, tmp_path, **more), server.requests


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
    told, _ = asked_of(answers, question(**raw), tmp_path, settings=Settings(read_timeout=5))
    assert told.error is None, told.error
    assert text_of(told) == "A cat."
    assert isinstance(told.events[-1], Completed)
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("what", ["a response", "a streamed response", "chat", "chat, streamed"])
def test_what_it_cost_is_told_in_one_language(what: str, tmp_path: Path) -> None:
    """Tokens, those of reasoning among them, have the same names from both endpoints."""
    answers, raw = ANSWERS[what]
    told, _ = asked_of(answers, question(**raw), tmp_path)
    usage = told.of(Completed)[0].usage
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
    told, _ = asked_of(answers, question(stream=stream), tmp_path)
    assert told.error is None
    assert text_of(told) == text
    completed = told.of(Completed)[0]
    assert completed.cut_off == reason
    if "/v1/responses" in answers and "/v1/chat/completions" not in answers:
        assert completed.answer["incomplete_details"] == {"reason": reason}


FAILURES: dict[str, tuple[dict[str, Answer], bool, type]] = {
    "breaks": ({"/v1/responses": stream_answer(deltas("A c"), end=False)}, True, errors.ConnectionLost),
    "ends": ({"/v1/responses": stream_answer(deltas("A c"))}, True, errors.CutShort),
    "falls silent": ({"/v1/responses": stream_answer([*deltas("A c"), Hang()])}, True, errors.NoAnswerInTime),
    "chat ends": (only_chat(stream_answer(chunks("A c"))), True, errors.CutShort),
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
        errors.TooFast,
    ),
    "a picture that is none": (
        {"/v1/responses": json_answer(response("", status="failed", error={"code": "invalid_image", "message": "x"}))},
        False,
        errors.Refused,
    ),
    "a forbidden picture": (
        {
            "/v1/responses": json_answer(
                response("", status="failed", error={"code": "image_content_policy_violation", "message": "x"})
            )
        },
        False,
        errors.ModerationBlocked,
    ),
    "an error as answer": ({"/v1/responses": json_answer({"error": {"message": "x"}})}, False, errors.ServerError),
    "another JSON": ({"/v1/responses": json_answer({"hello": 1})}, False, errors.EmptyAnswer),
    "a list": ({"/v1/responses": json_answer([])}, False, errors.NotJsonAnswer),
    "no such model": ({"/v1/responses": error_answer(404, "model_not_found")}, False, errors.ModelNotFound),
}


@pytest.mark.parametrize("what", FAILURES)
def test_what_arrived_is_kept_and_the_error_told(what: str, tmp_path: Path) -> None:
    """A stream that breaks off: the words so far were told, then comes the error; asked once."""
    answers, stream, kind = FAILURES[what]
    told, received = asked_of(answers, question(stream=stream), tmp_path, settings=Settings(read_timeout=0.5))
    assert type(told.failed) is kind, told.failed
    assert [delta.text for delta in told.of(TextDelta)] == (["A c"] if stream else [])
    assert not told.of(Completed)
    assert len(received) == len(answers)
    if told.of(AnswerStarted):
        assert told.failed.money is Money.MAY_BE_BILLED


@pytest.mark.parametrize("refusal", [error_answer(404), plain_answer("", status=405), plain_answer("", status=501)])
def test_a_server_without_responses_is_remembered(refusal: Answer, tmp_path: Path) -> None:
    """The first question finds out that chat is what the server has; the next ones go there at once."""
    with Loopback() as server:
        server.answer(refusal, path="/v1/responses")
        server.answer(json_answer(chat()), path="/v1/chat/completions")
        told = ask(server.base_url, question(stream=False), tmp_path, times=3)
        paths = [received.path for received in server.requests]
    assert told.error is None
    assert paths == ["/v1/responses"] + ["/v1/chat/completions"] * 3


def test_a_server_without_either_is_told(tmp_path: Path) -> None:
    """Where neither endpoint exists the error says so, and next time both are tried again."""
    with Loopback() as server:
        server.answer(error_answer(404, message="nothing here"))
        assert isinstance(ask(server.base_url, question(), tmp_path).failed, errors.EndpointNotFound)
        assert [received.path for received in server.requests] == ["/v1/responses", "/v1/chat/completions"]


def _old_server(received: Received) -> Answer:
    """Knows neither the newer name of the token limit nor stream options."""
    for name in ("stream_options", "max_completion_tokens"):
        if name in received.json():
            return error_answer(400, message=f"Unrecognized request argument supplied: {name}")
    return json_answer(chat())


def test_older_names_are_tried_in_turn(tmp_path: Path) -> None:
    """What an older server refuses by name is left out or renamed, and remembered."""
    with Loopback() as server:
        server.answer(error_answer(404), path="/v1/responses")
        server.answer(_old_server, path="/v1/chat/completions")
        assert ask(server.base_url, question(stream=True), tmp_path, times=2).error is None
        bodies = [received.json() for received in server.requests[1:]]
    limits = [{name: body[name] for name in body if "max" in name or "options" in name} for body in bodies]
    assert limits == [
        {"max_completion_tokens": 300, "stream_options": {"include_usage": True}},
        {"max_completion_tokens": 300},
        {"max_tokens": 300},
        {"max_tokens": 300},
    ]


def test_another_refusal_is_not_argued_with(tmp_path: Path) -> None:
    """A refusal for another reason ends it."""
    with Loopback() as server:
        server.answer(error_answer(404), path="/v1/responses")
        server.answer(error_answer(400, "bad", param="messages"), path="/v1/chat/completions")
        failed = ask(server.base_url, question(), tmp_path).failed
        assert len(server.requests) == 2
    assert (type(failed), failed.param) == (errors.WrongParameter, "messages")


def with_files(tmp_path: Path, **raw: Any) -> Request:
    images = (
        picture(tmp_path, "a.png"),
        picture(tmp_path, "b.jpg", PNG[:1000]),
        picture(tmp_path, "c.webp", PNG[:1001]),
    )
    return request("analyze", "gpt-6.1-terra", images=images, text="Which “one”?", input_type="files", **raw)


def data_url(image: Any) -> str:
    return f"data:{image.content_type};base64,{base64.b64encode(image.path.read_bytes()).decode()}"


ASKED: dict[str, dict[str, Any]] = {
    "an address": {},
    "several addresses": {"image_urls": "https://a.invalid/1.png, https://a.invalid/2.png"},
    "low detail": {"detail": "low"},
    "original detail": {"detail": "original", "max_output_tokens": 1000},
    "reasoning": {"reasoning_effort": "high"},
    "streamed": {"stream": True},
    "files": {"files": True},
}


@pytest.mark.parametrize("what", ASKED)
def test_the_question_is_that_of_the_official_package(what: str, tmp_path: Path) -> None:
    """Addresses, files, detail, limits: the JSON for /responses is what the ``openai`` package sends."""
    raw = dict(ASKED[what])
    asked = with_files(tmp_path / "in") if raw.pop("files", False) else question(**{"stream": False, **raw})
    urls = [data_url(image) for image in asked.images] or list(asked.values["image_urls"])
    content: list[Any] = [{"type": "input_text", "text": asked.values["text"]}]
    content += [{"type": "input_image", "image_url": url, "detail": asked.values["detail"]} for url in urls]
    extra = {name: value for name, value in asked.wire().items() if name != "model"}
    with Loopback() as server:
        server.answer(stream_answer([last()]) if asked.streams else json_answer(response()))
        assert ask(server.base_url, asked, tmp_path / "out").error is None
        with openai.OpenAI(base_url=server.base_url, api_key=KEY, max_retries=0) as official:
            answer = official.responses.create(model=asked.model, input=[{"role": "user", "content": content}], **extra)
            if asked.streams:
                list(answer)
        ours, theirs = server.requests
    assert ours.json() == theirs.json()
    assert int(ours.headers["content-length"]) == len(ours.body)
    assert ours.headers["accept"] == theirs.headers["accept"]


def test_the_question_over_chat(tmp_path: Path) -> None:
    """The same question in chat's words, as the official package sends it."""
    asked = with_files(tmp_path / "in", detail="high", stream=True, reasoning_effort="low")
    content: list[Any] = [{"type": "text", "text": asked.values["text"]}]
    content += [
        {"type": "image_url", "image_url": {"url": data_url(image), "detail": "high"}} for image in asked.images
    ]
    with Loopback() as server:
        server.answer(error_answer(404), path="/v1/responses")
        server.answer(stream_answer([*chunks("x"), ENDED, DONE]), path="/v1/chat/completions")
        assert ask(server.base_url, asked, tmp_path / "out").error is None
        with openai.OpenAI(base_url=server.base_url, api_key=KEY, max_retries=0) as official:
            list(
                official.chat.completions.create(
                    model=asked.model,
                    messages=[{"role": "user", "content": content}],
                    max_completion_tokens=300,
                    reasoning_effort="low",
                    stream=True,
                    stream_options={"include_usage": True},
                )
            )
        _, ours, theirs = server.requests
    assert ours.json() == theirs.json()


HISTORY = (("user", "What is it?"), ("assistant", "A cat."))


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/chat/completions"])
def test_a_follow_up_carries_the_conversation(path: str, tmp_path: Path) -> None:
    """The pictures belong to the first question; what was said since follows in order."""
    answers = {path: json_answer(response() if path == "/v1/responses" else chat())}
    if path != "/v1/responses":
        answers["/v1/responses"] = error_answer(404)
    _, received = asked_of(answers, question(stream=False, text="Which breed?"), tmp_path, history=HISTORY)
    body = received[-1].json()
    first, second, third = body.get("input") or body["messages"]
    assert [part.get("text") for part in first["content"]] == ["What is it?", None]
    assert second == {"role": "assistant", "content": "A cat."}
    assert third == {"role": "user", "content": "Which breed?"}


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/chat/completions"])
def test_answers_as_data(path: str, tmp_path: Path) -> None:
    """A JSON schema among the values asks for structured output in the endpoint's own words."""
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    plain = question(stream=False)
    asked = dataclasses.replace(plain, values={**plain.values, "schema": schema})
    answers = {path: json_answer(response('{"n":1}') if path == "/v1/responses" else chat('{"n":1}'))}
    if path != "/v1/responses":
        answers["/v1/responses"] = error_answer(404)
    told, received = asked_of(answers, asked, tmp_path)
    assert json.loads(text_of(told)) == {"n": 1}
    body = received[-1].json()
    wanted = {"name": "answer", "schema": schema, "strict": True}
    if path == "/v1/responses":
        assert body["text"] == {"format": {"type": "json_schema", **wanted}}
    else:
        assert body["response_format"] == {"type": "json_schema", "json_schema": wanted}

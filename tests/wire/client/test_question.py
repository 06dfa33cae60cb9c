"""Questions as they are sent: to which endpoint, in which words, and what servers teach about it."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from typing import Any

import openai
import pytest

from components.client import errors
from components.parameters import Request
from tests.wire.client.test_analyze import DONE, ENDED, ask_server, chat, chunks, last, response, text_of
from tests.wire.client_fixtures import KEY, PNG, ask, input_image, question, request
from tests.wire.loopback import Answer, Loopback, Received, error_answer, json_answer, plain_answer, stream_answer


@pytest.mark.parametrize("refusal", [error_answer(404), plain_answer("", status=405), plain_answer("", status=501)])
def test_a_server_without_responses_is_remembered(refusal: Answer, tmp_path: Path) -> None:
    """The first question finds out that chat is what the server has; the next ones go there at once."""
    with Loopback() as server:
        server.answer(refusal, path="/v1/responses")
        server.answer(json_answer(chat()), path="/v1/chat/completions")
        result = ask(server.base_url, question(stream=False), tmp_path, times=3)
        paths = [received.path for received in server.requests]
    assert result.error is None
    assert paths == ["/v1/responses"] + ["/v1/chat/completions"] * 3


def test_a_server_without_either_is_reported(tmp_path: Path) -> None:
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
    assert (type(failed), failed.param) == (errors.InvalidParameter, "messages")


def with_files(tmp_path: Path, **raw: Any) -> Request:
    images = (
        input_image(tmp_path, "a.png"),
        input_image(tmp_path, "b.jpg", PNG[:1000]),
        input_image(tmp_path, "c.webp", PNG[:1001]),
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
    "no image": {"input_type": "none", "image_urls": ""},
}


@pytest.mark.parametrize("what", ASKED)
def test_the_question_is_that_of_the_official_package(what: str, tmp_path: Path) -> None:
    """Addresses, files, detail, limits: the JSON for /responses is what the ``openai`` package sends."""
    raw = dict(ASKED[what])
    query = with_files(tmp_path / "in") if raw.pop("files", False) else question(**{"stream": False, **raw})
    urls = [data_url(image) for image in query.images] or list(query.values.get("image_urls", ()))
    content: list[Any] = [{"type": "input_text", "text": query.values["text"]}]
    content += [{"type": "input_image", "image_url": url, "detail": query.values["detail"]} for url in urls]
    extra = {name: value for name, value in query.wire().items() if name != "model"}
    with Loopback() as server:
        server.answer(stream_answer([last()]) if query.streams else json_answer(response()))
        assert ask(server.base_url, query, tmp_path / "out").error is None
        with openai.OpenAI(base_url=server.base_url, api_key=KEY, max_retries=0) as official:
            answer = official.responses.create(model=query.model, input=[{"role": "user", "content": content}], **extra)
            if query.streams:
                list(answer)
        ours, theirs = server.requests
    assert ours.json() == theirs.json()
    assert int(ours.headers["content-length"]) == len(ours.body)
    assert ours.headers["accept"] == theirs.headers["accept"]


def test_the_question_over_chat(tmp_path: Path) -> None:
    """The same question in chat's words, as the official package sends it."""
    query = with_files(tmp_path / "in", detail="high", stream=True, reasoning_effort="low")
    content: list[Any] = [{"type": "text", "text": query.values["text"]}]
    content += [
        {"type": "image_url", "image_url": {"url": data_url(image), "detail": "high"}} for image in query.images
    ]
    with Loopback() as server:
        server.answer(error_answer(404), path="/v1/responses")
        server.answer(stream_answer([*chunks("x"), ENDED, DONE]), path="/v1/chat/completions")
        assert ask(server.base_url, query, tmp_path / "out").error is None
        with openai.OpenAI(base_url=server.base_url, api_key=KEY, max_retries=0) as official:
            list(
                official.chat.completions.create(
                    model=query.model,
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
    """The images belong to the first question; what was said since follows in order."""
    answers = {path: json_answer(response() if path == "/v1/responses" else chat())}
    if path != "/v1/responses":
        answers["/v1/responses"] = error_answer(404)
    _, received = ask_server(answers, question(stream=False, text="Which breed?"), tmp_path, history=HISTORY)
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
    query = dataclasses.replace(plain, values={**plain.values, "schema": schema})
    answers = {path: json_answer(response('{"n":1}') if path == "/v1/responses" else chat('{"n":1}'))}
    if path != "/v1/responses":
        answers["/v1/responses"] = error_answer(404)
    result, received = ask_server(answers, query, tmp_path)
    assert json.loads(text_of(result)) == {"n": 1}
    body = received[-1].json()
    wanted = {"name": "answer", "schema": schema, "strict": True}
    if path == "/v1/responses":
        assert body["text"] == {"format": {"type": "json_schema", **wanted}}
    else:
        assert body["response_format"] == {"type": "json_schema", "json_schema": wanted}

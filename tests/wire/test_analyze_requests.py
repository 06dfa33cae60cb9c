"""The JSON of a question about images: by address, by file, several, each detail, to both endpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.parameters import Request
from tests.wire.client.test_analyze import chat, response
from tests.wire.client_fixtures import PNG, ask, b64, input_image, request
from tests.wire.loopback import Loopback, error_answer, json_answer

URLS = ("https://images.invalid/cat.png", "https://images.invalid/a,b.jpg?x=1&y=2")
OTHER = PNG + b"\0"
DETAILS = ("auto", "low", "high", "original")
ENDPOINTS = ("/v1/responses", "/v1/chat/completions")
SOURCES = ("one address", "several addresses", "one file", "several files")


def question(source: str, folder: Path, **raw: Any) -> tuple[Request, list[str]]:
    """A question, and the image addresses that must arrive."""
    raw = {"text": "What is this?", "reasoning_effort": "none", **raw}
    if source.endswith(("address", "addresses")):
        urls = URLS if source.startswith("several") else URLS[:1]
        return request("analyze", "gpt-6.1-terra", input_type="urls", image_urls="\n".join(urls), **raw), list(urls)
    files = [("cat.png", PNG), ("dog.webp", OTHER)] if source.startswith("several") else [("cat.png", PNG)]
    images = tuple(input_image(folder, name, data) for name, data in files)
    types = {"png": "image/png", "webp": "image/webp"}
    expected = [f"data:{types[name.rsplit('.', 1)[-1]]};base64,{b64(data)}" for name, data in files]
    return request("analyze", "gpt-6.1-terra", images=images, **raw), expected


def sent(query: Request, endpoint: str, staging: Path) -> Any:
    """The body that reaches the endpoint."""
    with Loopback() as server:
        server.answer(json_answer(response()), path=ENDPOINTS[0])
        if endpoint != ENDPOINTS[0]:
            server.answer(error_answer(404), path=ENDPOINTS[0])
            server.answer(json_answer(chat()), path=endpoint)
        result = ask(server.base_url, query, staging)
        assert result.error is None, result.error
        received = server.requests[-1]
    assert (received.method, received.path) == ("POST", endpoint)
    return received.json()


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("source", SOURCES)
def test_responses(source: str, detail: str, tmp_path: Path) -> None:
    """The whole body of /responses, nothing more and nothing less."""
    query, urls = question(source, tmp_path / "in", detail=detail)
    assert sent(query, ENDPOINTS[0], tmp_path / "out") == {
        "model": "gpt-6.1-terra",
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What is this?"},
                    *({"type": "input_image", "image_url": url, "detail": detail} for url in urls),
                ],
            }
        ],
        "max_output_tokens": 300,
        "reasoning": {"effort": "none"},
        "stream": False,
    }


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("source", SOURCES)
def test_chat(source: str, detail: str, tmp_path: Path) -> None:
    """The whole body of /chat/completions."""
    query, urls = question(source, tmp_path / "in", detail=detail)
    assert sent(query, ENDPOINTS[1], tmp_path / "out") == {
        "model": "gpt-6.1-terra",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    *({"type": "image_url", "image_url": {"url": url, "detail": detail}} for url in urls),
                ],
            }
        ],
        "max_completion_tokens": 300,
        "reasoning_effort": "none",
    }


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(("tokens", "effort"), [(16, "low"), (128_000, "high")])
def test_length_and_effort(endpoint: str, tokens: int, effort: str, tmp_path: Path) -> None:
    """Both go under each endpoint's own names, at the ends of their ranges too."""
    query, _ = question("one address", tmp_path, max_output_tokens=tokens, reasoning_effort=effort)
    body = sent(query, endpoint, tmp_path)
    if endpoint == ENDPOINTS[0]:
        assert (body["max_output_tokens"], body["reasoning"]) == (tokens, {"effort": effort})
    else:
        assert (body["max_completion_tokens"], body["reasoning_effort"]) == (tokens, effort)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_follow_up_with_files(endpoint: str, tmp_path: Path) -> None:
    """The images stay with the first question when the conversation goes on."""
    query, urls = question("several files", tmp_path / "in", text="Which is older?")
    with Loopback() as server:
        server.answer(json_answer(response()), path=ENDPOINTS[0])
        if endpoint != ENDPOINTS[0]:
            server.answer(error_answer(404), path=ENDPOINTS[0])
            server.answer(json_answer(chat()), path=endpoint)
        history = (("user", "What are they?"), ("assistant", "Cats."))
        assert ask(server.base_url, query, tmp_path / "out", history=history).error is None
        body = server.requests[-1].json()
    turns = body.get("input") or body["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert len(turns[0]["content"]) == 1 + len(urls)
    assert turns[2]["content"] == "Which is older?"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_older_model_is_asked_nothing_about_reasoning(endpoint: str, tmp_path: Path) -> None:
    """A model that does not reason gets no such parameter."""
    query = request("analyze", "gpt-4o", text="What is this?", input_type="urls", image_urls=URLS[0])
    body = sent(query, endpoint, tmp_path)
    assert "reasoning" not in body
    assert "reasoning_effort" not in body
    assert body["model"] == "gpt-4o"

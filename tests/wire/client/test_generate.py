"""Generate over the wire: what is sent, and what becomes of plain answers."""

from __future__ import annotations

import errno
import gzip
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import openai
import pytest

from components.client.events import Completed, ImageArrived, ResponseStarted, Sent
from components.client.reading.image_file import ImageFile
from components.parameters import OPERATIONS, Request, models_for, resolve
from components.settings import Settings
from tests.wire.client_fixtures import KEY, PNG, ask, b64, left_over, request, sha256
from tests.wire.loopback import Break, Loopback, json_answer, plain_answer

USAGE = {"input_tokens": 5, "output_tokens": 196, "total_tokens": 201}
ANSWER = {
    "created": 1795435200,
    "data": [{"b64_json": b64(PNG), "revised_prompt": "a fine cat"}, {"b64_json": b64(PNG[:999])}],
    "usage": USAGE,
    "size": "1024x1024",
    "quality": "low",
    "output_format": "png",
    "background": "opaque",
    "error": None,
    "later": {"b64": "kept"},
}


def test_images_are_files_and_the_rest_is_the_answer(tmp_path: Path) -> None:
    """Two images become two files with their hashes; everything else the server said is kept, image data is not."""
    with Loopback() as server:
        server.answer(json_answer(ANSWER, headers={"x-request-id": "req_1"}))
        result = ask(server.base_url, request(n=2), tmp_path)
    assert result.error is None
    sent, started, first, second, completed = result.events
    assert (sent, started) == (Sent(), ResponseStarted("req_1", 200))
    assert first == ImageArrived(0, first.path, sha256(PNG), len(PNG), "a fine cat")
    assert second == ImageArrived(1, second.path, sha256(PNG[:999]), 999, None)
    assert (first.path.read_bytes(), second.path.read_bytes()) == (PNG, PNG[:999])
    rest = {**ANSWER, "data": [{"revised_prompt": "a fine cat"}, {}]}
    assert completed == Completed("req_1", USAGE, rest)
    assert left_over(tmp_path) == sorted([first.path.name, second.path.name])


def test_headers(tmp_path: Path) -> None:
    """Key, type and our name go out; nothing asks for compressed answers or keeps a cookie for the next call."""
    with Loopback() as server:
        server.answer(json_answer(ANSWER, headers={"set-cookie": "a=b; Path=/"}))
        ask(server.base_url, request(), tmp_path, times=2)
        first, second = (received.headers for received in server.requests)
    assert first == second
    assert first["authorization"] == f"Bearer {KEY}"
    assert first["accept"] == "application/json"
    assert first["content-type"] == "application/json"
    assert first["user-agent"].startswith("ImageWorkbench/")
    assert not {"cookie", "openai-organization", "openai-project"} & set(first)


def test_one_connection_serves_many_calls(tmp_path: Path) -> None:
    """Calls one after the other share a connection."""
    with Loopback() as server:
        server.answer(json_answer(ANSWER))
        assert ask(server.base_url, request(), tmp_path, times=3).error is None
        assert (len(server.requests), server.connections) == (3, 1)


def test_no_key_no_header(tmp_path: Path) -> None:
    """Many local servers want no key; then there is no Authorization header at all."""
    with Loopback() as server:
        server.answer(json_answer(ANSWER))
        ask(server.base_url, request(), tmp_path, key="")
        assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    ("base", "target"),
    [
        ("/v1", "/v1/images/generations"),
        ("/v1/", "/v1/images/generations"),
        ("", "/images/generations"),
        ("/", "/images/generations"),
        ("/a/b//", "/a/b/images/generations"),
        ("/openai/v1?api-version=preview", "/openai/v1/images/generations?api-version=preview"),
    ],
)
def test_base_urls_are_joined(base: str, target: str, tmp_path: Path) -> None:
    """With or without a slash at its end, and with a query that some hosts need."""
    with Loopback() as server:
        server.answer(json_answer(ANSWER))
        ask(server.origin + base, request(), tmp_path)
        assert server.requests[0].target == target


@pytest.mark.parametrize(
    "answer",
    [
        plain_answer(gzip.compress(json.dumps(ANSWER).encode()), headers={"content-encoding": "gzip"}),
        plain_answer("\ufeff" + json.dumps(ANSWER), content_type=None),
        json_answer(ANSWER["data"]),
        [
            b"HTTP/1.0 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n"
            + json.dumps(ANSWER).encode()
        ],
    ],
    ids=["gzip", "a mark before UTF-8", "a bare list", "HTTP/1.0"],
)
def test_unusual_answers_are_taken(answer: list[Any], tmp_path: Path) -> None:
    """Compressed though not asked for, without a type, a bare list: the images arrive."""
    with Loopback() as server:
        server.answer([*answer, Break()])
        result = ask(server.base_url, request(n=2), tmp_path)
    assert result.error is None
    assert [event.bytes for event in result.of(ImageArrived)] == [len(PNG), 999]


def test_what_inflates_without_end_is_stopped(tmp_path: Path) -> None:
    """A small answer that unpacks to a huge one is given up at the limit."""
    bomb = gzip.compress(b'{"a":"' + b"x" * 50_000_000)
    with Loopback() as server:
        server.answer(plain_answer(bomb, headers={"content-encoding": "gzip"}))
        result = ask(server.base_url, request(), tmp_path, settings=Settings(max_response_bytes=5_000_000))
    assert type(result.failed).__name__ == "ResponseTooLarge"


@pytest.mark.parametrize("stream", [False, True])
def test_a_disk_that_takes_nothing(stream: bool, tmp_path: Path) -> None:
    """An image that cannot be written was paid for: so it comes in memory."""
    staging = tmp_path / "staging"
    staging.write_text("a file where the folder should be")
    with Loopback() as server:
        server.answer(json_answer(ANSWER))
        result = ask(server.base_url, request(n=2, stream=stream), staging)
    assert result.error is None
    first, second = result.of(ImageArrived)
    assert (first.data, first.sha256, first.bytes) == (PNG, sha256(PNG), len(PNG))
    assert second.data == PNG[:999]
    assert isinstance(result.events[-1], Completed)


@pytest.mark.parametrize("fails", ["write", "sync"])
def test_a_disk_that_is_full_in_the_middle(fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the disk had taken of an image and what it did not are put together in memory; no part is left there."""
    file = ImageFile(tmp_path)
    file.write_base64(b64(PNG[:30]).encode())

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if fails == "write":
        monkeypatch.setattr(file, "_append", full)
    else:
        monkeypatch.setattr(os, "fsync", full)
    file.write_base64(b64(PNG[30:]).encode())
    saved = file.finish()
    assert saved.data == PNG
    assert saved.sha256 == sha256(PNG)
    assert left_over(tmp_path) == []


def taken(operation: str, model: str, raw: dict[str, Any]) -> Request:
    """A request with those of the values that the model takes."""
    while not isinstance(query := resolve(operation, model, raw), Request):
        raw = {name: value for name, value in raw.items() if name not in {problem.parameter for problem in query}}
    return query


def _models() -> list[str]:
    return [model.id for model in models_for("generate", date(2026, 11, 23))] + ["a-model-of-our-own"]


OFTEN_CHANGED: list[dict[str, Any]] = [
    {},
    {"n": 3, "quality": "high", "size": "1024x1024", "user": "someone"},
    {"output_format": "webp", "output_compression": 40, "background": "transparent", "moderation": "low"},
    {"output_format": "svg", "svg_model": "gpt-6.1-sol", "svg_reasoning_effort": "high"},
    {"output_format": "gif", "frame_count": 4, "frame_duration_ms": 300, "complexity": "low"},
    {"response_url": True, "style": "natural"},
]


@pytest.mark.parametrize("model", _models())
@pytest.mark.parametrize("raw", OFTEN_CHANGED, ids=lambda raw: "+".join(raw) or "defaults")
def test_the_same_call_as_the_official_package(model: str, raw: dict[str, Any], tmp_path: Path) -> None:
    """For every model of the catalogue, the JSON on the wire is what the ``openai`` package sends for the same call."""
    query = taken("generate", model, {"prompt": "a “cat” 🐈", "stream": False, **raw})
    with Loopback() as server:
        server.answer(json_answer(ANSWER))
        ask(server.base_url, query, tmp_path)
        with openai.OpenAI(base_url=server.base_url, api_key=KEY, max_retries=0) as official:
            official.images.generate(**query.wire())
        ours, theirs = server.requests
    assert (ours.method, ours.target) == (theirs.method, theirs.target) == ("POST", "/v1/images/generations")
    assert ours.json() == theirs.json() == query.wire()
    for name in ("authorization", "accept", "content-type"):
        assert ours.headers[name] == theirs.headers[name]


def test_operations_have_an_endpoint_each() -> None:
    """The registry knows no operation that the client cannot send."""
    assert set(OPERATIONS) == {"generate", "edit", "analyze"}

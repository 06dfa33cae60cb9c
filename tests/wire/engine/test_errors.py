"""Wrong requests, and prompts that fail on purpose: OpenAI's own shapes, which the official client reads."""

from __future__ import annotations

import json
import socket
from typing import Any

import openai
import pytest

from tests.wire.engine_fixtures import Engine

NEW = "gpt-image-2.6-flare"
ERROR_KEYS = {"message", "type", "param", "code"}


# name: (what is sent, the parameter that is named, the code)
WRONG: dict[str, tuple[dict[str, Any], str | None, str | None]] = {
    "no prompt": ({"prompt": None}, "prompt", "missing_required_parameter"),
    "an empty prompt": ({"prompt": "  "}, "prompt", "missing_required_parameter"),
    "a prompt that is no text": ({"prompt": 7}, "prompt", "invalid_type"),
    "too long a prompt": ({"prompt": "x" * 32_001}, "prompt", "string_above_max_length"),
    "too long for dall-e-2": ({"model": "dall-e-2", "prompt": "x" * 1_001}, "prompt", "string_above_max_length"),
    "n = 0": ({"n": 0}, "n", "integer_below_min_value"),
    "n = 11": ({"n": 11}, "n", "integer_above_max_value"),
    "n as text": ({"n": "abc"}, "n", "invalid_type"),
    "n as true": ({"n": True}, "n", "invalid_type"),
    "two of dall-e-3": ({"model": "dall-e-3", "n": 2}, "n", "integer_above_max_value"),
    "a size not in sixteens": ({"size": "1000x1000"}, "size", "invalid_value"),
    "too long a size": ({"size": "4000x100"}, "size", "invalid_value"),
    "no size at all": ({"size": "big"}, "size", "invalid_value"),
    "a free size for an older model": ({"model": "gpt-image-1", "size": "1024x640"}, "size", "invalid_value"),
    "a quality of no model": ({"quality": "best"}, "quality", "invalid_value"),
    "max quality for gpt-image-2": ({"model": "gpt-image-2", "quality": "max"}, "quality", "invalid_value"),
    "compression 101": ({"output_format": "webp", "output_compression": 101}, "output_compression",
                        "integer_above_max_value"),
    "compression for png": ({"output_compression": 50}, "output_compression", "invalid_value"),
    "svg for gpt-image-2": ({"model": "gpt-image-2", "output_format": "svg"}, "output_format", "invalid_value"),
    "two svg": ({"output_format": "svg", "n": 2}, "n", "invalid_value"),
    "a streamed gif": ({"output_format": "gif", "stream": True}, "stream", "invalid_value"),
    "frames without gif": ({"frame_count": 4}, "frame_count", "invalid_value"),
    "one frame": ({"output_format": "gif", "frame_count": 1}, "frame_count", "integer_below_min_value"),
    "a duration of 15 ms": ({"output_format": "gif", "frame_duration_ms": 15}, "frame_duration_ms", "invalid_value"),
    "an svg effort without its model": ({"output_format": "svg", "svg": {"reasoning": {"effort": "low"}}},
                                        "svg.model", "missing_required_parameter"),
    "a transparent jpeg": ({"background": "transparent", "output_format": "jpeg"}, "background", "invalid_value"),
    "partial images without a stream": ({"partial_images": 2}, "partial_images", "invalid_value"),
    "four partial images": ({"stream": True, "partial_images": 4}, "partial_images", "integer_above_max_value"),
    "response_format for GPT Image": ({"response_format": "url"}, "response_format", "unknown_parameter"),
    "style for GPT Image": ({"style": "vivid"}, "style", "unknown_parameter"),
    "complexity for gpt-image-2": ({"model": "gpt-image-2", "complexity": "low"}, "complexity", "unknown_parameter"),
    "a seed": ({"seed": 7}, "seed", "unknown_parameter"),
    "complexity default": ({"complexity": "default"}, "complexity", "invalid_value"),
    "a listed word": ({"prompt": "a naked tree"}, None, "moderation_blocked"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named(engine: Engine, what: str) -> None:
    """400 with all four keys: the parameter and the code say what is wrong; the official client raises its own."""
    change, param, code = WRONG[what]
    body = {key: value for key, value in {"model": NEW, "prompt": "a cat", **change}.items() if value is not None}
    raw = engine.raw("/images/generations", body)
    error = raw.json()["error"]
    assert (raw.status, error["param"], error["code"]) == (400, param, code), error
    assert set(error) == ERROR_KEYS
    assert error["message"]
    with pytest.raises(openai.BadRequestError) as raised:
        engine.client.post("/images/generations", body=body, cast_to=object)
    assert (raised.value.param, raised.value.code) == (param, code)
    assert raised.value.request_id


def test_moderation_low_lets_more_through(engine: Engine) -> None:
    """The strict list is for auto alone; the short one is for both."""
    assert engine.client.images.generate(model=NEW, prompt="a naked tree", moderation="low", quality="low").data
    with pytest.raises(openai.BadRequestError) as raised:
        engine.client.images.generate(model=NEW, prompt="torture", moderation="low")
    assert (raised.value.code, raised.value.type) == ("moderation_blocked", "image_generation_user_error")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"text"', b'{"n": NaN}', b'{"n": 1e999}', b"\xff\xfe", b"[" * 100_000]
)
def test_a_body_that_is_no_json_object(engine: Engine, body: bytes) -> None:
    """400, whichever address it is sent to."""
    for path in ("/images/generations", "/images/edits", "/responses", "/chat/completions"):
        raw = engine.raw(path, body)
        assert raw.status == 400
        assert set(raw.json()["error"]) == ERROR_KEYS


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("POST", "/nothing", 404),
        ("GET", "/images/generations", 405),
        ("DELETE", "/models", 405),
        ("GET", "/models/none", 404),
    ],
)
def test_wrong_addresses_and_methods(engine: Engine, method: str, path: str, status: int) -> None:
    """404 and 405 have OpenAI's shape and a request id too."""
    raw = engine.raw(path, method=method)
    assert raw.status == status
    assert set(raw.json()["error"]) == ERROR_KEYS
    assert raw.headers["x-request-id"].startswith("req_")


def test_variations_are_gone(engine: Engine) -> None:
    """404 with an empty body: not every error has JSON."""
    raw = engine.raw("/images/variations", {})
    assert (raw.status, raw.body) == (404, b"")


def test_too_large_a_body(engine: Engine) -> None:
    """413 before anything of it is read."""
    host, _, port = engine.base_url.removeprefix("http://").removesuffix("/v1").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(b"POST /v1/images/edits HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2000000000\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_unknown_models(engine: Engine) -> None:
    """404 model_not_found; a model for something else is a wrong parameter."""
    with pytest.raises(openai.NotFoundError) as raised:
        engine.client.images.generate(model="gpt-image-99", prompt="a cat")
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.BadRequestError) as other:
        engine.client.images.generate(model="gpt-6.1-terra", prompt="a cat")
    assert other.value.param == "model"


@pytest.mark.parametrize("key", ["sk-wrong-0123456789abcdefgh", "wrong-key"])
def test_wrong_keys(engine: Engine, key: str) -> None:
    """401 invalid_api_key, without repeating the key; no key at all is taken."""
    with engine.with_key(key) as client, pytest.raises(openai.AuthenticationError) as raised:
        client.models.list()
    assert raised.value.code == "invalid_api_key"
    assert key not in str(raised.value)
    assert engine.raw("/models").status == 200


# mark: (the official client's error, status, code)
FAILING: dict[str, tuple[type[openai.APIStatusError], int, str | None]] = {
    "moderation": (openai.BadRequestError, 400, "moderation_blocked"),
    "billing limit": (openai.BadRequestError, 400, "billing_hard_limit_reached"),
    "no money": (openai.RateLimitError, 429, "insufficient_quota"),
    "rate limit": (openai.RateLimitError, 429, "rate_limit_exceeded"),
    "not verified": (openai.PermissionDeniedError, 403, None),
    "server error": (openai.InternalServerError, 500, None),
    "overloaded": (openai.InternalServerError, 503, None),
    "stream error": (openai.InternalServerError, 500, None),
}


@pytest.mark.parametrize("mark", FAILING)
def test_prompts_that_fail_on_purpose(engine: Engine, mark: str) -> None:
    """Each error class of the official client can be had by a mark in the prompt."""
    kind, status, code = FAILING[mark]
    with pytest.raises(kind) as raised:
        engine.client.images.generate(model=NEW, prompt=f"a cat [{mark}] here")
    assert (raised.value.status_code, raised.value.code) == (status, code)


def test_a_retry_after_the_rate_limit_passes(engine: Engine) -> None:
    """The first call is reported to wait, with a retry-after; the same call passes the next time, then not again."""
    asked = {"model": NEW, "prompt": "an owl [rate limit]", "quality": "low"}
    refused, passed, again = (engine.raw("/images/generations", asked) for _ in range(3))
    assert (refused.status, refused.headers["retry-after"]) == (429, "2")
    assert (passed.status, again.status) == (200, 429)


def test_broken_answers(engine: Engine) -> None:
    """A page, half a JSON, nothing, no base64, no image, and a connection that breaks: as a bad server would."""

    def answer_to(mark: str) -> bytes:
        return engine.raw("/images/generations", {"model": NEW, "prompt": f"[{mark}]"}).body

    assert answer_to("html").startswith(b"<!doctype html>")
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer_to("half"))
    assert json.loads(answer_to("empty"))["data"] == []
    assert json.loads(answer_to("not base64"))["data"]
    with pytest.raises(openai.APIConnectionError):
        engine.client.images.generate(model=NEW, prompt="a cat [break]")


def test_streams_that_break(engine: Engine) -> None:
    """What came before the break stays; an error event is raised as one."""
    for mark, kind in (("break", openai.APIConnectionError), ("stream error", openai.APIError)):
        came: list[str] = []
        stream = engine.client.images.generate(
            model=NEW, prompt=f"a cat [{mark}]", stream=True, partial_images=2, quality="low"
        )
        with pytest.raises(kind):
            came.extend(event.type for event in stream)
        stream.close()
        assert came == ["image_generation.partial_image"] * 2


def test_answers_that_say_less(engine: Engine) -> None:
    """Without usage, and in another size than was requested."""
    asked = {"model": NEW, "size": "1024x1024", "quality": "low"}
    assert engine.client.images.generate(prompt="a cat [no usage]", **asked).usage is None
    assert engine.client.images.generate(prompt="a cat [other size]", **asked).size == "512x512"


def test_marks_are_not_drawn(engine: Engine) -> None:
    """A mark changes what happens, not the image."""
    asked = {"model": NEW, "quality": "low"}
    plain = engine.client.images.generate(prompt="a cat", **asked).data
    marked = engine.client.images.generate(prompt="a cat [no usage]", **asked).data
    assert plain
    assert marked
    assert plain[0].b64_json == marked[0].b64_json


def test_the_marks_are_listed(engine: Engine) -> None:
    """For people who want to try them."""
    marks = engine.raw("/triggers").json()["data"]
    assert {"[moderation]", "[rate limit]", "[slow]", "[break]"} <= set(marks)

"""Streamed images: previews, several images, breaks, and servers that stream in ways of their own."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from components.client import errors
from components.client.errors import Money
from components.client.events import Completed, ImageArrived, PartialImage
from components.client.reading import body
from components.settings import Settings
from tests.wire.client_fixtures import PNG, ask, b64, event_paths, left_over, patient, request, sha256
from tests.wire.loopback import (
    Answer,
    Hang,
    Loopback,
    Reset,
    Wait,
    error_answer,
    event,
    json_answer,
    plain_answer,
    stream_answer,
)

USAGE = {"input_tokens": 5, "output_tokens": 100, "input_tokens_details": {"text_tokens": 5, "image_tokens": 0}}


def preview(number: int, data: bytes = b"preview") -> dict[str, Any]:
    return {
        "type": "image_generation.partial_image",
        "b64_json": b64(data),
        "partial_image_index": number,
        "created_at": 7,
    }


def final(data: bytes = PNG, **more: Any) -> dict[str, Any]:
    kind = {"type": "image_generation.completed", "created_at": 8, "size": "1024x1024", "usage": USAGE}
    return {**kind, "b64_json": b64(data), **more}


def streamed(**raw: Any) -> Any:
    return request(stream=True, **raw)


def named(value: dict[str, Any]) -> bytes:
    return event(value, value["type"])


def test_previews_then_the_image(tmp_path: Path) -> None:
    """Previews and the image are files, in the order of the stream; the last event's facts are the answer."""
    with Loopback() as server:
        server.answer(
            stream_answer(
                [named(preview(0, b"one")), named(preview(1, b"two")), named(final())], headers={"x-request-id": "r"}
            )
        )
        result = ask(server.base_url, streamed(partial_images=2), tmp_path)
        assert server.requests[0].json()["stream"] is True
    assert result.error is None
    names = [name for name in result.names if name != "ResponseMetadata"]
    assert names == ["Sent", "ResponseStarted", "PartialImage", "PartialImage", "ImageArrived", "Completed"]
    assert [(event.index, event.path.read_bytes()) for event in result.of(PartialImage)] == [(0, b"one"), (1, b"two")]
    (arrived,) = result.of(ImageArrived)
    assert (arrived.sha256, arrived.path.read_bytes()) == (sha256(PNG), PNG)
    entry = {"type": "image_generation.completed", "created_at": 8, "size": "1024x1024", "usage": USAGE}
    complete = {"size": "1024x1024", "usage": USAGE, "created": 8, "data": [entry]}
    assert result.events[-1] == Completed("r", USAGE, complete)


def test_a_preview_comes_before_the_image(tmp_path: Path) -> None:
    """A preview is handed on while the server is still at work."""
    seen = threading.Event()
    with Loopback() as server:
        server.answer(stream_answer([event(preview(0)), Wait(seen), event(final())]))
        result = ask(
            server.base_url,
            streamed(partial_images=1),
            tmp_path,
            on_event=lambda happened: seen.set() if isinstance(happened, PartialImage) else None,
        )
    assert result.error is None
    assert seen.is_set()


def test_several_images_have_one_event_each(tmp_path: Path) -> None:
    """With n=3 three events come, and what they cost is added up."""
    with Loopback() as server:
        server.answer(stream_answer([event(final(bytes([65 + number]) * 50)) for number in range(3)]))
        result = ask(server.base_url, streamed(n=3), tmp_path)
    assert [(event.index, event.path.read_bytes()[:1]) for event in result.of(ImageArrived)] == [
        (0, b"A"),
        (1, b"B"),
        (2, b"C"),
    ]
    usage = result.of(Completed)[0].usage
    assert usage == {
        "input_tokens": 15,
        "output_tokens": 300,
        "input_tokens_details": {"text_tokens": 15, "image_tokens": 0},
    }


GOOD: dict[str, Answer] = {
    "the image before its previews": stream_answer([event(final()), event(preview(0))]),
    "fewer previews than asked for": stream_answer([event(final())]),
    "edit's own names": stream_answer([event(preview(0)), event(final(type="image_edit.completed"))]),
    "names only in event lines": stream_answer(
        [
            event({"b64_json": b64(b"p"), "partial_image_index": 0}, "image_generation.partial_image"),
            event({"b64_json": b64(PNG)}, "image_generation.completed"),
        ]
    ),
    "no names at all": stream_answer([event({"b64_json": b64(PNG)}), event("[DONE]")]),
    "the type after the image": stream_answer([event({"b64_json": b64(PNG), "type": "image_generation.completed"})]),
    "the plain answer as one event": stream_answer([event({"created": 1, "data": [{"b64_json": b64(PNG)}]})]),
    "events of other kinds": stream_answer(
        [event({"type": "image_generation.in_progress", "error": None}), event(final())]
    ),
    "comments and pings": stream_answer([b": ping\n\n", b":\n\n", b"event: ping\ndata:\n\n", event(final())]),
    "a stream that never closes": stream_answer([event(final()), Hang()]),
    "broken after the last image": stream_answer([event(final())], end=False),
    "not called a stream": plain_answer(event(final())),
    "carriage returns": stream_answer([event(final()).replace(b"\n", b"\r\n")]),
    "in tiny pieces": stream_answer([bytes([byte]) for byte in event(final(PNG[:300]))]),
    "plain JSON": json_answer({"data": [{"b64_json": b64(PNG)}]}),
    "plain JSON called a stream": plain_answer(
        json.dumps({"data": [{"b64_json": b64(PNG)}]}), content_type="text/event-stream"
    ),
}


@pytest.mark.parametrize("what", GOOD)
def test_streams_of_all_kinds_bring_the_image(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the server streams, or does not, the image arrives and the run is complete."""
    monkeypatch.setattr(body, "IDLE_AFTER_LAST", 0.2)
    with Loopback() as server:
        server.answer(GOOD[what])
        result = ask(server.base_url, streamed(partial_images=1), tmp_path, settings=Settings(read_timeout=60))
    assert result.error is None, result.error
    (arrived,) = result.of(ImageArrived)
    assert arrived.path.read_bytes() in (PNG, PNG[:300])
    assert isinstance(result.events[-1], Completed)
    assert left_over(tmp_path) == event_paths(result)


MODERATED = {
    "type": "error",
    "error": {"type": "image_generation_user_error", "code": "moderation_blocked", "message": "No"},
}
FLAT = {"type": "error", "code": "server_error", "message": "Oh", "param": None}

# what is streamed with n=2 -> the error, and how many images are kept
BROKEN: dict[str, tuple[Answer, type, int]] = {
    "an error first": (stream_answer([event(MODERATED, "error")]), errors.ModerationBlocked, 0),
    "an error after a preview": (stream_answer([event(preview(0)), event(MODERATED)]), errors.ModerationBlocked, 0),
    "an error after an image": (stream_answer([event(final()), event(FLAT)]), errors.ServerError, 1),
    "an error in one piece with an image": (stream_answer([event(final()) + event(FLAT)]), errors.ServerError, 1),
    "an error before an image": (stream_answer([event(FLAT) + event(final())]), errors.ServerError, 0),
    "too fast in the middle": (
        stream_answer([event(final()), event({"error": {"code": "rate_limit_exceeded", "message": "x"}})]),
        errors.RateLimited,
        1,
    ),
    "ends after one": (stream_answer([event(final())]), errors.TruncatedResponse, 1),
    "ends after a preview": (stream_answer([event(preview(0))]), errors.TruncatedResponse, 0),
    "ends at once": (stream_answer([]), errors.EmptyResponse, 0),
    "only comments": (stream_answer([b": a\n\n"]), errors.TruncatedResponse, 0),
    "done with nothing": (stream_answer([event("[DONE]")]), errors.TruncatedResponse, 0),
    "breaks after one": (stream_answer([event(final())], end=False), errors.ConnectionLost, 1),
    "breaks inside the second": (
        stream_answer([event(final()), event(final())[:5000]], end=False),
        errors.ConnectionLost,
        1,
    ),
    "ends inside the second": (stream_answer([event(final()), event(final())[:5000]]), errors.TruncatedResponse, 1),
    "falls silent": (stream_answer([event(final()), Hang()]), errors.ResponseTimeout, 1),
    "no base64 in the second": (
        stream_answer([event(final()), event(final(b64_json="?"))]),
        errors.InvalidBase64,
        1,
    ),
    "no JSON in the second": (stream_answer([event(final()), event("hm")]), errors.NotJsonResponse, 1),
    "an empty second": (stream_answer([event(final()), event(final(b64_json=""))]), errors.EmptyImage, 1),
    "refused": (error_answer(400, "moderation_blocked"), errors.ModerationBlocked, 0),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_came_whole_is_kept_before_the_error(what: str, tmp_path: Path) -> None:
    """A stream that breaks: whole images are reported of first, then the error; half ones leave no file; asked once."""
    script, kind, kept = BROKEN[what]
    with Loopback() as server:
        server.answer(script)
        result = ask(server.base_url, streamed(n=2, partial_images=1), tmp_path, settings=patient(script))
        assert len(server.requests) == 1
    assert type(result.failed) is kind, result.failed
    # A broken image is counted by the server like a good one, so that nothing is left that may or may not be billed.
    all_counted = kind in (errors.InvalidBase64, errors.EmptyImage)
    assert result.failed.money is (Money.BILLED if all_counted else Money.MAY_BE_BILLED)
    assert [event.path.read_bytes() for event in result.of(ImageArrived)] == [PNG] * kept
    assert not result.of(Completed)
    assert left_over(tmp_path) == event_paths(result)


def test_a_reset_after_an_image(tmp_path: Path) -> None:
    """A server that crashes while it makes the second image: the first is kept."""
    arrived = threading.Event()
    with Loopback() as server:
        server.answer(stream_answer([event(final()), Wait(arrived), Reset()]))
        result = ask(
            server.base_url,
            streamed(n=2),
            tmp_path,
            on_event=lambda happened: arrived.set() if isinstance(happened, ImageArrived) else None,
        )
    assert type(result.failed) is errors.ConnectionLost
    assert [event.path.read_bytes() for event in result.of(ImageArrived)] == [PNG]


def test_two_of_three_and_done_is_an_answer(tmp_path: Path) -> None:
    """A server that says it is done is believed, also when it made fewer images than asked for."""
    with Loopback() as server:
        server.answer(stream_answer([event(final()), event(final()), event("[DONE]")]))
        result = ask(server.base_url, streamed(n=3), tmp_path)
    assert result.error is None
    assert len(result.of(ImageArrived)) == len(result.of(Completed)[0].answer["data"]) == 2

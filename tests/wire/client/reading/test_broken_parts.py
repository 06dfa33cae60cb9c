"""One broken part of an answer never takes the good ones beside it away, nor what they cost."""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest

from components.client import errors
from components.client.errors import Money
from components.client.events import Completed, ImageArrived, PartialImage, ResponseMetadata, TextDelta, TextDone
from components.client.http.retry import duration
from components.client.reading import body as reading_body
from tests.wire.client_fixtures import ask, b64, event_paths, left_over, patient, question, request
from tests.wire.loopback import (
    Answer,
    Hang,
    Loopback,
    Wait,
    error_answer,
    event,
    json_answer,
    plain_answer,
    stream_answer,
)

A, B, C = b"first image", b"second image", b"third image"
USAGE = {"input_tokens": 5, "output_tokens": 100}


def entry(text: str) -> dict[str, Any]:
    """One entry of a plain answer, or one completed event of a stream."""
    return {"b64_json": text, "usage": USAGE}


def completed(data: bytes) -> bytes:
    return event({"type": "image_generation.completed", **entry(b64(data))})


BAD_PREVIEW = event({"type": "image_generation.partial_image", "partial_image_index": 0, "b64_json": "no base64!"})
PING = b"data: ping\n\n"

# what is sent for n images -> which arrive, and words of the error; None where nothing is missing
PARTS: dict[str, tuple[Answer, int, list[bytes], str | None]] = {
    "a bad one first": (
        json_answer({"data": [entry("?"), entry(b64(A)), entry(b64(B))]}),
        3,
        [A, B],
        "Image 1 of 3: Its data is not valid base64",
    ),
    "an empty one between": (
        json_answer({"data": [entry(b64(A)), entry(""), entry(b64(B))]}),
        3,
        [A, B],
        "Image 2 of 3: It has no data. 2 of 3 images arrived and are kept.",
    ),
    "a bad one among more than enough": (
        json_answer({"data": [entry("?"), entry(b64(A)), entry(b64(B))]}),
        2,
        [A, B],
        None,
    ),
    "more than were asked for": (json_answer({"data": [entry(b64(one)) for one in (A, B, C)]}), 2, [A, B, C], None),
    "no JSON number beside it": (
        plain_answer(f'{{"data":[{{"b64_json":"{b64(A)}","score":NaN}},{{"b64_json":"{b64(B)}"}}]}}'),
        2,
        [A, B],
        None,
    ),
    "no JSON beside it": (
        plain_answer(f'{{"data":[{{"b64_json":"{b64(A)}","score":oops}},{{"b64_json":"{b64(B)}"}}]}}'),
        2,
        [A, B],
        "2 of 2 images arrived and are kept.",
    ),
    "null for the second": (
        json_answer({"data": [entry(b64(A)), {"b64_json": None}], "usage": USAGE}),
        2,
        [A],
        "Image 2 of 2: It has no data. 1 of 2 images arrived and is kept.",
    ),
    "cut off behind the second": (
        plain_answer(f'{{"data":[{{"b64_json":"{b64(A)}"}},{{"b64_json":"{b64(B)}"'),
        2,
        [A, B],
        "2 of 2 images arrived and are kept.",
    ),
    "a bad preview": (stream_answer([BAD_PREVIEW, completed(A), completed(B)]), 2, [A, B], None),
    "a ping that is no JSON": (stream_answer([completed(A), PING, completed(B)]), 2, [A, B], None),
    "a ping in one piece with both": (stream_answer([completed(A) + PING + completed(B)]), 2, [A, B], None),
    "a bad event": (
        stream_answer([completed(A), event({**entry("?"), "type": "image_generation.completed"}), completed(B)]),
        3,
        [A, B],
        "Image 2 of 3: Its data is not valid base64",
    ),
    "an event cut off": (
        stream_answer([completed(A), b'data: {"type": "image_\n\n', completed(B)]),
        3,
        [A, B],
        "1 event of the stream could not be read.",
    ),
    "an error between": (
        stream_answer([completed(A), completed(B), event({"error": {"message": "boom"}})]),
        2,
        [A, B],
        "Boom. 2 of 2 images arrived and are kept.".replace("Boom", "boom"),
    ),
}


@pytest.mark.parametrize("what", PARTS)
def test_the_good_parts_are_kept(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All images that came whole arrive, what is missing is named, and nothing else is left on the disk."""
    monkeypatch.setattr(reading_body, "IDLE_AFTER_LAST", 0.5)
    script, n, images, words = PARTS[what]
    with Loopback() as server:
        server.answer(script)
        result = ask(server.base_url, request(n=n, stream=b"event-stream" in script[0]), tmp_path)
        assert len(server.requests) == 1
    assert [one.path.read_bytes() for one in result.of(ImageArrived)] == images
    if words is None:
        assert result.error is None
        assert len(result.of(Completed)) == 1
    else:
        assert words in result.failed.what
        assert result.failed.money is not Money.NOTHING_SPENT
    assert left_over(tmp_path) == event_paths(result)


def test_images_that_come_late_are_kept(tmp_path: Path) -> None:
    """A server that sends each image twice, one after the other, loses none of them, however slow it is."""
    steps, arrived = [], [threading.Event() for _ in range(3)]
    for data, before in zip((A, A, B, B), (None, *arrived), strict=True):
        steps += [Wait(before)] if before else []
        steps.append(completed(data))

    def next_one(happened: object) -> None:
        if isinstance(happened, ImageArrived) and happened.index < 3:
            arrived[happened.index].set()

    with Loopback() as server:
        server.answer(stream_answer(steps))
        result = ask(server.base_url, request(n=2, stream=True), tmp_path, on_event=next_one)
    assert result.error is None
    assert [one.path.read_bytes() for one in result.of(ImageArrived)] == [A, A, B, B]


def test_a_dead_link_is_billed(tmp_path: Path) -> None:
    """What the answer counted is reported before its links are followed; one dead link leaves the other images."""
    with Loopback() as server:
        server.answer(plain_answer("gone", status=404), path="/dead.png")
        server.answer(plain_answer(B), path="/alive.png")
        links = [{"url": f"{server.origin}/{name}.png"} for name in ("dead", "alive")]
        server.answer(json_answer({"data": links, "usage": USAGE}), path="/v1/images/generations")
        result = ask(server.base_url, request(n=2), tmp_path)
    assert [(one.index, one.path.read_bytes()) for one in result.of(ImageArrived)] == [(1, B)]
    assert result.of(ResponseMetadata)[-1].usage == USAGE
    assert result.of(ResponseMetadata)[-1].answer["data"] == links
    assert result.failed.what.startswith("Image 1 of 2: ")
    assert result.failed.money is Money.BILLED


@pytest.mark.parametrize(
    ("script", "usage"),
    [
        (stream_answer([completed(A), event({"type": "error", "message": "x"})]), USAGE),
        (stream_answer([completed(A)], end=False), USAGE),
        (stream_answer([completed(A), Hang()]), USAGE),
        (plain_answer(json.dumps({"usage": USAGE, "data": []})[:-2]), USAGE),
        (json_answer({"data": [entry("?")], "usage": USAGE}), USAGE),
        (stream_answer([event({"type": "error", "message": "x"})]), None),
    ],
    ids=["an error event", "a break", "silence", "JSON that is cut off", "a broken image", "nothing counted"],
)
def test_usage_that_arrived_is_reported(script: Answer, usage: Any, tmp_path: Path) -> None:
    """Whatever fails afterwards, the tokens that the server counted are reported before the failure."""
    with Loopback() as server:
        server.answer(script)
        stream = b"event-stream" in script[0]
        result = ask(server.base_url, request(n=2, stream=stream), tmp_path, settings=patient(script))
    assert result.failed.money is not Money.NOTHING_SPENT
    assert [facts.usage for facts in result.of(ResponseMetadata)][-1:] == ([usage] if usage else [])


def delta(text: str) -> bytes:
    return event({"type": "response.output_text.delta", "delta": text})


def test_text_beside_a_malformed_event_arrives(tmp_path: Path) -> None:
    """Text in one packet with an event that is no JSON is reported, before and after it."""
    with Loopback() as server:
        server.answer(stream_answer([delta("A ") + b"data: {oops\n\n" + delta("cat")]))
        result = ask(server.base_url, question(stream=True), tmp_path)
    assert [one.text for one in result.of(TextDelta)] == ["A ", "cat"]
    assert isinstance(result.failed, errors.TruncatedResponse)


def test_text_of_a_plain_answer_that_breaks_off_arrives(tmp_path: Path) -> None:
    """Half of a plain answer is half of its text, which is kept."""
    complete = json.dumps({"output": [{"content": [{"type": "output_text", "text": 'A "red" cät sits'}]}]})
    with Loopback() as server:
        server.answer(plain_answer(complete[: complete.index("sits")]))
        result = ask(server.base_url, question(stream=False), tmp_path)
    assert [one.text for one in result.of(TextDelta)] == ['A "red" cät ']
    assert result.failed.what.endswith("The text that arrived is kept.")


def test_a_chat_that_said_why_it_ended_is_whole(tmp_path: Path) -> None:
    """After the reason for its end, a chat's text needs neither [DONE] nor a proper end of the connection."""
    chunk = {"choices": [{"delta": {"content": "A cat."}, "finish_reason": "stop"}]}
    with Loopback() as server:
        server.answer(error_answer(404), path="/v1/responses")
        server.answer(stream_answer([event(chunk)], end=False), path="/v1/chat/completions")
        result = ask(server.base_url, question(stream=True), tmp_path)
    assert result.error is None
    assert [one.text for one in result.of(TextDone)] == ["A cat."]


ERROR = json.dumps({"error": {"message": "The size is wrong", "param": "size", "code": "invalid_value"}}).encode()
RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(ERROR)),
        ("deflate", zlib.compress(ERROR)),
        ("deflate", RAW.compress(ERROR) + RAW.flush()),
        ("identity", ERROR[:-2] + b', "request": "' + b"x" * 300_000 + b'"}}'),
        ("identity", ERROR[:-2] + b', "request": "' + b"x" * 3_000_000 + b'"}}'),
        ("gzip", gzip.compress(ERROR[:-2] + b', "request": "' + b"x" * 50_000_000 + b'"}}')),
    ],
    ids=["gzip", "deflate", "deflate without a header", "long", "longer than what is read", "a bomb"],
)
def test_an_error_is_read_however_it_is_packed(encoding: str, body: bytes, tmp_path: Path) -> None:
    """Compressed errors are decoded, and long ones parsed before they are cut."""
    with Loopback() as server:
        server.answer(plain_answer(body, status=400, headers={"content-encoding": encoding}))
        error = ask(server.base_url, request(), tmp_path).failed
    assert type(error) is errors.InvalidParameter
    assert (error.what, error.param, error.code) == ("The size is wrong.", "size", "invalid_value")


def test_an_error_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """A compression that nobody asked for does not end up as signs on the page."""
    with Loopback() as server:
        server.answer(plain_answer(b"\x8b\x05\x80", status=500, headers={"content-encoding": "br"}))
        error = ask(server.base_url, request(), tmp_path).failed
    assert "compressed as 'br'" in error.what


def test_an_hour_is_reported_as_an_hour(tmp_path: Path) -> None:
    """A wait that is too long to be waited for here is reported to the person."""
    with Loopback() as server:
        server.answer(error_answer(429, "slow_down", headers={"retry-after": "3600"}))
        error = ask(server.base_url, request(), tmp_path).failed
        assert len(server.requests) == 1
    assert error.next_step == "Wait 1 hour, as the server asks, then try again."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (45.2, "46 seconds"),
        (60, "1 minute"),
        (100, "2 minutes"),
        (5400, "90 minutes"),
        (9e4, "25 hours"),
    ],
)
def test_waits_in_words(seconds: float, words: str) -> None:
    """Seconds, minutes, hours and days, rounded up."""
    assert duration(seconds) == words


PAGE = "<html><title>503 Service Temporarily Unavailable</title></html>"


@pytest.mark.parametrize(
    "script",
    [
        plain_answer(PAGE, status=503, content_type="text/html"),
        plain_answer("upstream connect error or disconnect/reset before headers", status=503),
        plain_answer("", status=503, content_type=None),
    ],
    ids=["a page", "text", "nothing"],
)
def test_a_gateway_does_not_know_what_was_spent(script: Answer, tmp_path: Path) -> None:
    """503 from a gateway may come after the server behind it began: it is not tried again, and says so."""
    with Loopback() as server:
        server.answer(script)
        error = ask(server.base_url, request(), tmp_path).failed
        assert len(server.requests) == 1
    assert error.money is Money.MAY_BE_BILLED
    assert "before trying again" in error.next_step


def test_too_fast_in_the_middle_is_no_reason_to_pay_twice(tmp_path: Path) -> None:
    """Advice fits what was spent: after an answer had begun, trying again may cost twice."""
    with Loopback() as server:
        server.answer(stream_answer([completed(A), event({"error": {"code": "slow_down", "message": "x"}})]))
        error = ask(server.base_url, request(n=2, stream=True), tmp_path).failed
    assert type(error) is errors.RateLimited
    assert error.next_step.endswith(errors.LOOK_FIRST)
    assert "What the server counted is billed" in str(error)


def test_previews_that_are_good_are_shown_beside_bad_ones(tmp_path: Path) -> None:
    """A broken preview is left out, and the next one is shown."""
    good = event({"type": "image_generation.partial_image", "partial_image_index": 1, "b64_json": b64(C)})
    with Loopback() as server:
        server.answer(stream_answer([BAD_PREVIEW, good, completed(A)]))
        result = ask(server.base_url, request(stream=True, partial_images=2), tmp_path)
    assert result.error is None
    assert [one.path.read_bytes() for one in result.of(PartialImage)] == [C]

"""Streams that break, stutter or say something else in between; only where a stream was requested."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.wire.faults.cells import (
    A,
    B,
    Cell,
    Make,
    completed,
    delta,
    entry,
    good_events,
    last,
    preview,
    section,
)
from tests.wire.loopback import Break, Hang, Reset, Script, Step, event, stream_answer

_ERROR = event({"type": "error", "code": "server_error", "message": "boom", "param": None})
_BLOCKED = event({"type": "error", "error": {"code": "moderation_blocked", "message": "no"}})
_SLOW = event({"error": {"code": "rate_limit_exceeded", "message": "too fast"}})
_PING = b"data: ping\n\n"
_BAD_JSON = b'data: {"type": "oops\n\n'
_LONG = b'data: {"a": "' + b"x" * 20_000_000 + b'"}\n\n'


def _stream(build: Callable[[list[bytes], Cell], Sequence[Step]], *, end: bool = True) -> Make:
    """A stream built from a good one's events: a start, a part of what was requested, the rest."""

    def make(cell: Cell) -> Sequence[Script] | None:
        return [stream_answer(build(good_events(cell), cell), end=end)] if cell.streamed else None

    return make


def _images(build: Callable[[Cell], Sequence[Step]], *, end: bool = True) -> Make:
    """A stream of images alone."""

    def make(cell: Cell) -> Sequence[Script] | None:
        return [stream_answer(build(cell), end=end)] if cell.streamed and cell.for_images else None

    return make


def _sandwich(between: bytes) -> Make:
    return _stream(lambda events, _: [events[0], events[1], between, events[2]])


_THINGS: dict[str, bytes] = {
    "a ping that is no JSON": _PING,
    "a comment": b": ping\n\n",
    "an event without data": b"event: ping\ndata:\n\n",
    "JSON that is cut off": _BAD_JSON,
    "a list": b"data: [1]\n\n",
    "a number": b"data: 7\n\n",
    "an event of 20 MB": _LONG,
    "an event of an unknown type": event({"type": "image.mystery", "value": 1}),
    "letters that are not UTF-8": b'data: {"a": "\xff"}\n\n',
    "a carriage return": b"\r",
}
_ERRORS: dict[str, bytes] = {"an error": _ERROR, "a moderation error": _BLOCKED, "an error of the rate": _SLOW}
_STREAMS: dict[str, Make] = {f"{name} between": _sandwich(thing) for name, thing in _THINGS.items()} | {
    "a ping in one packet with the rest": _stream(lambda events, _: [events[0] + events[1] + _PING + events[2]]),
    "JSON that is cut off in one packet with the rest": _stream(
        lambda events, _: [events[0] + events[1] + _BAD_JSON + events[2]]
    ),
    "nothing but pings": _stream(lambda *_: [_PING, _PING]),
    "in single bytes": _stream(lambda events, _: [bytes([byte]) for byte in b"".join(events)]),
    "carriage returns": _stream(lambda events, _: [one.replace(b"\n", b"\r\n") for one in events]),
}
for _name, _event in _ERRORS.items():
    _STREAMS |= {
        f"{_name} first": _stream(lambda events, _, error=_event: [error, *events]),
        f"{_name} after a part": _stream(lambda events, _, error=_event: [*events[:2], error]),
        f"{_name} in one packet with a part": _stream(lambda events, _, error=_event: [b"".join(events[:2]) + error]),
        f"{_name} after everything": _images(lambda cell, error=_event: [*good_events(cell), error]),
    }

_ENDS: dict[str, Make] = {
    "ends after a start": _stream(lambda events, _: events[:1]),
    "ends after a part": _stream(lambda events, _: events[:2]),
    "breaks after a part": _stream(lambda events, _: events[:2], end=False),
    "resets after a part": _stream(lambda events, _: [*events[:2], Reset()]),
    "falls silent after a part": _stream(lambda events, _: [*events[:2], Hang()]),
    "breaks inside an event": _stream(lambda events, _: [*events[:2], events[2][:60]], end=False),
    "ends inside an event": _stream(lambda events, _: [*events[:2], events[2][:60]]),
    "breaks after everything": _stream(lambda events, _: events, end=False),
    "never closes after everything": _stream(lambda events, _: [*events, Hang()]),
    "done at once": _stream(lambda *_: [event("[DONE]")]),
    "done after a part": _stream(lambda events, _: [*events[:2], event("[DONE]")]),
    "goes on after it is done": _stream(lambda events, _: [*events[:2], event("[DONE]"), events[2]]),
    "breaks behind the second image's last letter": _images(
        lambda cell: [completed(cell, entry(A)), completed(cell, entry(B)).rstrip()[:-1]], end=False
    ),
}


def _bad_preview(image: Any) -> Make:
    return _images(lambda cell: [preview(cell, image), completed(cell, entry(A)), completed(cell, entry(B))])


STREAMS = (
    section("Streams with something else in them", _STREAMS),
    section("Streams that end in their own way", _ENDS),
    section(
        "Previews",
        {
            "a preview is not base64": _bad_preview("not base64!"),
            "a preview is empty": _bad_preview(""),
            "a preview is not an image": _bad_preview(b"no image"),
            "a preview after the images": _images(
                lambda cell: [completed(cell, entry(A)), completed(cell, entry(B)), preview(cell)]
            ),
            "only previews": _images(lambda cell: [preview(cell), preview(cell)]),
            "a preview, then a break": _images(lambda cell: [preview(cell), Break()], end=False),
        },
    ),
)

__all__ = ["STREAMS", "delta", "last"]

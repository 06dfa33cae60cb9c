"""Answers whose status says yes and whose body is not what was requested."""

from __future__ import annotations

import json

from tests.wire.faults.cells import after_one, content_type, good_body, images, response, section, spoiled
from tests.wire.loopback import json_answer, plain_answer, stream_answer

_JSON = "application/json"

BODIES = (
    section(
        "Something else than an answer",
        {
            "a page": plain_answer("<!doctype html><p>hello", content_type="text/html"),
            "a page called JSON": plain_answer("\n <html>", content_type=_JSON),
            "a page called a stream": plain_answer("<html>", content_type="text/event-stream"),
            "text": plain_answer("hello there"),
            "nothing": plain_answer(""),
            "blanks": plain_answer(" \r\n "),
            "204": [b"HTTP/1.1 204 No Content\r\n\r\n"],
            "null": plain_answer("null", content_type=_JSON),
            "a number": plain_answer("42", content_type=_JSON),
            "a list": json_answer([]),
            "an empty object": json_answer({}),
            "an error inside": json_answer({"error": {"message": "no", "code": "server_error"}}),
            "a moderation error inside": json_answer({"error": {"message": "no", "code": "moderation_blocked"}}),
            "data of another kind": json_answer({"data": "x", "output": "x"}),
            "an image": plain_answer(b"\x89PNG\r\n\x1a\n", content_type="image/png"),
            "an empty stream": stream_answer([]),
            "202, accepted": json_answer({"id": "job_1", "status": "queued"}, status=202),
        },
    ),
    section(
        "JSON and streams that are spoiled",
        {
            "ends in the middle": spoiled(lambda body: body[: after_one(body)]),
            "ends before the last byte": spoiled(lambda body: body.rstrip()[:-1]),
            "garbage behind the end": spoiled(lambda body: body + b"}garbage"),
            "a number that is none": spoiled(lambda body: body.replace(b": 1,", b": NaN,").replace(b"null", b"NaN")),
            "not UTF-8": spoiled(lambda body: body.replace(b'"id"', b'"\xff"').replace(b'"created', b'"\xffcreated')),
            "a mark before UTF-8": spoiled(lambda body: b"\xef\xbb\xbf" + body),
            "nested without end": spoiled(lambda body: b'{"a":' + b"[" * 5000),
            "another type of content": lambda cell: [plain_answer(good_body(cell), content_type="text/plain")],
            "no type of content": lambda cell: [plain_answer(good_body(cell), content_type=None)],
            "a stream where JSON was asked for, or the other way round": lambda cell: [
                json_answer(images(*json.loads(_plain(cell))["data"]) if cell.for_images else response())
                if cell.streamed
                else plain_answer(good_body(_other(cell)), content_type=content_type(_other(cell)))
            ],
            "20 MB of something else": spoiled(lambda body: b'{"a": "' + b"x" * 20_000_000 + b'"}'),
        },
    ),
)


def _other(cell):  # type: ignore[no-untyped-def]
    return type(cell)(cell.operation, not cell.streamed)


def _plain(cell) -> bytes:  # type: ignore[no-untyped-def]
    return good_body(type(cell)(cell.operation, False))

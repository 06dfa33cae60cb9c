"""Faults below the answer: no connection, no HTTP, a break, silence."""

from __future__ import annotations

import gzip

from tests.wire.faults.cells import (
    Cell,
    Fault,
    Section,
    after_one,
    content_type,
    good_body,
    section,
)
from tests.wire.loopback import Answer, Break, Hang, Reset, Script, plain_answer

# Port 1 is never listened on here.
_NOWHERE = {
    "the connection is refused": "http://127.0.0.1:1/v1",
    "the name is not known": "http://nowhere.invalid/v1",
    "http where https is expected": "https://127.0.0.1:PORT/v1",
}


def _begun(cell: Cell, sent: bytes, *then: Script | object) -> list[Script]:
    """A good answer that says its length, of which only this is sent."""
    head = plain_answer(good_body(cell), content_type=content_type(cell))[0]
    return [[head, sent, *then]]  # type: ignore[list-item]


def _half(cell: Cell) -> bytes:
    body = good_body(cell)
    return body[: after_one(body)]


def _encoded(body: bytes, encoding: str, cell: Cell) -> Answer:
    return plain_answer(body, headers={"content-encoding": encoding}, content_type=content_type(cell))


def _stored(body: bytes) -> bytes:
    """A gzip without compression, so that a cut is at the same place whatever zlib packs it."""
    return gzip.compress(body, 0)[: 15 + after_one(body)]


def _chunked(cell: Cell, tail: bytes) -> Answer:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {content_type(cell)}\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    half = _half(cell)
    return [head, b"%x\r\n%s\r\n" % (len(half), half), tail, Break()]


_BEFORE: dict[str, Answer] = {
    "closes without an answer": [Break()],
    "resets without an answer": [Reset()],
    "says nothing": [Hang()],
    "speaks another protocol": [b"SSH-2.0-OpenSSH\r\n", Break()],
    "half a head": [b"HTTP/1.1 200 OK\r\ncontent-ty", Break()],
    "a status that is not a number": [b"HTTP/1.1 abc OK\r\n\r\n", Break()],
    "a head without end": [b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000, Break()],
    "only 100 Continue": [b"HTTP/1.1 100 Continue\r\n\r\n", Break()],
    "a head, then silence": [b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n", Hang()],
}

TRANSPORT = (
    Section(
        "No answer at all", tuple(Fault(name, lambda _: [[Break()]], base_url) for name, base_url in _NOWHERE.items())
    ),
    section("Before the answer", _BEFORE),
    section(
        "In the middle of the answer",
        {
            "closes after a part": lambda cell: _begun(cell, _half(cell), Break()),
            "resets after a part": lambda cell: _begun(cell, _half(cell), Reset()),
            "falls silent after a part": lambda cell: _begun(cell, _half(cell), Hang()),
            "closes at once": lambda cell: _begun(cell, b"", Break()),
            "closes before the last byte": lambda cell: _begun(cell, good_body(cell)[:-1], Break()),
            "falls silent before the last byte": lambda cell: _begun(cell, good_body(cell)[:-1], Hang()),
            "chunks that stop": lambda cell: [_chunked(cell, b"")],
            "a chunk without a length": lambda cell: [_chunked(cell, b"oops\r\n")],
            "gzip, unasked": lambda cell: [_encoded(gzip.compress(good_body(cell)), "gzip", cell)],
            "gzip that is cut off": lambda cell: [_encoded(_stored(good_body(cell)), "gzip", cell)],
            "called gzip and is none": lambda cell: [_encoded(good_body(cell), "gzip", cell)],
            "Brotli": lambda cell: [_encoded(b"\x8b\x05\x80", "br", cell)],
            "gzip that blows up": lambda cell: [
                _encoded(gzip.compress(b'{"a": "' + b"x" * 20_000_000 + b'"}'), "gzip", cell)
            ],
        },
    ),
)

"""A server on loopback that takes in a form of any size and keeps of each part its names, size and hash alone.

Loopback, beside it, keeps whole bodies; this one is for uploads that are to stay out of memory on both sides.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO, Self

STEP = 1 << 18


@dataclass(frozen=True)
class CountedPart:
    """One part of a form: its field, its file's name (None for a text), its size in bytes, its bytes' SHA-256."""

    name: str
    filename: str | None
    size: int
    sha256: str


class Body:
    """A body of a known length, read piece by piece up to marks in it. Raise EOFError when it stops too early."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream = stream
        self._left = length
        self._buffer = b"\r\n"  # so that the first boundary looks like all others

    def until(self, mark: bytes) -> tuple[int, str, bytes]:
        """Reads past the next `mark`; gives size, SHA-256 and the last bytes of what stood before it."""
        seen, size, last = hashlib.sha256(), 0, b""
        while True:
            found = self._buffer.find(mark)
            # What may be the beginning of a mark stays for the next round.
            cut = found if found >= 0 else max(0, len(self._buffer) - len(mark))
            last = self._buffer[:cut]
            seen.update(last)
            size += cut
            if found >= 0:
                self._buffer = self._buffer[found + len(mark) :]
                return size, seen.hexdigest(), last
            self._buffer = self._buffer[cut:] + self._more()

    def is_over(self) -> bool:
        """Whether the boundary that was just passed was the last one."""
        while len(self._buffer) < 2:
            self._buffer += self._more()
        return self._buffer.startswith(b"--")

    def _more(self) -> bytes:
        more = self._stream.read(min(STEP, self._left))
        if not more:
            raise EOFError("the form is not closed")
        self._left -= len(more)
        return more


def read_form(stream: BinaryIO, length: int, boundary: str) -> list[CountedPart]:
    """The parts of a multipart body of `length` bytes, in their order. Raise EOFError for one that is not closed."""
    body, parts, delimiter = Body(stream, length), [], b"\r\n--" + boundary.encode()
    body.until(delimiter)
    while not body.is_over():
        _, _, head = body.until(b"\r\n\r\n")
        headers = BytesHeaderParser().parsebytes(head.removeprefix(b"\r\n") + b"\r\n\r\n")
        name, filename = (headers.get_param(one, header="content-disposition") for one in ("name", "filename"))
        size, sha256, _ = body.until(delimiter)
        parts.append(CountedPart(str(name), None if filename is None else str(filename), size, sha256))
    return parts


class CountingServer:
    """Answers every form with `answer`, JSON; `forms` are the parts of each that came.

    with CountingServer({"data": []}) as server:
        ...
        server.forms[0]
    """

    def __init__(self, answer: Any) -> None:
        self.forms: list[list[CountedPart]] = []
        forms, said = self.forms, json.dumps(answer).encode()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                boundary = self.headers.get_boundary()
                assert boundary, "no multipart boundary"
                forms.append(read_form(self.rfile, int(self.headers["content-length"]), boundary))
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

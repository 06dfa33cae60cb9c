"""A tiny HTTP server on loopback that does exactly what a test tells it, good or bad, and remembers what it
was sent.

    with Loopback() as server:
        server.answer(json_answer({"data": []}))
        ...
        server.requests[0].json()

Answers are used up in order; the last one stays. Each is a list of steps for the wire, so that half bodies,
breaks, pauses and plain nonsense can be sent. Works with any client: our own, the ``openai`` package, a
browser.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any, Literal

_TLS = b"\x16"


@dataclass(frozen=True)
class Part:
    """One part of a multipart form, in the order of the wire."""

    name: str
    filename: str | None
    content_type: str | None
    data: bytes


@dataclass(frozen=True)
class Received:
    """One request as it came over the wire. Header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.split("?", 1)[0]

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> list[Part]:
        """The parts of a multipart body."""
        message = _headers(b"content-type: " + self.headers["content-type"].encode())
        boundary = message.get_boundary()
        assert boundary, "no multipart boundary"
        pieces = (b"\r\n" + self.body).split(b"\r\n--" + boundary.encode())
        assert pieces[0] == b"", "something stands before the first part"
        assert pieces[-1] == b"--\r\n", "the form is not closed"
        return [_part(piece.removeprefix(b"\r\n")) for piece in pieces[1:-1]]


def _part(raw: bytes) -> Part:
    head, _, data = raw.partition(b"\r\n\r\n")
    headers = _headers(head)
    name = headers.get_param("name", header="content-disposition")
    filename = headers.get_param("filename", header="content-disposition")
    return Part(str(name), None if filename is None else str(filename), headers.get("content-type"), data)


def _headers(text: bytes) -> Message:
    return BytesHeaderParser().parsebytes(text + b"\r\n\r\n")


class Break:
    """A step: the connection is closed here, whatever was promised."""


class Reset:
    """A step: the connection is reset here, as by a crash."""


class Hang:
    """A step: nothing more comes until the client leaves or the server stops."""


@dataclass(frozen=True)
class Wait:
    """A step: goes on when the event is set."""

    event: threading.Event


Step = bytes | Break | Reset | Hang | Wait
Answer = list[Step]
Script = Answer | Callable[[Received], Answer]


def plain_answer(
    body: bytes | str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    content_type: str | None = "text/plain",
) -> Answer:
    """A whole answer with a Content-Length, unless the headers name another one."""
    data = body.encode() if isinstance(body, str) else body
    given = {name.lower(): value for name, value in (headers or {}).items()}
    given.setdefault("content-length", str(len(data)))
    if content_type:
        given.setdefault("content-type", content_type)
    return [_head(status, given), data]


def json_answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return plain_answer(json.dumps(value), status=status, headers=headers, content_type="application/json")


def error_answer(
    status: int,
    code: str | None = None,
    *,
    message: str = "no",
    type: str | None = None,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An error in OpenAI's shape."""
    error = {"message": message, "type": type, "param": param, "code": code}
    return json_answer({"error": error}, status=status, headers=headers)


def event(value: Any, name: str | None = None) -> bytes:
    """One server-sent event."""
    data = value if isinstance(value, str) else json.dumps(value)
    return (f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode()


def stream_answer(steps: Iterable[Step], *, headers: Mapping[str, str] | None = None, end: bool = True) -> Answer:
    """A chunked event stream; with ``end=False`` its proper end is missing and the connection breaks off."""
    given = {"content-type": "text/event-stream", "transfer-encoding": "chunked", **(headers or {})}
    chunks: Answer = [b"%x\r\n%s\r\n" % (len(step), step) if isinstance(step, bytes) else step for step in steps]
    return [_head(200, given), *chunks, b"0\r\n\r\n" if end else Break()]


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Said"] + [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass
class Loopback:
    """The server. ``requests`` fills as they come; ``left`` is set when a client closed while being answered.

    Requests' bodies are kept, or with ``body`` read and dropped, or left unread: then the answer comes at once and the
    connection is closed, as servers do that refuse an upload.
    """

    body: Literal["keep", "drop", "leave"] = "keep"
    requests: list[Received] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)
    connections: int = 0

    def __post_init__(self) -> None:
        self._scripts: list[Script] = []
        self._routes: dict[str, list[Script]] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v1"

    def answer(self, *scripts: Script, path: str | None = None) -> None:
        """What to answer, in order, for every path or for one alone; the last stays."""
        if path is None:
            self._scripts = list(scripts)
        else:
            self._routes[path] = list(scripts)

    def __enter__(self) -> Loopback:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(60)

    def _start(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
                self.connections += 1
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as reader:
                # Send each step at once. Else the system holds it until the client has confirmed the step before, and
                # a reset drops what is held.
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if reader.peek(1).startswith(_TLS):  # someone expects https here: refuse as servers do
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")
                    return
                while (received := _read(reader, self.body)) is not None:
                    with self._lock:
                        self.requests.append(received)
                        self.arrived.set()
                        script = self._next(received.path)
                    steps = script(received) if callable(script) else script
                    if not all(self._take(step, connection) for step in steps) or self.body == "leave":
                        return
        except OSError:
            self.left.set()
        finally:
            with self._lock:
                self._open.discard(connection)

    def _next(self, path: str) -> Script:
        scripts = self._routes.get(path, self._scripts)
        if not scripts:
            return plain_answer(f"no script for {path}", status=599)
        return scripts.pop(0) if len(scripts) > 1 else scripts[0]

    def _take(self, step: Step, connection: socket.socket) -> bool:
        """Does one step; False when the connection ends with it."""
        match step:
            case bytes():
                connection.sendall(step)
                return True
            case Wait():
                while not step.event.wait(0.05):
                    if self._stopping.is_set():
                        return False
                return True
            case Reset():
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            case Hang():
                if not connection.recv(1):
                    self.left.set()
                return False
            case Break():
                return False


def _read(reader: Any, body: str) -> Received | None:
    """One request with its body; None when the client has closed."""
    line = reader.readline()
    if not line.strip():
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    lines = []
    while (line := reader.readline()).strip():
        lines.append(line)
    headers = {name.lower(): str(value) for name, value in _headers(b"".join(lines)).items()}
    if headers.get("transfer-encoding") == "chunked":
        return Received(method, target, headers, _read_chunks(reader))
    length = int(headers.get("content-length", 0))
    if body == "drop":
        while length > 0:
            length -= len(reader.read(min(length, 1 << 20))) or length
    return Received(method, target, headers, reader.read(length) if body == "keep" else b"")


def _read_chunks(reader: Any) -> bytes:
    body = b""
    while size := int(reader.readline().split(b";")[0], 16):
        body += reader.read(size)
        reader.readline()
    reader.readline()
    return body

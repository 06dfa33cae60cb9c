"""A batch's file of answers: found line by line, then read as if each answer had come by itself.

A line holds images of several megabytes, and the file hundreds of them. So it stays on the disk: the first look decodes
no image and keeps where each line stands; the second passes one line's images to the reader of all responses.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from components.client.api import Client
from components.client.connections.connection import Connection
from components.client.events import Event, ResponseStarted
from components.client.failures.classify import api_error
from components.client.failures.error_details import read_error
from components.client.reading.body import MAX_JSON_BYTES
from components.client.reading.image_file import ImageFile
from components.client.reading.json_scanner import InvalidJson, JsonScanner, JsonTooLarge
from components.client.wire import History
from components.parameters import Request

STEP = 256 * 1024
# Lines that answer none of our requests: at most this many are read.
MOST_FOREIGN = 1000


@dataclass(frozen=True)
class BatchLine:
    """One answer: whose it is, its HTTP status, its line's offset in the file in bytes, and its error if any."""

    custom_id: str
    status: int
    start: int
    end: int
    request_id: str | None = None
    error: Any = None


class _Unkept(ImageFile):
    """Counts an image's bytes and writes none."""

    def write(self, data: bytes) -> None:
        self.bytes += len(data)


def read_lines(path: Path, wanted: Collection[str]) -> Iterator[BatchLine]:
    """Yield the first line of each of these custom ids; skip lines that cannot be read. Raise OSError."""
    left, foreign = set(wanted), 0
    for start, end, document in _documents(path):
        line = _line(start, end, document)
        if line is not None and line.custom_id in left:
            left.discard(line.custom_id)
            yield line
            continue
        foreign += 1
        if not left or foreign > MOST_FOREIGN:
            return


def _documents(path: Path) -> Iterator[tuple[int, int, Any]]:
    """Yield start, end and JSON of each line that is not blank, without its images; None for one that is not JSON."""
    start = position = 0
    scanner, is_readable = _scanner(), True
    with path.open("rb") as file:
        while chunk := file.read(STEP):
            place = 0
            while place < len(chunk):
                newline = chunk.find(b"\n", place)
                stop = len(chunk) if newline < 0 else newline
                if is_readable:
                    is_readable = _feed(scanner, chunk[place:stop])
                if newline >= 0:
                    yield start, position + stop, _finish(scanner, is_readable)
                    scanner, is_readable, start = _scanner(), True, position + stop + 1
                place = stop + 1
            position += len(chunk)
    if position > start:
        yield start, position, _finish(scanner, is_readable)


def _scanner() -> JsonScanner:
    return JsonScanner(lambda: _Unkept(Path()), limit=MAX_JSON_BYTES)


def _feed(scanner: JsonScanner, data: bytes) -> bool:
    try:
        scanner.feed(data)
    except (InvalidJson, JsonTooLarge):
        return False
    scanner.entries.clear()
    return True


def _finish(scanner: JsonScanner, is_readable: bool) -> Any:
    try:
        return scanner.finish() if is_readable else None
    except (InvalidJson, JsonTooLarge):
        return None


def _line(start: int, end: int, document: Any) -> BatchLine | None:
    if not isinstance(document, Mapping) or not isinstance(document.get("custom_id"), str):
        return None
    response = document.get("response")
    response = response if isinstance(response, Mapping) else {}
    status, request_id, body = (response.get(name) for name in ("status_code", "request_id", "body"))
    error = document.get("error") or (body if type(status) is int and status >= 400 else None)
    if not response and not error:
        error = "The server says nothing of this request."
    return BatchLine(
        document["custom_id"],
        status if type(status) is int and 100 <= status < 600 else 200,
        start,
        end,
        request_id if isinstance(request_id, str) and request_id.isascii() and request_id.isprintable() else None,
        {"error": error} if isinstance(error, str) or (error and error is document.get("error")) else error,
    )


class _Part(httpx.AsyncByteStream):
    """A part of a file as the body of a response."""

    def __init__(self, path: Path, start: int, end: int) -> None:
        self._path, self._start, self._end = path, start, end

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self._path.open("rb") as file:
            file.seek(self._start)
            while data := file.read(min(STEP, self._end - file.tell())):
                yield data


@dataclass(frozen=True)
class BatchAnswer:
    """Stands in for the client in a run whose answer lies in a file already."""

    client: Client
    path: Path
    line: BatchLine

    async def run(
        self, connection: Connection, request: Request, staging: Path, *, history: History = ()
    ) -> AsyncGenerator[Event, None]:
        """Yield the answer's events, as `Client.run` does. Raise ApiError."""
        line = self.line
        if line.error is not None:
            raise api_error(
                read_error(line.error),
                status=line.status if line.status >= 400 else None,
                secrets=connection.secrets,
                request_id=line.request_id,
            )
        yield ResponseStarted(line.request_id, line.status)
        headers = {"content-type": "application/json"} | ({"x-request-id": line.request_id} if line.request_id else {})
        response = httpx.Response(line.status, headers=headers, stream=_Part(self.path, line.start, line.end))
        events = self.client.read_stored(connection, response, request, staging, inside=("response", "body"))
        async with aclosing(events) as read:
            async for event in read:
                yield event

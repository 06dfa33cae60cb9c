"""A response body: its bytes as they arrive, checked for size, with every failure as an ApiError."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from components.client import errors
from components.client.connections.connection import Connection
from components.client.errors import ApiError, Money
from components.client.failures.classify import api_error
from components.client.failures.error_details import read_error
from components.client.failures.gateways import request_id_in
from components.client.failures.network_failure import network_error
from components.client.http.inflate import CorruptBody, UnknownEncoding, inflater
from components.client.http.pool import proxy_for
from components.client.masking import scrub
from components.client.reading.image_file import ImageFile
from components.client.reading.json_scanner import IMAGE_KEYS, InvalidJson, JsonScanner, JsonTooLarge, TruncatedJson
from components.client.reading.sse import EventStream

# Besides images no response needs more: a long text with its annotations has a few hundred kilobytes.
MAX_JSON_BYTES = 16 * 1024 * 1024
# A server need not close a complete stream. More may arrive, and is paid for, so reading ends after this many seconds
# of silence.
IDLE_AFTER_LAST = 10.0
# Errors that no longer matter after the last image or text, unlike an error that the server reports.
ONLY_THE_END_IS_MISSING = (errors.InvalidResponse, errors.ConnectionLost, errors.ResponseTimeout)
_BLANK = b" \t\r\n\xef\xbb\xbf"  # and the UTF-8 byte order mark

T = TypeVar("T")


@dataclass(frozen=True)
class ResponseLimits:
    """What a response may cost: seconds of silence, and bytes."""

    connect_timeout: float
    read_timeout: float
    max_response_bytes: int


class DiskThreads:
    """Threads for work that waits for the disk, so that the event loop keeps reading from the network."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None

    def start(self, function: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Start the function. The future need not be awaited."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="image-client")
        future = asyncio.get_running_loop().run_in_executor(self._threads, function, *args)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return future

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Run the function. When cancelled, wait until the thread has finished, then raise."""
        future = self.start(function, *args)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait({future})
            raise

    def close(self) -> None:
        """Let the threads end. Another start makes new ones."""
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False)


@dataclass(frozen=True)
class ReadContext:
    """What reading a response needs besides the response."""

    worker: DiskThreads
    limits: ResponseLimits
    sleep: Callable[[float], Awaitable[None]]


class ResponseReader:
    """A successful response. ``costly``: its content is paid for."""

    def __init__(
        self, response: httpx.Response, connection: Connection, limits: ResponseLimits, *, costly: bool
    ) -> None:
        self._response = response
        self._limits = limits
        self._costly = costly
        self.connection = connection
        self.status = response.status_code
        request_id = request_id_in(response.headers)
        self.request_id = scrub(request_id, connection.secrets) if request_id else None
        self.content_type = response.headers.get("content-type", "").lower()

    @property
    def endpoint(self) -> tuple[str, int] | None:
        """Return the server's IP address and port; None behind a proxy."""
        if proxy_for(*self.connection.scheme_and_host):
            return None
        stream = self._response.extensions.get("network_stream")
        address = stream.get_extra_info("server_addr") if stream is not None else None
        return (str(address[0]), int(address[1])) if isinstance(address, tuple) else None

    async def aclose(self) -> None:
        """Close the response. The connection returns to the pool only when everything was read."""
        with contextlib.suppress(httpx.TransportError):
            await self._response.aclose()

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield the body as it arrives. Raise ApiError when it breaks off or grows too large."""
        total = 0
        try:
            inflate = inflater(self._response.headers.get("content-encoding", ""))
            async for raw in self._response.aiter_raw():
                for piece in inflate(raw):
                    total += len(piece)
                    if total > self._limits.max_response_bytes:
                        raise self.error(
                            errors.ResponseTooLarge,
                            f"It has more than {self._limits.max_response_bytes} bytes.",
                        )
                    yield piece
        except UnknownEncoding as exc:
            raise self.error(
                errors.InvalidResponse, f"It is compressed as {str(exc)!r}, which was not requested."
            ) from None
        except CorruptBody:
            raise self.error(errors.InvalidResponse, "It cannot be decompressed.") from None
        except httpx.TransportError as exc:
            lost = network_error(
                exc,
                host=self.connection.host,
                sent=True,
                costly=self._costly,
                read_timeout=self._limits.read_timeout,
            )
            lost.request_id = self.request_id
            raise lost from None

    def error(self, kind: type[ApiError], what: str) -> ApiError:
        """Return an error of this response, with its status and request id."""
        money = None if self._costly else Money.NOTHING_SPENT
        return kind(what, money=money, status=self.status, request_id=self.request_id)

    def refused(self, value: Any) -> ApiError:
        """Return the error that the server put into the response."""
        return api_error(
            read_error(value),
            status=None,
            secrets=self.connection.secrets,
            costly=self._costly,
            started=True,
            request_id=self.request_id,
        )

    def unreadable(self, exc: InvalidJson | JsonTooLarge) -> ApiError:
        """Return the error for JSON that cannot be read, of the response or of an event in it."""
        if isinstance(exc, TruncatedJson):
            return self.error(errors.TruncatedResponse, "The server sent only a part of it.")
        if isinstance(exc, JsonTooLarge):
            return self.error(errors.ResponseTooLarge, f"It has more than {MAX_JSON_BYTES >> 20} MB besides images.")
        return self.error(errors.NotJsonResponse, f"It is not the JSON of an API: {exc}.")

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Turn the exceptions of reading into ApiErrors."""
        try:
            yield
        except (InvalidJson, JsonTooLarge) as exc:
            raise self.unreadable(exc) from None
        except OSError as exc:
            raise self.error(errors.NotSaved, f"{exc.strerror or type(exc).__name__}.") from None


BodyParser = JsonScanner | EventStream


async def parse_body(
    answer: ResponseReader,
    new_file: Callable[[], ImageFile] | None,
    on_parser: Callable[[BodyParser], None],
    image_keys: frozenset[bytes] = IMAGE_KEYS,
) -> AsyncGenerator[BodyParser, None]:
    """Feed the response into a JSON scanner or an event stream, whichever fits, and yield that after every piece.

    ``on_parser`` receives it as soon as it is known, so that it can be discarded whatever happens. Decoding stays in
    the event loop: a piece takes half a millisecond, less than handing it to a thread. Raise ApiError.
    """
    parser: BodyParser | None = None
    head = b""
    try:
        async with contextlib.aclosing(answer.pieces()) as pieces:
            async for piece in pieces:
                if parser is None:
                    head = (head + piece).lstrip(_BLANK)
                    if not _is_enough(answer, head):
                        continue
                    parser = _choose(answer, head, new_file, image_keys)
                    on_parser(parser)
                    piece = head
                with answer.explained():
                    parser.feed(piece)
                yield parser
        if parser is None:
            raise _not_json(answer, head)
    except ApiError:
        if parser is not None:
            _close(parser)
        raise
    _close(parser)
    yield parser


def _close(parser: BodyParser) -> None:
    """Make available what was complete before a cut or a failure: it still counts."""
    if isinstance(parser, EventStream):
        parser.close()
    else:
        parser.close_entries()


async def until_idle(
    steps: AsyncGenerator[BodyParser, None],
    *,
    seconds: Callable[[], float | None],
    others: Callable[[], Iterable[asyncio.Future[Any]]] = tuple,
) -> AsyncGenerator[BodyParser | None, None]:
    """Yield the steps until none arrives for `seconds`, and None whenever one of the other futures is done.

    ``seconds`` and ``others`` are called before each wait. None seconds wait without limit.
    """
    upcoming: asyncio.Future[BodyParser | None] | None = None
    try:
        while True:
            limit, waiting = seconds(), list(others())
            if limit is not None or waiting:
                upcoming = upcoming or asyncio.ensure_future(anext(steps, None))
                done, _ = await asyncio.wait([upcoming, *waiting], timeout=limit, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    return
                if not upcoming.done():
                    yield None
                    continue
            parser = await (upcoming or anext(steps, None))
            upcoming = None
            if parser is None:
                return
            yield parser
    finally:
        if upcoming is not None:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)


def _is_enough(answer: ResponseReader, head: bytes) -> bool:
    """Return whether the start of a body is enough to recognize its format."""
    return bool(head) and (_is_stream(answer) or len(head) >= len(b"event:") or head.startswith((b"{", b"[")))


def _choose(
    answer: ResponseReader, head: bytes, new_file: Callable[[], ImageFile] | None, image_keys: frozenset[bytes]
) -> BodyParser:
    """Choose by the body's first bytes: servers send JSON for a stream, and wrong content types."""
    if head.startswith((b"{", b"[")):
        return JsonScanner(new_file, limit=MAX_JSON_BYTES, image_keys=image_keys)
    if head.startswith((b"data:", b"event:", b": ")) or (_is_stream(answer) and not head.startswith(b"<")):
        return EventStream(new_file, limit=MAX_JSON_BYTES, image_keys=image_keys)
    raise _not_json(answer, head)


def _is_stream(answer: ResponseReader) -> bool:
    return "event-stream" in answer.content_type


def _not_json(answer: ResponseReader, head: bytes) -> ApiError:
    host = answer.connection.host
    if not head:
        return answer.error(errors.EmptyResponse, f"{host} sent an empty response.")
    if head.startswith(b"<") or "html" in answer.content_type:
        return answer.error(errors.HtmlResponse, f"{host} sent HTML where JSON was expected.")
    return answer.error(errors.NotJsonResponse, f"{host} sent something other than JSON.")

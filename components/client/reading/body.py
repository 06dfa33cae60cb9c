"""An answer that has begun: its bytes as they come, checked for size, with every failure as an ApiError."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from components.client import errors
from components.client.classify import read_error, refusal
from components.client.connection import Connection
from components.client.errors import ApiError, Money
from components.client.http.inflate import NotCompressed, UnknownEncoding, inflater
from components.client.http.pool import proxy_for
from components.client.masking import scrub
from components.client.network_failure import failure
from components.client.reading.image_file import ImageFile
from components.client.reading.json_scanner import BadJson, CutJson, JsonScanner, TooMuchJson
from components.client.reading.sse import EventStream

# Besides the pictures no answer needs more: a long text with its annotations has a few hundred kilobytes.
MOST_JSON = 16 * 1024 * 1024
# A stream that has brought all that was asked for need not be closed by its server. More may still come, and is
# paid for, so reading goes on until nothing has come for so many seconds.
QUIET_AFTER_LAST = 10.0
_BLANK = b" \t\r\n\xef\xbb\xbf"  # and the mark that some put before UTF-8

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """What an answer may cost: seconds of silence, and bytes."""

    connect_timeout: float
    read_timeout: float
    max_response_bytes: int


class Worker:
    """Threads for what waits for the disk, so that the event loop goes on reading from the network meanwhile."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None

    def start(self, function: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Starts the function; the future need not be awaited."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="image-client")
        future = asyncio.get_running_loop().run_in_executor(self._threads, function, *args)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return future

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Runs the function. When cancelled, it still waits until the thread has let go of its work."""
        future = self.start(function, *args)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait({future})
            raise

    def close(self) -> None:
        """Lets the threads end; another start makes new ones."""
        threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False)


@dataclass(frozen=True)
class ReadContext:
    """What reading an answer needs besides the answer."""

    worker: Worker
    limits: Limits
    sleep: Callable[[float], Awaitable[None]]


class ResponseReader:
    """A response whose status says yes. ``costly``: what it brings is paid for."""

    def __init__(self, response: httpx.Response, connection: Connection, limits: Limits, *, costly: bool) -> None:
        self._response = response
        self._limits = limits
        self._costly = costly
        self.connection = connection
        self.status = response.status_code
        request_id = response.headers.get("x-request-id")
        self.request_id = scrub(request_id, connection.api_key) if request_id else None
        self.content_type = response.headers.get("content-type", "").lower()

    @property
    def endpoint(self) -> tuple[str, int] | None:
        """The IP address and port that the answer comes from; None where a proxy stands between."""
        if proxy_for(*self.connection.scheme_and_host):
            return None
        stream = self._response.extensions.get("network_stream")
        address = stream.get_extra_info("server_addr") if stream is not None else None
        return (str(address[0]), int(address[1])) if isinstance(address, tuple) else None

    async def aclose(self) -> None:
        """Closes the response; the connection goes back to the pool only when everything was read."""
        with contextlib.suppress(httpx.TransportError):
            await self._response.aclose()

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes. Raises ApiError when it stops coming or grows too large."""
        total = 0
        try:
            inflate = inflater(self._response.headers.get("content-encoding", ""))
            async for raw in self._response.aiter_raw():
                for piece in inflate(raw):
                    total += len(piece)
                    if total > self._limits.max_response_bytes:
                        raise self.error(
                            errors.AnswerTooLarge,
                            f"It has more than {self._limits.max_response_bytes} bytes.",
                        )
                    yield piece
        except UnknownEncoding as exc:
            raise self.error(errors.BadAnswer, f"It is compressed as {str(exc)!r}, which was not asked for.") from None
        except NotCompressed:
            raise self.error(errors.BadAnswer, "It is compressed in a way that cannot be undone.") from None
        except httpx.TransportError as exc:
            lost = failure(
                exc,
                host=self.connection.host,
                sent=True,
                costly=self._costly,
                read_timeout=self._limits.read_timeout,
            )
            lost.request_id = self.request_id
            raise lost from None

    def error(self, kind: type[ApiError], what: str) -> ApiError:
        """An error of this answer, with its facts."""
        money = None if self._costly else Money.NOTHING_SPENT
        return kind(what, money=money, status=self.status, request_id=self.request_id)

    def refused(self, value: Any) -> ApiError:
        """The error that the server put into the answer itself."""
        return refusal(
            read_error(value),
            status=None,
            key=self.connection.api_key,
            costly=self._costly,
            started=True,
            request_id=self.request_id,
        )

    def unreadable(self, exc: BadJson | TooMuchJson) -> ApiError:
        """The error for JSON, of the answer or of an event in it, that cannot be read."""
        if isinstance(exc, CutJson):
            return self.error(errors.CutShort, "The server sent only a part of it.")
        if isinstance(exc, TooMuchJson):
            return self.error(errors.AnswerTooLarge, f"It has more than {MOST_JSON >> 20} MB besides images.")
        return self.error(errors.NotJsonAnswer, f"It is not the JSON of an API: {exc}.")

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Turns what reading may raise into ApiErrors."""
        try:
            yield
        except (BadJson, TooMuchJson) as exc:
            raise self.unreadable(exc) from None
        except OSError as exc:
            raise self.error(errors.NotSaved, f"{exc.strerror or type(exc).__name__}.") from None


Intake = JsonScanner | EventStream


async def read_into_intake(
    answer: ResponseReader, new_file: Callable[[], ImageFile] | None, begun: Callable[[Intake], None]
) -> AsyncGenerator[Intake, None]:
    """Feeds the answer into a scanner or an event stream, whichever it is, and yields that after every piece.

    ``begun`` gets it as soon as it is known, so that it can be discarded whatever happens. Decoding goes on in the
    event loop: a piece takes half a millisecond, and handing it to a thread was measured to take longer than that.
    Raises ApiError.
    """
    intake: Intake | None = None
    head = b""
    try:
        async with contextlib.aclosing(answer.pieces()) as pieces:
            async for piece in pieces:
                if intake is None:
                    head = (head + piece).lstrip(_BLANK)
                    if not _is_enough(answer, head):
                        continue
                    intake = _choose(answer, head, new_file)
                    begun(intake)
                    piece = head
                with answer.explained():
                    intake.feed(piece)
                yield intake
        if intake is None:
            raise _not_json(answer, head)
    except ApiError:
        if intake is not None:
            _close(intake)
        raise
    _close(intake)
    yield intake


def _close(intake: Intake) -> None:
    """Makes what came whole before a cut or a failure available: it still counts."""
    if isinstance(intake, EventStream):
        intake.close()
    else:
        intake.close_entries()


async def until_quiet(
    steps: AsyncGenerator[Intake, None],
    *,
    seconds: Callable[[], float | None],
    others: Callable[[], Iterable[asyncio.Future[Any]]] = tuple,
) -> AsyncGenerator[Intake | None, None]:
    """The steps until nothing has come for so many seconds; None whenever one of the other futures is done meanwhile.

    ``seconds`` and ``others`` are asked anew before each wait; seconds of None wait for as long as it takes.
    """
    upcoming: asyncio.Future[Intake | None] | None = None
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
            intake = await (upcoming or anext(steps, None))
            upcoming = None
            if intake is None:
                return
            yield intake
    finally:
        if upcoming is not None:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)


def _is_enough(answer: ResponseReader, head: bytes) -> bool:
    """Whether the beginning of a body is enough to tell what it is."""
    return bool(head) and (_is_stream(answer) or len(head) >= len(b"event:") or head.startswith((b"{", b"[")))


def _choose(answer: ResponseReader, head: bytes, new_file: Callable[[], ImageFile] | None) -> Intake:
    """By how the body begins, since servers answer a stream with JSON and get content types wrong."""
    if head.startswith((b"{", b"[")):
        return JsonScanner(new_file, limit=MOST_JSON)
    if head.startswith((b"data:", b"event:", b": ")) or (_is_stream(answer) and not head.startswith(b"<")):
        return EventStream(new_file, limit=MOST_JSON)
    raise _not_json(answer, head)


def _is_stream(answer: ResponseReader) -> bool:
    return "event-stream" in answer.content_type


def _not_json(answer: ResponseReader, head: bytes) -> ApiError:
    host = answer.connection.host
    if not head:
        return answer.error(errors.EmptyAnswer, f"{host} answered with nothing at all.")
    if head.startswith(b"<") or "html" in answer.content_type:
        return answer.error(errors.HtmlAnswer, f"{host} sent HTML where JSON was expected.")
    return answer.error(errors.NotJsonAnswer, f"{host} sent something else than JSON.")

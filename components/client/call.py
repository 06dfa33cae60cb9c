"""One HTTP call from sending to the start of its response, with the retries that the table allows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from components.client import bodies, wire
from components.client.bodies import InputUnreadable
from components.client.connections.connection import Connection
from components.client.errors import ApiError, ForbiddenServer, InputMissing, InvalidConnection
from components.client.events import Event, RetryDue, Retrying, Sent
from components.client.failures.classify import api_error
from components.client.failures.error_details import ErrorDetails, read_error_body
from components.client.failures.gateways import FailedCall, request_id_in
from components.client.failures.network_failure import network_error
from components.client.http.address_filter import ForbiddenAddress
from components.client.http.inflate import CorruptBody, UnknownEncoding, inflater
from components.client.http.pool import Transport
from components.client.http.retry import retry_after, wait_before_retry
from components.client.reading.body import ResponseLimits, ResponseReader
from components.client.wire import ApiCall

_MOST_ERROR_TEXT = 1024 * 1024  # some servers send the request back inside their error
_LONGEST_ERROR_SECONDS = 30.0
_REASON_LENGTH = 200


@dataclass
class _Progress:
    """How far a request has come, as httpcore's trace hook reports it."""

    sent: asyncio.Event = field(default_factory=asyncio.Event)
    _to_server: bool = False

    async def trace(self, step: str, facts: Mapping[str, Any]) -> None:
        if step.endswith("send_request_body.started"):
            # A proxy gets a CONNECT for the tunnel first; that is not our request.
            self._to_server = facts["request"].method != b"CONNECT"
        elif step.endswith("send_request_body.complete") and self._to_server:
            self.sent.set()


@dataclass(frozen=True)
class HttpCaller:
    """Makes calls over one transport. ``sleep`` waits, ``random`` returns 0 to 1, ``clock`` Unix time."""

    transport: Transport
    limits: ResponseLimits
    sleep: Callable[[float], Awaitable[None]]
    random: Callable[[], float]
    clock: Callable[[], float]

    async def send(self, connection: Connection, call: ApiCall) -> AsyncGenerator[Event | ResponseReader, None]:
        """Yield Sent, Retrying and RetryDue as they happen, then the ResponseReader, which the caller closes.

        Raise ApiError when the call fails for good.
        """
        if connection.problem:
            raise InvalidConnection(f"{connection.problem}.")
        attempt = 0
        while True:
            attempt += 1
            try:
                async with contextlib.aclosing(self._attempt(connection, call)) as steps:
                    async for step in steps:
                        yield step
                return
            except _Failed as failed:
                error, should_retry = failed.error, failed.should_retry
            wait = wait_before_retry(
                error, attempt=attempt, costly=call.costly, should_retry=should_retry, random=self.random
            )
            if wait is None:
                raise error
            yield Retrying(wait, f"{error.title}: {error.what}"[:_REASON_LENGTH])
            await self.sleep(wait)
            yield RetryDue()

    async def _attempt(self, connection: Connection, call: ApiCall) -> AsyncGenerator[Event | ResponseReader, None]:
        progress = _Progress()
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            with self._request(connection, call, progress) as request:
                sending = asyncio.ensure_future(self.transport.handle_async_request(request))
                try:
                    await _first_of(sending, progress.sent)
                    if progress.sent.is_set():
                        yield Sent()
                    response = await sending
                except BaseException:
                    await _stop(sending)
                    raise
            if response.status_code < 300:
                yield ResponseReader(response, connection, self.limits, costly=call.costly)
                return
            try:
                sent_bytes = int(request.headers.get("content-length", 0))
                failed = FailedCall(clock() - started, sent_bytes, call.is_stream)
                raise await self._refused(response, connection, call, failed)
            finally:
                await response.aclose()
        except ForbiddenAddress as exc:
            where = "this machine, a private network or a cloud's metadata service"
            raise _Failed(ForbiddenServer(f"{exc.host} is inside {where}. Nothing was sent.")) from None
        except InputUnreadable as exc:
            raise _Failed(InputMissing(str(exc))) from None
        except OSError as exc:  # network errors come as TransportError, so this is a file
            raise _Failed(InputMissing(f"It cannot be read: {exc.strerror or 'unknown reason'}.")) from None
        except (httpx.TransportError, httpx.InvalidURL, UnicodeError) as exc:
            raise _Failed(
                network_error(
                    exc,
                    host=connection.host,
                    sent=progress.sent.is_set(),
                    costly=call.costly,
                    read_timeout=self.limits.read_timeout,
                )
            ) from None

    @contextlib.contextmanager
    def _request(self, connection: Connection, call: ApiCall, progress: _Progress) -> Iterator[httpx.Request]:
        timeouts = {
            "connect": self.limits.connect_timeout,
            "read": self.limits.read_timeout,
            "write": self.limits.read_timeout,
            "pool": None,
        }
        with contextlib.ExitStack() as stack:
            arguments = stack.enter_context(call.body.opened()) if call.body else {}
            yield bodies.request(
                call.method,
                connection.url(call.path, call.model, call.query),
                wire.headers(connection),
                arguments,
                {"timeout": timeouts, "trace": progress.trace},
            )

    async def _refused(
        self, response: httpx.Response, connection: Connection, call: ApiCall, failed: FailedCall
    ) -> _Failed:
        """Return the error of a response with an error status."""
        body, cut_off, encoding = bytearray(), False, response.headers.get("content-encoding", "")
        first = b""  # in case the body is not compressed after all
        try:
            inflate = inflater(encoding)
            async with asyncio.timeout(min(_LONGEST_ERROR_SECONDS, self.limits.read_timeout)):
                async for raw in response.aiter_raw():
                    first = first or raw
                    for piece in inflate(raw):
                        body += piece
                        if cut_off := len(body) > _MOST_ERROR_TEXT:
                            break
                    if cut_off:
                        break
        except (httpx.TransportError, TimeoutError, CorruptBody):  # what arrived may be enough
            body, cut_off = body or bytearray(first), True
        except UnknownEncoding as exc:
            body[:] = f"The server's reason is compressed as {str(exc)!r}, which was not requested".encode()
        details = read_error_body(bytes(body[:_MOST_ERROR_TEXT]), response.headers.get("content-type", ""))
        if 300 <= response.status_code < 400:
            to = response.headers.get("location")
            details = ErrorDetails(f"It redirects to {to}" if to else "It redirects, but does not say where to")
        error = api_error(
            details,
            status=response.status_code,
            secrets=connection.secrets,
            costly=call.costly,
            cut_off=cut_off,
            request_id=request_id_in(response.headers),
            retry_after=retry_after(response.headers, self.clock()),
            failed=failed,
        )
        return _Failed(error, response.headers.get("x-should-retry"))


class _Failed(Exception):
    """An attempt that failed, with the server's ``x-should-retry``."""

    def __init__(self, error: ApiError, should_retry: str | None = None) -> None:
        super().__init__(error.what)
        self.error = error
        self.should_retry = should_retry


async def _first_of(sending: asyncio.Future[httpx.Response], sent: asyncio.Event) -> None:
    """Wait until the request has left or has ended."""
    waiting = asyncio.ensure_future(sent.wait())
    both: list[asyncio.Future[Any]] = [sending, waiting]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


async def _stop(sending: asyncio.Future[httpx.Response]) -> None:
    """Cancel a request that nobody waits for, which closes its connection."""
    sending.cancel()
    await asyncio.wait([sending])
    if not sending.cancelled() and sending.exception() is None:
        await sending.result().aclose()

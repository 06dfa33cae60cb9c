"""End requests whose body arrives too slowly, so that idle clients cannot hold threads and memory."""

from __future__ import annotations

import asyncio
import logging

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOGGER = logging.getLogger(__package__)

SILENCE_SECONDS = 30.0  # longest pause between two pieces of a body
SLOWEST = 16_384  # bytes per second on average; an upload of 200 MB may take three hours
GRACE_SECONDS = 60.0  # before the average is checked


class _TooSlow(Exception):
    """The body of a request arrives too slowly."""


class BodyDeadline:
    """ASGI middleware that answers 408 when a request's body stops arriving or only trickles."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        silence_seconds: float = SILENCE_SECONDS,
        slowest: float = SLOWEST,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._app = app
        self._silence_seconds = silence_seconds
        self._slowest = slowest
        self._grace_seconds = grace_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, watching its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        too_slow = False
        body = self._body(receive)

        async def watched_receive() -> Message:
            nonlocal too_slow
            try:
                return await body()
            except _TooSlow:
                too_slow = True
                return {"type": "http.disconnect"}

        async def watched_send(message: Message) -> None:
            nonlocal started
            if too_slow:
                return  # the response is 408, whatever the app sends after the disconnect
            started = True
            await send(message)

        try:
            await self._app(scope, watched_receive, watched_send)
        except Exception:
            if not too_slow:
                raise
        if too_slow:
            _LOGGER.warning("Ended a request whose body arrived too slowly")
            if not started:
                answer = PlainTextResponse(
                    "The request arrived too slowly.", status_code=408, headers={"Connection": "close"}
                )
                await answer(scope, receive, send)

    def _body(self, receive: Receive) -> Receive:
        clock = asyncio.get_running_loop().time
        waited = 0.0  # seconds spent waiting; the app's own work does not count
        taken = 0  # bytes
        complete = False

        async def next_message() -> Message:
            nonlocal waited, taken, complete
            if complete:
                return await receive()
            budget = self._grace_seconds + taken / self._slowest - waited
            began = clock()
            try:
                async with asyncio.timeout(max(0.0, min(self._silence_seconds, budget))):
                    message = await receive()
            except TimeoutError:
                raise _TooSlow from None
            waited += clock() - began
            taken += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            return message

        return next_message

"""Ends requests whose body comes too slowly, so that nobody can hold the app's threads and memory with silence."""

from __future__ import annotations

import asyncio
import logging

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOGGER = logging.getLogger(__package__)

SILENCE_SECONDS = 30.0  # between two pieces of a body
SLOWEST = 16_384  # bytes a second, on average; an upload of 200 MB may take three hours
GRACE_SECONDS = 60.0  # before the average counts


class _TooSlow(Exception):
    """The body of a request stopped coming."""


class BodyDeadline:
    """ASGI middleware: answers 408 when a request's body stops coming or only trickles."""

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
                return  # whatever the app makes of the disconnect, the answer is 408
            started = True
            await send(message)

        try:
            await self._app(scope, watched_receive, watched_send)
        except Exception:
            if not too_slow:
                raise
        if too_slow:
            _LOGGER.warning("Ended a request whose body came too slowly")
            if not started:
                answer = PlainTextResponse(
                    "The request came too slowly.", status_code=408, headers={"Connection": "close"}
                )
                await answer(scope, receive, send)

    def _body(self, receive: Receive) -> Receive:
        clock = asyncio.get_running_loop().time
        waited = 0.0  # seconds; what the app needs to work on a piece does not count
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

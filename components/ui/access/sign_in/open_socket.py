"""An open WebSocket, which ends with its login and takes a limited number of messages a minute."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SIGNED_OUT = 1008  # policy violation, RFC 6455, 7.4.1


class MessageRate:
    """Lets `per_minute` messages through at once, then as many in each minute; 0 lets all through."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_minute / 60
        self._most = float(per_minute)
        self._left = self._most
        self._clock = clock
        self._counted = clock()

    def take(self) -> float:
        """Count one message, and return how many seconds it has to wait."""
        if not self._per_second:
            return 0.0
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._counted) * self._per_second) - 1
        self._counted = now
        return max(0.0, -self._left / self._per_second)


async def pass_socket(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, end: asyncio.Event, until: float | None, rate: MessageRate
) -> None:
    """Pass a WebSocket to the app until `end` is set or the time is `until`, in Unix seconds; then close it."""
    over = False
    waiting_end = asyncio.ensure_future(end.wait())
    waiting: asyncio.Task[Message] | None = None

    async def receive_until_end() -> Message:
        nonlocal over, waiting
        if waiting is None:
            waiting = asyncio.ensure_future(_received(receive, rate))
        left = None if until is None else max(0.0, until - time.time())
        done, _ = await asyncio.wait({waiting, waiting_end}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if waiting in done and waiting_end not in done:
            message, waiting = waiting.result(), None
            return message
        if not over:
            over = True
            await send({"type": "websocket.close", "code": SIGNED_OUT, "reason": "The login has ended."})
        return {"type": "websocket.disconnect", "code": SIGNED_OUT}

    async def send_until_end(message: Message) -> None:
        if not over:
            await send(message)

    try:
        await app(scope, receive_until_end, send_until_end)
    finally:
        waiting_end.cancel()
        if waiting is not None:
            waiting.cancel()


async def _received(receive: Receive, rate: MessageRate) -> Message:
    message = await receive()
    if message["type"] == "websocket.receive" and (seconds := rate.take()):
        await asyncio.sleep(seconds)
    return message

"""An open WebSocket, which ends with its login."""

from __future__ import annotations

import asyncio
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SIGNED_OUT = 1008  # policy violation, RFC 6455, 7.4.1


async def pass_socket(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, end: asyncio.Event, until: float
) -> None:
    """Pass a WebSocket to the app until `end` is set or the time is `until`, in Unix seconds; then close it."""
    over = False
    waiting_end = asyncio.ensure_future(end.wait())
    waiting: asyncio.Task[Message] | None = None

    async def receive_until_end() -> Message:
        nonlocal over, waiting
        if waiting is None:
            waiting = asyncio.ensure_future(_received(receive))
        left = max(0.0, until - time.time())
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


async def _received(receive: Receive) -> Message:
    return await receive()

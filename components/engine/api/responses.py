"""Write answers: JSON with any text, and server-sent events that can break off in the middle."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response, StreamingResponse
from starlette.types import Send


class Json(Response):
    """Send a JSON body in ASCII: everything else is escaped."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the content as bytes."""
        return json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")


DONE = b"data: [DONE]\n\n"
CUT = b""  # stands for a connection that breaks; no event is empty


def event(data: dict[str, Any]) -> bytes:
    """Return one event, named by its data's own "type"."""
    return f"event: {data['type']}\n".encode() + chunk(data)


def chunk(data: dict[str, Any]) -> bytes:
    """Return one event without a name, as chat completions send them."""
    return f"data: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


class Events(StreamingResponse):
    """Send a stream of events; CUT among them closes the connection before the end."""

    def __init__(self, events: AsyncIterator[bytes]) -> None:
        headers = {"cache-control": "no-cache", "x-accel-buffering": "no"}
        super().__init__(events, headers=headers, media_type="text/event-stream")

    async def stream_response(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for part in self.body_iterator:
            if part == CUT:
                return
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

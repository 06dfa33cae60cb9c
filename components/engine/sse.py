"""Server-sent events as bytes."""

from __future__ import annotations

import json
from typing import Any

HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}
MEDIA_TYPE = "text/event-stream; charset=utf-8"
DONE = b"data: [DONE]\n\n"


def event(data: dict[str, Any], name: str | None = None) -> bytes:
    """One event; its name is the data's own "type" unless given, and left out where there is none."""
    name = name or data.get("type")
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def chunk(data: dict[str, Any]) -> bytes:
    """One event without a name, as chat completions send them."""
    return f"data: {json.dumps(data, separators=(',', ':'))}\n\n".encode()

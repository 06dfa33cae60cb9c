"""What a run takes its events from: the client, or an answer that is there already."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any, Protocol

from components.client import Connection, Event
from components.parameters import Request


class EventSource(Protocol):
    """Yields the events of a request."""

    def run(
        self, connection: Connection, request: Request, staging: Path, *, history: Sequence[Any] = ()
    ) -> AsyncGenerator[Event, None]:
        """Yield the events; see `Client.run`. Raise ApiError."""

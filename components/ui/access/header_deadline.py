"""Close connections whose request does not arrive: silent ones and half-sent ones.

uvicorn waits for the head of a request without a limit, and Streamlit starts uvicorn. The ASGI lifespan's `receive`
gives access to uvicorn's public configuration; the server reads its protocol class from it after the lifespan has
begun. Under any other server nothing changes.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import OrderedDict
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config
from uvicorn.lifespan.on import LifespanOn

from components.ui.access.socket_peer import STATE_KEY, SocketPeer

_LOGGER = logging.getLogger(__package__)

HEADER_SECONDS = 10.0
MAX_WAITING = 512  # connections without a request head; a new one closes the oldest
_FEWEST_FILES = 1024  # file descriptors to assume when the system reports no limit


class HeaderDeadline(asyncio.Protocol):
    """Mixin for uvicorn's HTTP protocol: limit the time for each request's head, and record the peer."""

    waiting: OrderedDict[HeaderDeadline, asyncio.TimerHandle]
    max_waiting: int
    header_seconds: float

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    app_state: dict[str, Any]
    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    scheme: str
    cycle: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept a connection and start its time limit."""
        super().connection_made(transport)
        _send_at_once(transport)
        peer = SocketPeer(self.client and self.client[0], self.server and self.server[0], self.scheme)
        self.app_state = {**self.app_state, STATE_KEY: peer}
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Handle bytes; stop the time limit when a request is complete, restart it for the next one."""
        super().data_received(data)
        upgraded = self.transport.get_protocol() is not self
        answering = self.cycle is not None and not self.cycle.response_complete
        if upgraded or answering or self.transport.is_closing():
            self._stop_waiting()
        elif self not in self.waiting:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if len(self.waiting) >= self.max_waiting:
            next(iter(self.waiting))._give_up()
        self.waiting[self] = self.loop.call_later(self.header_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        timer = self.waiting.pop(self, None)
        if timer is not None:
            timer.cancel()

    def _give_up(self) -> None:
        self._stop_waiting()
        _LOGGER.warning("Closed a connection whose request did not arrive")
        self.transport.abort()


class HeaderDeadlines:
    """ASGI middleware that configures the time limits in uvicorn when the app starts."""

    def __init__(self, app: ASGIApp, *, header_seconds: float = HEADER_SECONDS, max_waiting: int = MAX_WAITING) -> None:
        self._app = app
        self._header_seconds = header_seconds
        self._max_waiting = max_waiting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; configure the server when the app starts."""
        if scope["type"] == "lifespan":
            server = getattr(receive, "__self__", None)
            if isinstance(server, LifespanOn):
                self._configure(server.config)
            else:
                _LOGGER.warning("This server is not uvicorn: half-sent requests are not timed out")
        await self._app(scope, receive, send)

    def _configure(self, config: Config) -> None:
        files = _file_limit()
        settings = {
            "waiting": OrderedDict(),
            "max_waiting": min(self._max_waiting, files // 4),
            "header_seconds": self._header_seconds,
        }
        config.http_protocol_class = type("DeadlineProtocol", (HeaderDeadline, config.http_protocol_class), settings)
        # asyncio accepts this many connections at once before the oldest waiting ones can be closed.
        config.backlog = min(config.backlog, files // 8)
        # Beyond this limit, answer 503 while the app can still open its own files.
        config.limit_concurrency = config.limit_concurrency or files * 3 // 4


def _send_at_once(transport: asyncio.BaseTransport) -> None:
    """Switch Nagle's algorithm off, as asyncio does for the sockets that it binds itself.

    Streamlit binds the socket, and asyncio does not recognize it as TCP. A response's body then waited up to 40 ms for
    the browser to acknowledge its headers, as did each further message of a rerun.
    """
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _file_limit() -> int:
    """Raise the limit of open files as far as the system allows, and return it."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return _FEWEST_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = 8 * _FEWEST_FILES if hard == unlimited else min(hard, 8 * _FEWEST_FILES)
    if soft not in (unlimited, wanted) and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return wanted if soft == unlimited else soft

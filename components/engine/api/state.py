"""Keep what one running server holds: the threads that draw, and images behind links."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from components.engine.api.errors import RequestError

T = TypeVar("T")


class DrawPool:
    """Hold the threads that draw, the server's pace, and what is closed with it."""

    def __init__(self, pace: float) -> None:
        self.pace = pace
        self.closed_too: list[Callable[[], None]] = []
        self._threads = ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2), thread_name_prefix="engine-draw")

    def begin(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Start work in a thread; the future need not be awaited."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return future

    def close(self) -> None:
        """Stop the threads; drawings that have not begun are dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for close in self.closed_too:
            close()


LIFETIME = 60 * 60  # seconds
MOST = 256  # images kept; the oldest goes first


@dataclass(frozen=True)
class _Kept:
    data: bytes
    content_type: str
    until: float


class Links:
    """Keep images in memory for as long as their links live."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def keep(self, data: bytes, extension: str) -> str:
        """Keep an image and return its path under "/"."""
        name = f"img-{secrets.token_urlsafe(18)}.{extension}"
        self._kept[name] = _Kept(data, f"image/{extension}", self._clock() + LIFETIME)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return f"links/{name}"

    def find(self, name: str) -> Response:
        """Return the image. Raise RequestError (404) once its link is dead."""
        kept = self._kept.get(name)
        if kept is None or kept.until <= self._clock():
            self._kept.pop(name, None)
            raise RequestError(404, "This link is dead. Links to images live for 60 minutes.", code="link_expired")
        return Response(kept.data, media_type=kept.content_type)


async def show(request: Request) -> Response:
    """Serve `GET /links/{name}`."""
    links: Links = request.app.state.links
    return links.find(request.path_params["name"])

"""A run while it goes on: its newest view, its previews, and who waits for news of it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from components.runs.view import RunView


class LiveRun:
    """Holds one run's view. It is changed in the runner's loop and read from any thread or loop."""

    def __init__(self, view: RunView) -> None:
        self.view = view
        self.files: dict[str, Path] = {}
        self.memory: dict[str, bytes] = {}  # pictures that the disk did not take
        self._lock = threading.Lock()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def change(self, **values: Any) -> None:
        """Replace fields of the view and wake those who wait for news."""
        with self._lock:
            self.view = replace(self.view, version=self.view.version + 1, **values)
            waiting = tuple(self._waiting)
        for loop, news in waiting:
            with contextlib.suppress(RuntimeError):  # the loop of one who waited is closed
                loop.call_soon_threadsafe(news.set)

    async def changes(self) -> AsyncIterator[RunView]:
        """The view now and after every change, several at once as one, until nothing more will change."""
        news = asyncio.Event()
        place = (asyncio.get_running_loop(), news)
        with self._lock:
            self._waiting.add(place)
        try:
            seen: RunView | None = None
            while True:
                view = self.view
                if view is not seen:
                    seen = view
                    yield view
                if view.is_final:
                    return
                if self.view is view:
                    await news.wait()
                news.clear()
        finally:
            with self._lock:
                self._waiting.discard(place)

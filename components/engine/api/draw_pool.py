"""Run drawing in threads while the event loop goes on answering."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class DrawPool:
    """Hold the threads that draw, and the server's pace."""

    def __init__(self, pace: float) -> None:
        self.pace = pace
        self._threads = ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2), thread_name_prefix="engine-draw")

    def begin(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Start work in a thread; the future need not be awaited."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return future

    def close(self) -> None:
        """Stop the threads; drawings that have not begun are dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)

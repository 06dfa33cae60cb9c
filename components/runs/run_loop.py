"""The asyncio loop in a background thread that runs, probes and batches share."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from components.runs.outcome import AppStopping

T = TypeVar("T")


class WorkThreads(ThreadPoolExecutor):
    """The threads that a loop does blocking work in. The work of a cancelled task goes on in its thread."""

    def __init__(self) -> None:
        super().__init__(thread_name_prefix="runs")
        self._under_way: set[Future[Any]] = set()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Do work in a thread."""
        future = super().submit(fn, *args, **kwargs)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    def await_all(self, seconds: float) -> None:
        """Wait until all work has ended. Raise TimeoutError."""
        if concurrent.futures.wait(self._under_way.copy(), seconds).not_done:
            raise TimeoutError


class RunLoop:
    """A loop and its thread. All methods are thread-safe."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._work_threads = WorkThreads()
        self._loop.set_default_executor(self._work_threads)
        self._thread = threading.Thread(target=self._work, name="runs", daemon=True)
        self._stopping = threading.Event()
        self._beginning = threading.Lock()  # work starts before the stop or not at all

    def call(self, coroutine: Coroutine[Any, Any, T], timeout: float) -> T:
        """Run a coroutine in the runner's loop and wait for its result.

        Raise AppStopping, TimeoutError, and what the coroutine raises.
        """
        if self._stopping.is_set():
            coroutine.close()
            raise AppStopping
        return self._call(coroutine, timeout)

    def schedule(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Run a coroutine in the runner's loop, and return its future."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def _call(self, coroutine: Coroutine[Any, Any, T], timeout: float) -> T:
        future = self.schedule(coroutine)
        try:
            return future.result(timeout)
        except concurrent.futures.TimeoutError:
            future.cancel()
            raise

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine in the runner's loop until it ends or the app stops. Raise AppStopping."""
        with self._beginning:
            if not self._stopping.is_set():
                asyncio.run_coroutine_threadsafe(coroutine, self._loop)
                return
        coroutine.close()
        raise AppStopping

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

"""A run in progress: its newest view, its previews, and its subscribers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from components.library import Library, LibraryUnavailable
from components.library.remote_cancel import is_running_here
from components.runs.outcome import EndedElsewhere
from components.runs.view import RunView

log = logging.getLogger(__name__)

ASK_AGAIN_SECONDS = 2.0  # before the database is asked again whether a retry may be sent


class LiveRun:
    """Holds one run's view. Changed in the runner's loop, read from any thread or loop."""

    def __init__(self, view: RunView) -> None:
        self.view = view
        self.files: dict[str, Path] = {}
        self.memory: dict[str, bytes] = {}  # images that the disk did not take
        self._lock = threading.Lock()
        self._subscribers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def change(self, **values: Any) -> None:
        """Replace fields of the view and wake the subscribers."""
        with self._lock:
            self.view = replace(self.view, version=self.view.version + 1, **values)
            subscribers = tuple(self._subscribers)
        for loop, changed in subscribers:
            with contextlib.suppress(RuntimeError):  # the subscriber's loop is closed
                loop.call_soon_threadsafe(changed.set)

    def log_begin(self, *, with_prompt: bool) -> None:
        """Log that the run was taken up."""
        view = self.view
        facts = {"operation": view.operation, "model": view.model, "connection": view.connection_id}
        log.info("Run begun", extra={"facts": {**facts, **({"prompt": view.prompt} if with_prompt else {})}})

    def log_end(self) -> None:
        """Log how the run ended."""
        view = self.view
        facts = {
            "state": view.state,
            "seconds": round(view.ended - view.started, 2) if view.ended and view.started else None,
            "images": len(view.images),
            "dollars": None if view.cost is None else float(view.cost),
            "error": (view.error or {}).get("kind"),
        }
        log.info("Run ended", extra={"facts": facts})

    async def changes(self) -> AsyncIterator[RunView]:
        """Yield the view now and after changes (several may come as one) until it is final."""
        changed = asyncio.Event()
        subscriber = (asyncio.get_running_loop(), changed)
        with self._lock:
            self._subscribers.add(subscriber)
        try:
            shown: RunView | None = None
            while True:
                view = self.view
                if view is not shown:
                    shown = view
                    yield view
                if view.is_final:
                    return
                if self.view is view:
                    await changed.wait()
                changed.clear()
        finally:
            with self._lock:
                self._subscribers.discard(subscriber)


async def check_may_send(
    library: Library, run_id: str, in_thread: Callable[[Callable[[], bool]], Awaitable[bool]]
) -> None:
    """Raise EndedElsewhere unless a run is still this process's. Wait while the database cannot be reached."""
    while True:
        with contextlib.suppress(LibraryUnavailable):
            if await in_thread(lambda: is_running_here(library, run_id)):
                return
            raise EndedElsewhere
        await asyncio.sleep(ASK_AGAIN_SECONDS)


def show_end(library: Library, live: LiveRun) -> None:
    """Show how a run ended in another process. Raise LibraryUnavailable."""
    run = library.run(live.view.id)
    if run is None:
        live.change(state="interrupted", waiting=None, retry=None)
    else:
        live.change(state=run.state, error=run.error, ended=run.ended, waiting=None, retry=None)

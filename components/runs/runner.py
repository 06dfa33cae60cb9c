"""Runs from submission to end, in one asyncio loop in a background thread, independent of the browser."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from components.client import Client, Connection
from components.library import Library
from components.library.cluster.notices import OnNotice
from components.library.maintenance.recovery import IN_QUEUE
from components.parameters import Request, estimate
from components.runs.event_source import EventSource
from components.runs.live import LiveRun
from components.runs.outcome import AppStopping, interrupted
from components.runs.peers import FolderPeers, Limiter, Peers, QueuePlace
from components.runs.rate_limiter import NoRateLimiter, RateLimiters
from components.runs.run_clock import new_run_id
from components.runs.run_loop import RunLoop
from components.runs.run_task import RunTask
from components.runs.saving.unsaved import find_unsaved
from components.runs.saving.version_maker import VersionMaker
from components.runs.view import RunView, queued_view, stored_view
from components.settings import Settings
from components.team.fair_queue import fairness_key

log = logging.getLogger(__name__)

# Seconds for the runs to end when the app stops.
STOP_SECONDS = 30.0

# Ended runs to keep in memory, so that subscribers see the end.
MAX_ENDED_RUNS = 200


class Runner(RunLoop):
    """Submits, follows and cancels runs. All methods are thread-safe."""

    def __init__(self, library: Library, client: Client, settings: Settings, peers: Peers | None = None) -> None:
        """`peers` are the other processes; without them, those that use the library's folder."""
        super().__init__()
        self._library = library
        self._client = client
        self._settings = settings
        self._live: dict[str, LiveRun] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._run_tasks: dict[str, RunTask] = {}
        self._peers = peers or FolderPeers(library, settings)
        self._receiving = RateLimiters(settings)  # of answers that are there already
        self._sharing: dict[str, asyncio.Task[None]] = {}
        self._watch: asyncio.Task[None] | None = None
        self._savers = concurrent.futures.ThreadPoolExecutor(2, thread_name_prefix="save")
        self._closed = threading.Event()  # to new runs
        self.versions = VersionMaker(library, self._live, self._tasks)
        # Cancels a run that waits elsewhere, in a batch; returns whether it was one.
        self.cancel_elsewhere: Callable[[str, str], bool] = lambda run_id, by: False

    def start(self) -> None:
        """Start the background thread."""
        self._thread.start()
        self._peers.start()

    def hear(self, callback: OnNotice) -> None:
        """Call back with kind and id of each notice of other processes, in a thread; it must return at once."""
        self._peers.hear(callback)

    @property
    def accepts_runs(self) -> bool:
        """Return whether runs can be submitted."""
        return not self._closed.is_set()

    def drain(self, seconds: float, hurry: threading.Event) -> None:
        """Accept no new runs, interrupt those that were not sent, and let the others go on.

        Return when they have ended, after `seconds`, or once `hurry` is set.
        """
        with self._beginning:
            self._closed.set()
        for run_id, live in tuple(self._live.items()):
            if live.view.state == "queued":
                self._loop.call_soon_threadsafe(self._loop.call_soon, self._stop, run_id, "stopping", "")
        until = time.monotonic() + seconds
        while self._tasks and time.monotonic() < until and not hurry.wait(0.05):
            pass

    def stop(self) -> None:
        """Interrupt the runs in progress, then end the thread. Nothing can be submitted afterwards."""
        with self._beginning:
            was_stopping = self._stopping.is_set()
            self._closed.set()
            self._stopping.set()
        if was_stopping:  # by another thread: wait for it
            if self._thread.is_alive():
                self._thread.join(STOP_SECONDS)
            return
        if not self._thread.is_alive():
            return
        try:
            self._call(self._end_all(), STOP_SECONDS)
            self._work_threads.await_all(STOP_SECONDS)  # they use the library, which is closed next
            is_all_ended = True
        except TimeoutError:
            is_all_ended = False  # a hanging disk must not keep the app from stopping; the next start recovers the run
            log.warning("Runs did not end within %s s; the next start marks them as interrupted.", STOP_SECONDS)
        self._peers.stop()
        self._savers.shutdown(wait=is_all_ended, cancel_futures=not is_all_ended)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        if is_all_ended:
            self._loop.close()

    def submit(
        self,
        connection: Connection,
        request: Request,
        *,
        owner: str = "",
        parent_output: str | None = None,
        history: tuple[tuple[str, str], ...] = (),
        extra: Mapping[str, Any] | None = None,
        run_id: str | None = None,
        is_private: bool = False,
    ) -> str:
        """Store the run, start it, and return its id; `run_id` is an id from `new_run_id` that was written down before.

        Raise LibraryUnavailable when it cannot be stored or the disk has too little space for its images, and
        AppStopping when the app is stopping. Nothing was sent then.
        """
        if self._closed.is_set():
            raise AppStopping
        self._library.require_room(request.n)
        run_id, created = run_id or new_run_id(), time.time()
        place = QueuePlace(fairness_key(owner, extra), created, history)
        enqueue = self._peers.queue_for(run_id, connection, request, place)
        request = self._library.begin_run(
            run_id,
            request,
            connection_id=connection.id,
            connection_name=connection.name,
            owner=owner,
            parent_output=parent_output,
            extra=extra,
            created=created,
            estimate=estimate(request),
            process=IN_QUEUE if enqueue is not None else None,
            is_private=is_private,
            also=enqueue,
        )
        if enqueue is not None:
            self._peers.wake()
            return run_id
        live = LiveRun(queued_view(run_id, request, connection, created, owner, parent_output, extra))
        run_task = RunTask(
            self._library, self._client, self._settings, self._savers, live, connection, request, history
        )
        with self._beginning:
            if not self._closed.is_set():
                self._live[run_id] = live
                self._loop.call_soon_threadsafe(self._begin, run_id, run_task, self._peers.limiters.of(connection))
                return run_id
        self._library.update_run(run_id, state="interrupted", error=interrupted(sent=False), ended=time.time())
        raise AppStopping

    def slot(self, connection: Connection, images: int, owner: str) -> AbstractAsyncContextManager[None]:
        """Return a wait for the connection's limits, as a run of this owner waits for them. In the runner's loop."""
        return self._peers.limiters.of(connection).slot(images, lambda reason: None, owner)

    async def receive(self, run_id: str, connection: Connection, request: Request, answer: EventSource) -> None:
        """Save what came for a stored run, and wait for its end. In the runner's loop. Raise AppStopping."""
        # Nothing is sent, so the server's limits do not hold.
        limiter = self._receiving.of(replace(connection, runs_at_once=1, images_per_minute=0))
        await self._work_on(run_id, connection, request, (), answer, limiter)

    async def work_on(
        self, run_id: str, connection: Connection, request: Request, history: tuple[tuple[str, str], ...]
    ) -> None:
        """Send a stored run that has its slot, and wait for its end. In the runner's loop. Raise AppStopping."""
        if self._closed.is_set():
            raise AppStopping
        await self._work_on(run_id, connection, request, history, self._client, NoRateLimiter())

    async def _work_on(
        self,
        run_id: str,
        connection: Connection,
        request: Request,
        history: tuple[tuple[str, str], ...],
        source: EventSource,
        limiter: Limiter,
    ) -> None:
        view = await asyncio.to_thread(stored_view, self._library, run_id)
        if self._stopping.is_set():
            raise AppStopping
        if view is None or view.has_ended:
            return
        live = self._live[run_id] = LiveRun(view)
        task = RunTask(self._library, source, self._settings, self._savers, live, connection, request, history)
        self._begin(run_id, task, limiter)
        async for view in live.changes():
            if view.has_ended:
                return

    def cancel(self, run_id: str, by: str = "") -> None:
        """Cancel a queued or running run and keep what has arrived. Ignore a run that has ended.

        `by` is the name of the person who cancels it. Runs of another process are cancelled by that process, after a
        moment. Raise LibraryUnavailable when the request cannot reach it.
        """
        if run_id not in self._live:
            if self.cancel_elsewhere(run_id, by):
                return
            self._peers.cancel(run_id, by)
        if run_id not in self._live or self._stopping.is_set():
            return
        # After the task's first step: cancelled before that, it would end without an error.
        self._loop.call_soon_threadsafe(self._loop.call_soon, self._stop, run_id, "cancelled", by)

    def view(self, run_id: str) -> RunView | None:
        """Return a run's current view, or None for an unknown id."""
        live = self._live.get(run_id)
        return live.view if live is not None else self._peers.view(run_id)

    def live_views(self) -> list[RunView]:
        """Return the runs that have not ended, oldest first, including those of other processes."""
        views = [live.view for live in tuple(self._live.values())]
        views += self._peers.views()
        return sorted((view for view in views if not view.has_ended), key=lambda view: view.created)

    async def subscribe(self, run_id: str) -> AsyncIterator[RunView]:
        """Yield the run now and after every change until it has ended, in any event loop."""
        live = self._live.get(run_id)
        if live is None:
            async for view in self._peers.follow(run_id):
                yield view
            return
        async for view in live.changes():
            yield view

    def partial(self, run_id: str, token: str) -> Path | bytes | None:
        """Return a preview while the run is in progress: its file, or its bytes from another process."""
        live = self._live.get(run_id)
        return live.files.get(token) if live is not None else self._peers.partial(run_id, token)

    def unsaved(self, run_id: str, token: str) -> Path | bytes | None:
        """Return the file of an image that could not be saved or opened, or its bytes if it is only in memory."""
        return find_unsaved(self._library, self._live.get(run_id), run_id, token)

    def _begin(self, run_id: str, run_task: RunTask, limiter: Limiter) -> None:
        task = self._loop.create_task(run_task.go(limiter))
        self._tasks[run_id] = task
        self._run_tasks[run_id] = run_task
        task.add_done_callback(lambda _: self._ended(run_id))
        self._sharing[run_id] = self._loop.create_task(self._peers.share(self._live[run_id]))
        self._sharing[run_id].add_done_callback(lambda _: self._sharing.pop(run_id, None))
        if self._watch is None or self._watch.done():
            obeying = self._peers.obey(self._tasks, lambda run_id, by: self._stop(run_id, "cancelled", by))
            self._watch = self._loop.create_task(obeying)

    def _stop(self, run_id: str, why: str, by: str = "") -> None:
        task, run_task = self._tasks.get(run_id), self._run_tasks.get(run_id)
        if task is None or run_task is None or task.cancelling():
            return
        if not run_task.ending or (why == "stopping" and run_task.is_writing_again):
            run_task.stopped_by = by
            task.cancel(why)

    def _ended(self, run_id: str) -> None:
        self._tasks.pop(run_id, None)
        self._run_tasks.pop(run_id, None)
        ended = [key for key, live in tuple(self._live.items()) if live.view.is_final and not live.view.unsaved]
        for key in ended[:-MAX_ENDED_RUNS]:
            del self._live[key]

    async def _end_all(self) -> None:
        await asyncio.sleep(0)  # let those that were just submitted take their first step
        tasks = list(self._tasks.values())
        for run_id in tuple(self._tasks):
            self._stop(run_id, "stopping")
        if self._watch is not None:
            self._watch.cancel()
            tasks.append(self._watch)
        await asyncio.gather(*tasks, return_exceptions=True)
        # Cancel other work in this loop, for example a request for a server's models.
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.aclose()

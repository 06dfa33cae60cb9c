"""The other app servers and workers of a library on PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from functools import partial
from pathlib import Path

from components.client import Connection
from components.library import Library, LibraryUnavailable
from components.library.cluster.cancels import cancel_waiting, request_cancel, take_requests
from components.library.cluster.live import forget_live, live_image, live_view, show_live
from components.library.cluster.notices import CANCEL, CHANGED, Listener, OnNotice, wait_for_notice
from components.library.cluster.queue import put_in_queue, why_waiting
from components.library.remote_cancel import runs_of_other_processes
from components.parameters import Request
from components.runs import outcome
from components.runs.cluster.connection_slots import SharedLimiters
from components.runs.cluster.live_json import live_json, with_live
from components.runs.cluster.tickets import Tickets, prepare_schema
from components.runs.live import LiveRun
from components.runs.peers import MAX_OTHER_RUNS, Enqueue, Limiters, QueuePlace
from components.runs.view import RunView, stored_view
from components.settings import Settings

# Seconds between looks in case a notice was lost.
POLL_SECONDS = 5.0

# Least seconds between two changes of a run that others are shown; longer texts are sent less often.
SHARE_SECONDS = 0.15
SECONDS_PER_LETTER = 1 / 100_000

# Sources of connections that workers have too. A person's own keys are in their session alone.
QUEUED_SOURCES = frozenset({"team", "environment"})


class ClusterPeers:
    """The other processes, by PostgreSQL. Runs by the team's connections go to workers."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self._library = library
        self.limiters: Limiters = SharedLimiters(library, settings)
        self._tickets = Tickets(library)
        self.notices: Listener | None = Listener(library.engine)
        self._listener = self.notices

    def start(self) -> None:
        """Listen for notices, and make sure that tickets can be written. Raise LibraryUnavailable."""
        prepare_schema(self._library)
        self._listener.start()

    def stop(self) -> None:
        """Listen no more."""
        self._listener.stop()
        self._tickets.close()

    def hear(self, callback: OnNotice) -> None:
        """Call back with kind and id of each notice, in the listener's thread; it must return at once."""
        self._listener.add(callback)

    def queue_for(self, run_id: str, connection: Connection, request: Request, place: QueuePlace) -> Enqueue | None:
        """Return what puts a run into the queue, if workers may have its connection; see `Peers.queue_for`."""
        if connection.source not in QUEUED_SOURCES:
            return None
        return partial(
            put_in_queue,
            run_id=run_id,
            connection_id=connection.id,
            server_key=connection.server_key,
            owner=place.whose,
            images=request.n,
            created=place.created,
            history=place.history,
            user=str(request.values.get("user") or ""),
        )

    def wake(self) -> None:
        """Write a ticket."""
        self._tickets.write()

    def cancel(self, run_id: str, by: str) -> None:
        """Cancel a run in the queue, or ask its process to."""
        if not cancel_waiting(self._library, run_id, outcome.cancelled(sent=False, by=by)):
            request_cancel(self._library, run_id, by)

    async def obey(self, running: Collection[str], cancel: Callable[[str, str], None]) -> None:
        """Take the requests of others when a notice comes, until none is running."""
        with self._listener.woken_by((CANCEL, "")) as asked:
            while running:
                asked.clear()
                with contextlib.suppress(LibraryUnavailable):
                    for run_id, by in await asyncio.to_thread(take_requests, self._library, tuple(running)):
                        cancel(run_id, by)
                await wait_for_notice(asked, POLL_SECONDS)

    async def share(self, live: LiveRun) -> None:
        """Show a run's changes to the others; forget them when its row says all."""
        shown: set[str] = set()
        try:
            async for view in live.changes():
                if view.is_final:
                    break
                with contextlib.suppress(LibraryUnavailable):
                    await asyncio.to_thread(self._show, view, live, shown)
                await asyncio.sleep(SHARE_SECONDS + len(view.text) * SECONDS_PER_LETTER)
        finally:
            with contextlib.suppress(LibraryUnavailable):
                await asyncio.shield(asyncio.to_thread(forget_live, self._library, live.view.id))

    def _show(self, view: RunView, live: LiveRun, shown: set[str]) -> None:
        tokens = [one.token for one in view.partials]
        images: dict[str, bytes] = {}
        for token in tokens:
            path = live.files.get(token)
            if token not in shown and isinstance(path, Path):
                with contextlib.suppress(OSError):  # a newer one has replaced it
                    images[token] = path.read_bytes()
        show_live(self._library, view.id, live_json(view), images, tokens)
        shown |= images.keys()

    def view(self, run_id: str) -> RunView | None:
        """Return what is stored of a run, with what its process shows of it."""
        stored = stored_view(self._library, run_id)
        if stored is None or stored.has_ended:
            return stored
        if (found := live_view(self._library, run_id)) is not None:
            return with_live(stored, found)
        if stored.state == "queued" and (reason := why_waiting(self._library, run_id)) is not None:
            return RunView(**{**vars(stored), "waiting": reason})
        return stored

    def views(self) -> list[RunView]:
        """Return the unfinished runs of others, oldest first; none while the library cannot be read."""
        with contextlib.suppress(LibraryUnavailable):
            run_ids = runs_of_other_processes(self._library, MAX_OTHER_RUNS)
            return [view for run_id in run_ids if (view := self.view(run_id)) is not None]
        return []

    async def follow(self, run_id: str) -> AsyncIterator[RunView]:
        """Yield such a run now and after every notice until it has ended."""
        seen: RunView | None = None
        with self._listener.woken_by((CHANGED, run_id)) as changed:
            while True:
                changed.clear()
                view = await asyncio.to_thread(self.view, run_id)
                if view is None:
                    return
                if view != seen:
                    yield view
                if view.has_ended:
                    return
                seen = view
                await wait_for_notice(changed, POLL_SECONDS)

    def partial(self, run_id: str, token: str) -> bytes | None:
        """Return a preview of another process's run."""
        return live_image(self._library, run_id, token)

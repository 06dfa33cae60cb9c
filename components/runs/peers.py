"""The other processes that share the library, and what this one asks of them.

`FolderPeers` know each other by the library's folder on one machine; `cluster.peers` by PostgreSQL on many.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection as Transaction

from components.client import Connection
from components.library import Library, LibraryUnavailable
from components.library.cluster.notices import Listener, OnNotice
from components.library.remote_cancel import request_cancel, runs_of_other_processes, take_cancel_requests
from components.parameters import Request
from components.runs.live import LiveRun
from components.runs.rate_limiter import OnWait, RateLimiters
from components.runs.view import RunView, stored_view
from components.settings import Settings

# Seconds between polls of another process's run, and of its requests to cancel ours.
POLL_SECONDS = 2.0

# The most runs of other processes to list.
MAX_OTHER_RUNS = 100


# Writes in a transaction of the library that a run waits for a worker.
Enqueue = Callable[[Transaction], None]


@dataclass(frozen=True)
class QueuePlace:
    """What a run in the queue waits with: its owner (`fairness_key`), since when, and the questions before it."""

    whose: str
    created: float
    history: tuple[tuple[str, str], ...]


class Limiter(Protocol):
    """Limits one connection."""

    def slot(self, images: int, on_wait: OnWait, owner: str = "") -> AbstractAsyncContextManager[None]:
        """Wait for a slot and hold it. `on_wait` gets a sentence on why and how long, then None."""


class Limiters(Protocol):
    """One limiter for each connection."""

    def of(self, connection: Connection) -> Limiter:
        """Return a connection's limiter."""


class Peers(Protocol):
    """What a Runner asks of the other processes. `notices` come from them, where they send any."""

    limiters: Limiters
    notices: Listener | None

    def start(self) -> None:
        """Begin to listen."""

    def stop(self) -> None:
        """End it."""

    def hear(self, callback: OnNotice) -> None:
        """Call back with kind and id of each notice, in a thread of its own; it must return at once."""

    def queue_for(self, run_id: str, connection: Connection, request: Request, place: QueuePlace) -> Enqueue | None:
        """Return what puts a run into the queue in the transaction that stores it; None if this process sends it."""

    def wake(self) -> None:
        """Tell the workers that a run waits."""

    def cancel(self, run_id: str, by: str) -> None:
        """Ask the process of a run to cancel it. Raise LibraryUnavailable."""

    def obey(self, running: Collection[str], cancel: Callable[[str, str], None]) -> Coroutine[Any, Any, None]:
        """Call `cancel` with run and person for each running run that is to be cancelled, until none is running."""

    def share(self, live: LiveRun) -> Coroutine[Any, Any, None]:
        """Show a run of this process to the others until it ends."""

    def view(self, run_id: str) -> RunView | None:
        """Return a run that is not in progress here."""

    def views(self) -> list[RunView]:
        """Return the unfinished runs of others, oldest first; none while the library cannot be read."""

    def follow(self, run_id: str) -> AsyncIterator[RunView]:
        """Yield such a run now and after every change until it has ended."""

    def partial(self, run_id: str, token: str) -> bytes | None:
        """Return a preview of another process's run."""


class FolderPeers:
    """The other processes of this machine that use the same folder. Each works on the runs that it was given."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self._library = library
        self.limiters: Limiters = RateLimiters(settings)
        self.notices: Listener | None = None

    def start(self) -> None:
        """Do nothing: everything is polled."""

    def stop(self) -> None:
        """Do nothing."""

    def hear(self, callback: OnNotice) -> None:
        """Do nothing: there are no notices."""

    def queue_for(self, run_id: str, connection: Connection, request: Request, place: QueuePlace) -> Enqueue | None:
        """Return None: each process sends its own runs."""
        return None

    def wake(self) -> None:
        """Do nothing."""

    def cancel(self, run_id: str, by: str) -> None:
        """Leave a request to cancel a run."""
        request_cancel(self._library, run_id)

    async def obey(self, running: Collection[str], cancel: Callable[[str, str], None]) -> None:
        """Poll for requests until none is running."""
        while running:
            await asyncio.sleep(POLL_SECONDS)
            try:
                requested = await asyncio.to_thread(take_cancel_requests, self._library, tuple(running))
            except OSError:
                continue  # the folder cannot be read now; the requests stay in it
            for run_id in requested:
                cancel(run_id, "")

    async def share(self, live: LiveRun) -> None:
        """Do nothing: others read what is stored."""

    def view(self, run_id: str) -> RunView | None:
        """Return what is stored of a run."""
        return stored_view(self._library, run_id)

    def views(self) -> list[RunView]:
        """Return what is stored of the unfinished runs of others."""
        with suppress(LibraryUnavailable):
            run_ids = runs_of_other_processes(self._library, MAX_OTHER_RUNS)
            return [view for run_id in run_ids if (view := self.view(run_id)) is not None]
        return []

    async def follow(self, run_id: str) -> AsyncIterator[RunView]:
        """Poll what is stored of a run."""
        seen: RunView | None = None
        while (view := await asyncio.to_thread(self.view, run_id)) is not None:
            if view != seen:
                yield view
            if view.has_ended:
                return
            seen = view
            await asyncio.sleep(POLL_SECONDS)

    def partial(self, run_id: str, token: str) -> bytes | None:
        """Return None: previews are on the disk of the run's process, for its own pages."""
        return None

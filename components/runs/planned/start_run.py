"""Send cells of sheets now, or at their time: planned starts wait in the library, so that a restart forgets none.

Whichever process has the connection of a start that is due claims it, sends those of its cells that still wait, and
forgets it. The key of a person's own connection is only in memory: after a restart such a start waits until that
connection is offered again. Where connections vary, it waits for every one that its cells go to.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

from components.client import Connection
from components.library import Library, LibraryUnavailable
from components.library.cluster.notices import FORGOTTEN, LOST, START
from components.library.records import SheetStart
from components.library.sheets import sheet_starts as store
from components.runs.batches.batch_connections import server_key
from components.runs.batches.batch_run import BatchRunner
from components.runs.batches.batch_wakes import until_stopped
from components.runs.outcome import AppStopping
from components.runs.planned.needed import (
    is_ready,
    missing_connections,
    own_connection,
    unsent_cells,
    varied_connections,
)
from components.runs.runner import Runner
from components.runs.sheets.sheet_run import SheetRunner

log = logging.getLogger(__name__)

INTERNAL_ERROR = (
    "Its cells could not be sent: internal error, see the server's log. Those that wait have cost nothing; the app "
    "tries again every half a minute."
)
LOOK_SECONDS = 30.0  # between two looks at most: a clock may have been set, and another process may have planned


class SheetStarter:
    """Sends cells of sheets, one by one or as a batch, now or at a time. All methods are thread-safe."""

    def __init__(self, library: Library, runner: Runner, sheets: SheetRunner, batches: BatchRunner) -> None:
        self._library = library
        self._runner = runner
        self._sheets = sheets
        self._batches = batches
        self._shared: Callable[[], Iterable[Connection]] = tuple
        self._kept: dict[str, tuple[Connection, ...]] = {}  # by the ids of starts, the one they go by first
        # Starts that this process has claimed and is done with: a sentence on why they wait again, None for sent ones.
        self._unsettled: dict[str, str | None] = {}
        self._lock = threading.Lock()
        self._wake: asyncio.Event | None = None  # None until the loop looks at starts
        runner.hear(self._take_notice)

    def resume(self, shared: Callable[[], Iterable[Connection]]) -> None:
        """Look after planned starts, also those of processes that have died; `shared` need no session."""
        self._shared = shared
        store.take_over_starts(self._library)
        self._look()

    def start(
        self,
        sheet_id: str,
        connection: Connection,
        positions: Sequence[int],
        *,
        connections: Mapping[str, Connection] = MappingProxyType({}),
        owner: str = "",
        user: str = "",
        as_batch: bool = False,
        not_before: float | None = None,
    ) -> None:
        """Send the cells at these positions, not before a time in Unix seconds; None for now.

        For the others see `SheetRunner.start` and `BatchRunner.start`. Raise LibraryUnavailable; nothing was sent then.
        """
        if not_before is None and as_batch:
            self._batches.start(sheet_id, connection, positions, owner=owner, user=user)
            return
        if not_before is None:
            self._sheets.start(sheet_id, connection, positions, connections=connections, owner=owner, user=user)
            return
        planned = store.add_start(
            self._library,
            positions,
            sheet_id=sheet_id,
            connection_id=connection.id,
            base_url=server_key(connection),
            owner=owner,
            user=user,
            as_batch=as_batch,
            not_before=not_before,
        )
        with self._lock:
            self._kept[planned.id] = (connection, *connections.values())
        self._look()

    def start_at_once(self, sheet_id: str) -> None:
        """Do the planned starts of a sheet now. Raise LibraryUnavailable."""
        store.start_at_once(self._library, sheet_id)
        self._look()

    def cancel(self, sheet_id: str) -> None:
        """Forget the planned starts of a sheet: nothing of them is sent. Raise LibraryUnavailable."""
        store.cancel_starts(self._library, sheet_id)
        self._look()

    def offer(self, starts: Iterable[SheetStart], connections: Iterable[Connection]) -> None:
        """Let starts go by these where what they need is not here. Raise LibraryUnavailable."""
        offered = tuple(connections)
        for start in starts:
            needed = (varied_connections(self._library, start) or {}).keys()
            useful = [one for one in offered if one.id in needed or own_connection(start, [one]) is not None]
            if useful and not is_ready(self._library, start, self._connections(start)):
                with self._lock:
                    self._kept[start.id] = (
                        *useful,
                        *self._kept.get(start.id, ()),
                    )  # the newest key of each comes first
        self._look()

    def missing(self, start: SheetStart) -> list[str]:
        """Return the names of the connections that a start waits for at this process. Raise LibraryUnavailable."""
        return missing_connections(self._library, start, self._connections(start))

    def forget(self, connection_id: str) -> None:
        """Forget a connection with its key: starts by it wait until it is offered again."""
        with self._lock:
            for start_id, kept in self._kept.items():
                self._kept[start_id] = tuple(one for one in kept if one.id != connection_id)

    def _take_notice(self, kind: str, key: str) -> None:
        if kind == FORGOTTEN:
            self.forget(key)
        elif kind in {START, LOST}:
            self._look()

    def _connections(self, start: SheetStart) -> tuple[Connection, ...]:
        with self._lock:
            kept = self._kept.get(start.id, ())
        return (*kept, *self._shared())

    def _look(self) -> None:
        with suppress(AppStopping):
            self._runner.spawn(until_stopped(self._wake_up()))

    # In the runner's loop

    async def _wake_up(self) -> None:
        """Let the one task of this process look at the planned starts; the first call becomes that task."""
        if self._wake is not None:
            self._wake.set()
            return
        self._wake = asyncio.Event()
        while True:
            seconds = LOOK_SECONDS
            try:
                seconds = min(seconds, await asyncio.to_thread(self._start_due))
            except AppStopping:
                raise
            except Exception:
                log.exception("Could not look after planned starts")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)
            self._wake.clear()

    def _start_due(self) -> float:
        """Do what is due; return the seconds until the next start is."""
        self._settle()
        with self._lock:
            kept = set(self._kept)  # before the look: whatever is kept from here on may not be in what it finds
        planned, now = store.planned_starts(self._library), time.time()
        with self._lock:
            for start_id in kept - {one.id for one in planned}:
                self._kept.pop(start_id, None)
        for start in planned:
            if start.not_before <= now:
                self._try_start(start, now)
        return min((one.not_before - now for one in planned if one.not_before > now), default=LOOK_SECONDS)

    def _try_start(self, start: SheetStart, now: float) -> None:
        here = self._connections(start)
        if not is_ready(self._library, start, here):
            return
        self._unsettled[start.id] = ""  # before the claim: of one that ends in an error, nobody knows whether it holds
        if not store.claim_start(self._library, start.id, now):
            del self._unsettled[start.id]
            return
        try:
            self._send(start, here)
            self._unsettled[start.id] = None
        except AppStopping:
            raise
        except LibraryUnavailable as problem:
            log.warning("Could not start sheet %s at its time", start.sheet_id, exc_info=True)
            self._unsettled[start.id] = str(problem)
        except Exception:
            log.exception("Could not start sheet %s at its time", start.sheet_id)
            self._unsettled[start.id] = INTERNAL_ERROR
        finally:
            self._settle()

    def _send(self, start: SheetStart, here: Sequence[Connection]) -> None:
        if left := unsent_cells(self._library, start):
            self.start(
                start.sheet_id,
                own_connection(start, here) or here[0],  # where connections vary, no cell goes by it
                [one.position for one in left],
                connections={one.id: one for one in reversed(here)},
                owner=start.owner,
                user=start.user,
                as_batch=start.as_batch,
            )

    def _settle(self) -> None:
        """Forget the starts that were sent, and let the others wait again; after an error, the next look does it."""
        for start_id, problem in tuple(self._unsettled.items()):
            if problem is None:
                store.end_start(self._library, start_id)
            else:
                store.release_start(self._library, start_id, problem)
            del self._unsettled[start_id]

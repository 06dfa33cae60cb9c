"""The limits of connections that all processes keep together, for what this process sends itself."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from components.client import Connection
from components.library import Library, LibraryUnavailable
from components.library.cluster.pacing import ConnectionLimits, NoRoom, end_slot, try_slot
from components.library.errors import explained
from components.runs.peers import Limiter
from components.runs.rate_limiter import OnWait, RateLimiters
from components.settings import Settings

# Seconds between tries to take a slot, and to give one back while the database cannot be reached.
TRY_SECONDS = 1.0
AGAIN_SECONDS = 2.0

ALL_TAKEN = "Waiting: this connection works on as many runs at once as it may, at all servers and workers together."

MINUTE_FULL = "Waiting: this connection has started as many images this minute as it may. There is room again"


class SharedLimiters:
    """One limiter for each connection; that of the built-in engine belongs to this process, as the engine does."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self._library = library
        self._settings = settings
        self._local = RateLimiters(settings)

    def of(self, connection: Connection) -> Limiter:
        """Return a connection's limiter."""
        local = self._local.of(connection)
        if connection.source == "built-in":
            return local
        return SharedLimiter(self._library, connection.id, limits_of(connection, self._settings), local)


def limits_of(connection: Connection, settings: Settings) -> ConnectionLimits:
    """Return a connection's limits, or those of the settings."""
    at_once, per_minute = connection.runs_at_once, connection.images_per_minute
    return ConnectionLimits(
        max(1, settings.runs_at_once if at_once is None else at_once),
        max(0, settings.images_per_minute if per_minute is None else per_minute),
    )


class SharedLimiter:
    """Limits one connection. This process's own runs stand in line at `local` first, which keeps their order."""

    def __init__(self, library: Library, connection_id: str, limits: ConnectionLimits, local: Limiter) -> None:
        self._library = library
        self._connection_id = connection_id
        self._limits = limits
        self._local = local

    @asynccontextmanager
    async def slot(self, images: int, on_wait: OnWait, owner: str = "") -> AsyncIterator[None]:
        """Wait for a slot and hold it; see `RateLimiter.slot`. Raise LibraryUnavailable."""
        async with self._local.slot(images, on_wait, owner):
            slot = await self._take(images, on_wait, owner)
            on_wait(None)
            try:
                yield
            finally:
                give_back(self._library, slot)

    async def _take(self, images: int, on_wait: OnWait, owner: str) -> int:
        while True:
            trying = asyncio.ensure_future(asyncio.to_thread(self._try, images, owner))
            try:
                found = await asyncio.shield(trying)
            except asyncio.CancelledError:
                trying.add_done_callback(self._undo)  # the thread may have taken it meanwhile
                raise
            if isinstance(found, int):
                return found
            on_wait(ALL_TAKEN if found.seconds is None else f"{MINUTE_FULL} in about {math.ceil(found.seconds)} s.")
            await asyncio.sleep(TRY_SECONDS)

    def _try(self, images: int, owner: str) -> int | NoRoom:
        library = self._library
        with explained(library.folder):
            process = library.process_lock.process
            return try_slot(library.engine, self._connection_id, self._limits, process, owner, images)

    def _undo(self, trying: asyncio.Future[int | NoRoom]) -> None:
        if trying.exception() is None and isinstance(slot := trying.result(), int):
            give_back(self._library, slot)


_giving: set[asyncio.Task[None]] = set()


def give_back(library: Library, slot: int) -> None:
    """End a slot, however long the database cannot be reached; a slot of a dead process ends with it."""
    task = asyncio.get_running_loop().create_task(_give_back(library, slot))
    _giving.add(task)
    task.add_done_callback(_giving.discard)


async def _give_back(library: Library, slot: int) -> None:
    def end() -> None:
        with explained(library.folder):
            end_slot(library.engine, slot)

    while True:
        try:
            return await asyncio.to_thread(end)
        except LibraryUnavailable:
            await asyncio.sleep(AGAIN_SECONDS)

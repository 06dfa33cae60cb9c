"""When a run may start: so many at once for a connection, so many images a minute."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

MINUTE = 60.0

# The seconds that are left are told so often.
TICK = 1.0


class Pace:
    """One connection's turn-taking. `runs_at_once` and `images_per_minute` are limits; 0 images means none."""

    def __init__(
        self,
        runs_at_once: int,
        images_per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._turns = asyncio.Semaphore(max(1, runs_at_once))
        self._at_once = max(1, runs_at_once)
        self._per_minute = images_per_minute
        self._clock = clock
        self._started: deque[float] = deque()
        self._order = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, images: int, tell: Callable[[str | None], None]) -> AsyncIterator[None]:
        """Wait for a turn, telling why, and hold it. `tell` gets a sentence while waiting, None at the end."""
        if self._turns.locked():
            tell(f"Waiting: this connection works on {self._at_once} runs at once, and all are taken.")
        async with self._turns:
            if self._per_minute:
                await self._wait_for_the_minute(images, tell)
            tell(None)
            yield

    async def _wait_for_the_minute(self, images: int, tell: Callable[[str | None], None]) -> None:
        # A run that asks for more than a minute holds starts when the minute is empty, or it would never start.
        wanted = min(max(1, images), self._per_minute)
        limit = f"this connection may start {self._per_minute} images a minute"
        if self._order.locked():
            tell(f"Waiting behind another run: {limit}.")
        async with self._order:
            while (wait := self._seconds_until_free(wanted)) > 0:
                tell(f"Waiting about {math.ceil(wait)} s: {limit}.")
                await asyncio.sleep(min(wait, TICK))
            self._started.extend([self._clock()] * wanted)

    def _seconds_until_free(self, wanted: int) -> float:
        now = self._clock()
        while self._started and now - self._started[0] >= MINUTE:
            self._started.popleft()
        excess = len(self._started) + wanted - self._per_minute
        return 0.0 if excess <= 0 else MINUTE - (now - self._started[excess - 1])

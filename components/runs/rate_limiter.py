"""When a run may start: so many at once for a connection, so many images a minute."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

MINUTE = 60.0

# The seconds that are left are told so often.
TICK = 1.0

# Above so many seconds a wait is told in minutes.
LONG = 99

Tell = Callable[[str | None], None]


@dataclass(eq=False)
class _Waiting:
    """A run that has not begun: how many of a minute's images it takes, and whom to tell why it waits."""

    images: int
    tell: Tell
    told: str | None = None

    def say(self, why: str) -> None:
        """Tell it unless it was told just so."""
        if why != self.told:
            self.told = why
            self.tell(why)


class RateLimiter:
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
        self._line: list[_Waiting] = []  # in the order in which they came, which is that of their turns
        self._begun = 0

    @asynccontextmanager
    async def turn(self, images: int, tell: Tell) -> AsyncIterator[None]:
        """Wait for a turn and hold it. `tell` gets a sentence on why and how long while waiting, None at the end."""
        # A run that asks for more than a minute holds starts when the minute is empty, or it would never start.
        waiting = _Waiting(min(max(1, images), self._per_minute), tell)
        self._line.append(waiting)
        try:
            self._tell_all()
            async with self._turns:
                if self._per_minute:
                    await self._wait_for_the_minute(waiting.images)
                self._leave(waiting)
                self._begun += 1
                try:
                    tell(None)
                    self._tell_all()
                    yield
                finally:
                    self._begun -= 1
        finally:
            self._leave(waiting)
            self._tell_all()

    def _leave(self, waiting: _Waiting) -> None:
        if waiting in self._line:
            self._line.remove(waiting)

    async def _wait_for_the_minute(self, wanted: int) -> None:
        async with self._order:
            while (wait := self._seconds_until_free(wanted)) > 0:
                self._tell_all()
                await asyncio.sleep(min(wait, TICK))
            self._started.extend([self._clock()] * wanted)

    def _seconds_until_free(self, wanted: int) -> float:
        now = self._clock()
        while self._started and now - self._started[0] >= MINUTE:
            self._started.popleft()
        excess = len(self._started) + wanted - self._per_minute
        return 0.0 if excess <= 0 else MINUTE - (now - self._started[excess - 1])

    def _tell_all(self) -> None:
        """Tell everyone in the line why they wait; the one that may begin at once is told nothing."""
        for place, (waiting, seconds) in enumerate(zip(self._line, self._waits(), strict=True)):
            behind = "" if not place else " behind 1 run" if place == 1 else f" behind {place} runs"
            if seconds > 0 and self._begun < self._at_once:
                limit = "1 image" if self._per_minute == 1 else f"{self._per_minute} images"
                waiting.say(f"Waiting about {_rounded(seconds)}{behind}: this connection may start {limit} a minute.")
            elif self._begun + place >= self._at_once:
                waiting.say(f"Waiting{behind}: {self._busy()}.")

    def _busy(self) -> str:
        if self._at_once == 1:
            return "this connection works on one run at a time"
        return f"this connection works on {self._at_once} runs at once, and all are taken"

    def _waits(self) -> Iterator[float]:
        """For each in the line, after how many seconds the minute has room for it, if others end by then."""
        now = at = self._clock()
        taken = deque(self._started)
        for waiting in self._line:
            if self._per_minute:
                while taken and at - taken[0] >= MINUTE:
                    taken.popleft()
                excess = len(taken) + waiting.images - self._per_minute
                if excess > 0:
                    at = taken[excess - 1] + MINUTE
                taken.extend([at] * waiting.images)
            yield at - now


def _rounded(seconds: float) -> str:
    return f"{math.ceil(seconds)} s" if seconds <= LONG else f"{math.ceil(seconds / MINUTE)} min"

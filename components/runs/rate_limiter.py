"""When a run may start: limits on runs at once and on images a minute, for each connection, shared fairly by owners."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from components.client import Connection
from components.settings import Settings
from components.team.fair_queue import fair_order

MINUTE = 60.0

# Seconds between updates of the remaining time.
TICK = 1.0

# Above this many seconds, waits are shown in minutes.
LONG = 99

OnWait = Callable[[str | None], None]


@dataclass(eq=False)
class _WaitingRun:
    """A run that has not started: its share of a minute's images, and the callback for its reason to wait.

    `woken` is set when it may have become the next one.
    """

    images: int
    on_wait: OnWait
    owner: str
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    reported: str | None = None

    def report(self, reason: str) -> None:
        """Report the reason, unless it is unchanged."""
        if reason != self.reported:
            self.reported = reason
            self.on_wait(reason)


class RateLimiter:
    """Limits one connection: `runs_at_once`, and `images_per_minute` (0 for no limit).

    Owners are served in rotation, so that many runs of one person do not make the next wait for all of them.
    """

    def __init__(
        self,
        runs_at_once: int,
        images_per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once = max(1, runs_at_once)
        self._per_minute = images_per_minute
        self._clock = clock
        self._started: deque[float] = deque()
        self._arrived: list[_WaitingRun] = []  # in order of arrival
        self._queue: list[_WaitingRun] = []  # in the order in which they start
        self._last_served: dict[str, int] = {}
        self._running = 0

    @asynccontextmanager
    async def slot(self, images: int, on_wait: OnWait, owner: str = "") -> AsyncIterator[None]:
        """Wait for a slot and hold it. `on_wait` gets a sentence on why and how long, then None."""
        # A run with more images than the limit starts when the minute is empty, or it would never start.
        waiting = _WaitingRun(min(max(1, images), self._per_minute), on_wait, owner)
        self._arrived.append(waiting)
        self._changed()
        try:
            await self._is_next(waiting)
        except BaseException:
            self._arrived.remove(waiting)
            self._changed()
            raise
        self._arrived.remove(waiting)
        self._last_served[owner] = max(self._last_served.values(), default=0) + 1
        self._running += 1
        try:
            on_wait(None)
            self._changed()
            yield
        finally:
            self._running -= 1
            self._changed()

    def _changed(self) -> None:
        """Reorder the queue, wake the next one, and report to all why they wait."""
        if not self._arrived and not self._running:
            self._last_served.clear()  # or it would grow without end
        self._queue = fair_order(((one.owner, one) for one in self._arrived), self._last_served)
        if self._queue:
            self._queue[0].woken.set()
        self._report_all()

    async def _is_next(self, waiting: _WaitingRun) -> None:
        """Return when a run may start: it is the next, and the limits have room for it."""
        while True:
            if self._queue[0] is not waiting or self._running >= self._at_once:
                waiting.woken.clear()
                await waiting.woken.wait()
            elif self._per_minute and (wait := self._seconds_until_free(waiting.images)) > 0:
                self._report_all()
                await asyncio.sleep(min(wait, TICK))
            else:
                break
        if self._per_minute:
            self._started.extend([self._clock()] * waiting.images)

    def _seconds_until_free(self, wanted: int) -> float:
        now = self._clock()
        while self._started and now - self._started[0] >= MINUTE:
            self._started.popleft()
        excess = len(self._started) + wanted - self._per_minute
        return 0.0 if excess <= 0 else MINUTE - (now - self._started[excess - 1])

    def _report_all(self) -> None:
        """Report to all waiting runs why they wait, except to one that may start at once."""
        for place, (waiting, seconds) in enumerate(zip(self._queue, self._waits(), strict=True)):
            behind = "" if not place else " behind 1 run" if place == 1 else f" behind {place} runs"
            if seconds > 0 and self._running < self._at_once:
                limit = "1 image" if self._per_minute == 1 else f"{self._per_minute} images"
                waiting.report(
                    f"Waiting about {_rounded(seconds)}{behind}: this connection may start {limit} a minute."
                )
            elif self._running + place >= self._at_once:
                waiting.report(f"Waiting{behind}: {self._busy()}.")

    def _busy(self) -> str:
        if self._at_once == 1:
            return "this connection works on one run at a time"
        return f"this connection works on {self._at_once} runs at once, and all are taken"

    def _waits(self) -> Iterator[float]:
        """Yield for each waiting run the seconds until the minute has room for it, if others end by then."""
        now = at = self._clock()
        taken = deque(self._started)
        for waiting in self._queue:
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


class NoRateLimiter:
    """Lets everything start: what has its slot already."""

    @asynccontextmanager
    async def slot(self, images: int, on_wait: OnWait, owner: str = "") -> AsyncIterator[None]:
        """Do not wait."""
        yield


class RateLimiters:
    """One rate limiter for each connection; a new one after its limits change."""

    def __init__(self, settings: Settings) -> None:
        """`settings` hold for connections without limits of their own."""
        self._settings = settings
        self._found: dict[tuple[str, int, int], RateLimiter] = {}

    def of(self, connection: Connection) -> RateLimiter:
        """Return a connection's rate limiter."""
        at_once, per_minute = connection.runs_at_once, connection.images_per_minute
        at_once = self._settings.runs_at_once if at_once is None else at_once
        per_minute = self._settings.images_per_minute if per_minute is None else per_minute
        key = (connection.id, at_once, max(0, per_minute))
        if key not in self._found:
            self._found[key] = RateLimiter(*key[1:])
        return self._found[key]

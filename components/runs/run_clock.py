"""The time of one run, whose duration does not change with a clock that is moved meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable


class RunClock:
    """Times in unix seconds; from the start on they follow the monotonic clock."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._started: tuple[float, float] | None = None

    def start(self) -> float:
        """Begin to measure; the time now."""
        self._started = self._wall(), self._steady()
        return self._started[0]

    def now(self) -> float:
        """The start plus what has passed since; the wall clock's time before the start."""
        if self._started is None:
            return self._wall()
        return self._started[0] + self._steady() - self._started[1]

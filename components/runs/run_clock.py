"""A run's clock, whose durations do not change when the system clock is set, and its id, which begins with the time."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable


def new_run_id() -> str:
    """Return an id that sorts by time and is safe in a URL."""
    return f"{int(time.time() * 1000):011x}{secrets.token_hex(5)}"


class RunClock:
    """Times in Unix seconds; from the start on they follow the monotonic clock."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._started: tuple[float, float] | None = None

    def start(self) -> float:
        """Start measuring, and return the time."""
        self._started = self._wall(), self._steady()
        return self._started[0]

    def now(self) -> float:
        """Return the start plus the elapsed time, or the wall clock's time before the start."""
        if self._started is None:
            return self._wall()
        return self._started[0] + self._steady() - self._started[1]

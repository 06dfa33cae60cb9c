"""Make drawing take a realistic time. Real drawing takes a fraction of a second at every quality; so that a person
sees progress, and that quality costs time as it does elsewhere, answers wait for the rest of a small table.

The whole is multiplied by the server's `pace`: 1 as the table says, 0 no waiting at all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

SECONDS: Mapping[str, float] = {
    "low": 0.2,
    "standard": 0.4,
    "medium": 0.6,
    "hd": 1.2,
    "high": 1.5,
    "xhigh": 2.0,
    "max": 2.6,
}
CAREFUL = 1.4  # what the time of models that are called careful is multiplied by
MORE_IMAGES = 0.25  # each further image of one request adds this share


class Pace:
    """Time one request: `reach(0.5)` returns when half of its time is over, at once if it is already."""

    def __init__(self, pace: float, quality: str, n: int, *, careful: bool = False) -> None:
        alone = SECONDS.get(quality, SECONDS["medium"]) * (CAREFUL if careful else 1.0)
        self._seconds = pace * alone * (1 + MORE_IMAGES * (n - 1))
        self._started = time.monotonic()

    async def reach(self, share: float) -> None:
        """Wait until `share`, 0 to 1, of the whole time is over."""
        left = self._started + self._seconds * share - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)

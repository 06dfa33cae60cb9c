"""Whose requests are passed on now, and whose wait: one person never takes all places."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# Requests that are passed on at a time, of one person and of all. Others wait for a slot.
AT_ONCE_EACH, AT_ONCE = 8, 200
# Requests that are passed on or wait, of one person and of all. Others are refused.
MOST_EACH, MOST = 200, 1000


class RelaySlots:
    """The slots of one server, in its loop."""

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(AT_ONCE)
        self._each: dict[str, asyncio.Semaphore] = {}
        self._count: Counter[str] = Counter()

    def is_full(self, whose: str) -> bool:
        """Return whether no further request of this person is taken now."""
        return self._count[whose] >= MOST_EACH or self._count.total() >= MOST

    @asynccontextmanager
    async def slot(self, whose: str) -> AsyncIterator[None]:
        """Wait until a request of this person may be passed on; it counts until the end of the block."""
        mine = self._each.setdefault(whose, asyncio.Semaphore(AT_ONCE_EACH))
        self._count[whose] += 1
        try:
            async with mine, self._all:
                yield
        finally:
            self._count[whose] -= 1
            if not self._count[whose]:
                del self._count[whose], self._each[whose]

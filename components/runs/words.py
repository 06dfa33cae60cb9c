"""An answer in words while it comes: told often, written down now and then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

# Words reach the browser at most so often, in seconds.
TOLD_EVERY = 0.05

# They are written down so often, so that a crash does not lose all of a long answer.
KEPT_EVERY = 3.0


class Words:
    """The text so far. `tell` shows it, `keep` writes it down; the end writes it down anyway."""

    def __init__(self, tell: Callable[[str], None], keep: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        self._tell = tell
        self._keep = keep
        self._pieces: list[str] = []
        self._told = 0.0
        self._kept = time.monotonic()
        self._keeping: asyncio.Task[None] | None = None

    def __str__(self) -> str:
        return "".join(self._pieces)

    def add(self, piece: str) -> None:
        """The next piece has come."""
        self._pieces.append(piece)
        now = time.monotonic()
        if now - self._told >= TOLD_EVERY:
            self._told = now
            self._tell(str(self))
        if now - self._kept >= KEPT_EVERY and (self._keeping is None or self._keeping.done()):
            self._kept = now
            self._keeping = asyncio.create_task(self._keep(str(self)))

    def finish(self, whole: str) -> None:
        """The whole text has come."""
        self._pieces = [whole]
        self._tell(whole)

"""An answer in words while it comes: told often, written down now and then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

# Words reach the browser at most so often, in seconds.
TOLD_EVERY = 0.05

# They are written down at the latest so many seconds after they came, so that a crash loses no more of an answer.
KEPT_AFTER = 0.5


class TextStream:
    """The text so far. `tell` shows it, `keep` writes it down; the end writes it down anyway."""

    def __init__(self, tell: Callable[[str], None], keep: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        self._tell = tell
        self._keep = keep
        self._pieces: list[str] = []
        self._told = 0.0
        self._keeping: asyncio.Task[None] | None = None
        self._unkept = False
        self._later: asyncio.TimerHandle | None = None

    def __str__(self) -> str:
        return "".join(self._pieces)

    def add(self, piece: str) -> None:
        """The next piece has come. It is told and written down soon, also when nothing comes after it for long."""
        self._pieces.append(piece)
        now = time.monotonic()
        if (wait := self._told + TOLD_EVERY - now) <= 0:
            self._tell_all()
        elif self._later is None:
            self._later = asyncio.get_running_loop().call_later(wait, self._tell_all)
        self._unkept = True
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep_soon())

    async def _keep_soon(self) -> None:
        while self._unkept:
            await asyncio.sleep(KEPT_AFTER)
            self._unkept = False
            await self._keep(str(self))

    def finish(self, whole: str) -> None:
        """The whole text has come."""
        self.stop()
        self._pieces = [whole]
        self._tell(whole)

    def stop(self) -> None:
        """Nothing more is told or written down by itself: whoever ends the run does both with the whole."""
        self._no_later()
        if self._keeping is not None:
            # If its turn has not come yet, it would write these words over the end.
            self._keeping.cancel()

    def _no_later(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None

    def _tell_all(self) -> None:
        self._no_later()
        self._told = time.monotonic()
        self._tell(str(self))

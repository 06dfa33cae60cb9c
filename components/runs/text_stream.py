"""A streamed text: shown often, saved now and then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

# Minimum seconds between updates in the browser.
UPDATE_INTERVAL = 0.05

# Maximum seconds before text is saved, so that a crash loses no more.
SAVE_DELAY = 0.5


class TextStream:
    """The text so far. `show` displays it, `save` stores it; the end of the run does both in any case."""

    def __init__(self, show: Callable[[str], None], save: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        self._show = show
        self._save = save
        self._pieces: list[str] = []
        self._shown_at = 0.0
        self._saving: asyncio.Task[None] | None = None
        self._is_unsaved = False
        self._timer: asyncio.TimerHandle | None = None

    def __str__(self) -> str:
        return "".join(self._pieces)

    def add(self, piece: str) -> None:
        """Append a piece. It is shown and saved soon, even if nothing follows."""
        self._pieces.append(piece)
        now = time.monotonic()
        if (wait := self._shown_at + UPDATE_INTERVAL - now) <= 0:
            self._show_all()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(wait, self._show_all)
        self._is_unsaved = True
        if self._saving is None or self._saving.done():
            self._saving = asyncio.create_task(self._save_soon())

    async def _save_soon(self) -> None:
        while self._is_unsaved:
            await asyncio.sleep(SAVE_DELAY)
            self._is_unsaved = False
            await self._save(str(self))

    def finish(self, text: str) -> None:
        """Replace the pieces by the complete text."""
        self.stop()
        self._pieces = [text]
        self._show(text)

    def stop(self) -> None:
        """Show and save nothing more: the end of the run does both."""
        self._cancel_timer()
        if self._saving is not None:
            # A pending save would overwrite the end of the run.
            self._saving.cancel()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _show_all(self) -> None:
        self._cancel_timer()
        self._shown_at = time.monotonic()
        self._show(str(self))

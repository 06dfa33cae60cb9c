"""Batches that are followed: what wakes them between two looks, and what ends them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from components.runs.outcome import AppStopping

log = logging.getLogger(__name__)


async def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Follow a batch until it has ended or the app stops; the next start goes on with what is left."""
    try:
        await work
    except AppStopping:
        pass
    except Exception:
        log.exception("Left a batch for the next start")


class BatchWakes:
    """The events of the batches that this process follows, by id. They live in the loop that `spawn` starts work in."""

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, None]], object]) -> None:
        self._spawn = spawn
        self._events: dict[str, asyncio.Event] = {}

    def __len__(self) -> int:
        return len(self._events)

    def begin(self, batch_id: str) -> asyncio.Event:
        """Return the event of a batch that is followed from here on. In the loop."""
        return self._events.setdefault(batch_id, asyncio.Event())

    def end(self, batch_id: str) -> None:
        """Forget a batch. In the loop."""
        self._events.pop(batch_id, None)

    def wake(self, batch_id: str | None = None) -> None:
        """Let a batch be looked at now, or with None each of them; one that is not followed here is ignored."""

        async def wake() -> None:
            for key, event in self._events.items():
                if batch_id in (None, key):
                    event.set()

        with suppress(AppStopping):
            self._spawn(wake())

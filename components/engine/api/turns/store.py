"""Keep what turns led to, for requests that name a former response."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from components.engine.api.errors import RequestError
from components.engine.api.state import LIFETIME

MOST = 32  # responses kept; the oldest goes first


@dataclass(frozen=True)
class Before:
    """Hold what came before a turn: the prompts, oldest first, and the file of the last image."""

    prompts: tuple[str, ...] = ()
    image: bytes | None = None


class TurnStore:
    """Keep responses in memory for as long as links live."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Before]] = OrderedDict()

    def keep(self, response_id: str, before: Before) -> None:
        """Keep what a response leaves for the next turn."""
        self._kept[response_id] = (self._clock() + LIFETIME, before)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def find(self, response_id: object) -> Before:
        """Return what a response left. Raise RequestError for one that is not here, or not any more."""
        until, before = self._kept.get(str(response_id), (0.0, Before()))
        if until <= self._clock():
            self._kept.pop(str(response_id), None)
            message = f"Previous response with id '{str(response_id)[:100]}' not found."
            raise RequestError(400, message, param="previous_response_id", code="previous_response_not_found")
        return before

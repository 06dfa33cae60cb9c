"""How long a batch rests between two looks at it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from components.client import Connection

LONGEST_PAUSE = 900.0


def pause(connection: Connection | None, age: float) -> float:
    """Return the seconds until the next look at a batch of an age in seconds."""
    if connection is not None and connection.source == "built-in":
        return 1.0
    return 60.0 if age < 3600 else 300.0


async def rest_until(wake: asyncio.Event, seconds: float, failures: int) -> None:
    """Wait until `wake` is set, at most these seconds; longer after failures in a row."""
    with suppress(TimeoutError):
        await asyncio.wait_for(wake.wait(), min(seconds * 2 ** min(failures, 4), LONGEST_PAUSE))
    wake.clear()

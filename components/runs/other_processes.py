"""Runs of other processes that share the library: polled in the database, which they write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import suppress

from components.library import Library, LibraryUnavailable
from components.library.remote_cancel import runs_of_other_processes, take_cancel_requests
from components.runs.view import RunView, stored_view

# Seconds between polls of another process's run, and of its requests to cancel ours.
POLL_SECONDS = 2.0

# The most runs of other processes to list.
MAX_OTHER_RUNS = 100


def views_of_others(library: Library) -> list[RunView]:
    """Return the unfinished runs of other processes, oldest first; none while the library cannot be read."""
    with suppress(LibraryUnavailable):
        run_ids = runs_of_other_processes(library, MAX_OTHER_RUNS)
        return [view for run_id in run_ids if (view := stored_view(library, run_id)) is not None]
    return []


async def follow_stored(library: Library, run_id: str) -> AsyncIterator[RunView]:
    """Yield a run that is not of this process now and after every change: an ended one, or one of another process."""
    seen: RunView | None = None
    while (view := await asyncio.to_thread(stored_view, library, run_id)) is not None:
        if view != seen:
            yield view
        if view.has_ended:
            return
        seen = view
        await asyncio.sleep(POLL_SECONDS)


async def obey_cancel_requests(library: Library, running: Collection[str], cancel: Callable[[str], None]) -> None:
    """Call `cancel` for each running run that another process asks to cancel, until none is running."""
    while running:
        await asyncio.sleep(POLL_SECONDS)
        try:
            requested = await asyncio.to_thread(take_cancel_requests, library, tuple(running))
        except OSError:
            continue  # the folder cannot be read now; the requests stay in it
        for run_id in requested:
            cancel(run_id)

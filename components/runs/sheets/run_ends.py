"""Wait for the ends of runs, of this process or another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from components.runs.runner import Runner


async def first_ended(runner: Runner, run_ids: Sequence[str]) -> set[str]:
    """Wait until one of the runs has ended, and return all that have."""
    tasks = {run_id: asyncio.ensure_future(_ended(runner, run_id)) for run_id in run_ids}
    try:
        await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_COMPLETED)
        return {run_id for run_id, task in tasks.items() if task.done()}
    finally:
        for task in tasks.values():
            task.cancel()


async def _ended(runner: Runner, run_id: str) -> None:
    async for view in runner.subscribe(run_id):
        if view.has_ended:
            return

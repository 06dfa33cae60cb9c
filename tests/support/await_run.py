"""Waits for what a run is to become, as a page does: by following it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from components.runs import Runner, RunView


def until(runner: Runner, run_id: str, seen: Callable[[RunView], bool], seconds: float) -> RunView:
    """The first view of a run that a condition holds for, followed from a loop of its own for at most `seconds`."""

    async def follow() -> RunView:
        async with asyncio.timeout(seconds):
            async for view in runner.subscribe(run_id):
                if seen(view):
                    return view
        raise AssertionError(f"never so; the end was {runner.view(run_id)}")

    return asyncio.run(follow())


def wait_for_ends(runner: Runner, *run_ids: str, seconds: float = 60) -> None:
    """Wait until nothing more comes of these runs."""
    for run_id in run_ids:
        until(runner, run_id, lambda view: view.is_final, seconds)

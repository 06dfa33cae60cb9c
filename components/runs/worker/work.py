"""A worker: takes runs from the queue, one ticket after the other, and works on them as the app would."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable
from typing import Any

from components.client import ApiError, Connection, Money
from components.library import Library, LibraryUnavailable
from components.library.cluster.pacing import NoRoom
from components.library.cluster.put_back import put_back
from components.library.cluster.queue import Claim, Served, claim_next, count_waiting
from components.parameters import Problem, Request, read_recipe, resolve
from components.parameters.kinds import Invalid
from components.runs.cluster.connection_slots import give_back, limits_of
from components.runs.cluster.tickets import QUEUE, worker_app
from components.runs.outcome import internal_error
from components.runs.runner import Runner
from components.settings import Settings

log = logging.getLogger(__name__)

# Seconds between looks for runs whose ticket was lost: its worker died, or the app did before it was written.
LOOK_SECONDS = 5.0
AGAIN_SECONDS = 2.0  # before tickets are followed again, or a run is put back again


class NotAccepted(ApiError):
    """A run that a worker cannot send."""

    title = "The worker could not send it"


class Worker:
    """Works on runs by some connections, several at once."""

    def __init__(
        self, library: Library, runner: Runner, settings: Settings, connections: Iterable[Connection], at_once: int
    ) -> None:
        """`at_once` is the most runs of all connections together."""
        self._library = library
        self._runner = runner
        self._settings = settings
        self._connections = {one.id: one for one in connections if one.problem is None}
        self._served = {one.id: Served(one.server_key, limits_of(one, settings)) for one in self._connections.values()}
        self._at_once = at_once
        self._busy = 0
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._looks = asyncio.Event()
        self._later: asyncio.TimerHandle | None = None

    @property
    def serves(self) -> list[str]:
        """Return the ids of the connections that it sends by."""
        return list(self._served)

    async def run(self, stopping: asyncio.Event, wait_seconds: float) -> None:
        """Work until `stopping` is set; then take nothing new and wait `wait_seconds` for what is under way.

        While the database cannot be reached, runs under way go on.
        """
        self._stopping = stopping
        looking = asyncio.create_task(self._look())
        try:
            while not stopping.is_set():
                await self._follow_tickets()
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=wait_seconds)

    async def _follow_tickets(self) -> None:
        """Take a run for each ticket until this worker stops, or the database is lost for a moment."""
        app = worker_app(self._library, self._begin)
        try:
            async with app.open_async():
                for job in await app.job_manager.get_stalled_jobs(queue=QUEUE):  # of workers that died
                    await app.job_manager.finish_job(job, status=_failed(), delete_job=True)
                working = asyncio.create_task(
                    app.run_worker_async(
                        queues=[QUEUE],
                        delete_jobs="always",
                        install_signal_handlers=False,
                        fetch_job_polling_interval=LOOK_SECONDS,
                    )
                )
                stop = asyncio.create_task(self._stopping.wait())
                await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
                for task in (working, stop):
                    task.cancel()
                await asyncio.gather(working, stop, return_exceptions=True)
        except Exception as problem:
            log.warning("Could not read the queue: %s", problem)
        if not self._stopping.is_set():
            await asyncio.sleep(AGAIN_SECONDS)

    async def _begin(self) -> None:
        """Take runs in a task of its own: a ticket is done once it was seen."""
        task = asyncio.create_task(self.take_all())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def take_all(self) -> None:
        """Work on one run after the other, until none waits that has a slot."""
        while not self._stopping.is_set() and self._busy < self._at_once:
            self._busy += 1
            try:
                claim = await asyncio.to_thread(claim_next, self._library, self._served)
                if not isinstance(claim, Claim):
                    self._come_back(claim)
                    return
                await self._work_on(claim)
            except LibraryUnavailable as problem:
                log.warning("Cannot work on runs now: %s", problem)
                return
            finally:
                self._busy -= 1

    def _come_back(self, refused: NoRoom | None) -> None:
        """Look again when the minute's limit of images has room; a slot that becomes free looks by itself."""
        if refused is not None and refused.seconds is not None and self._later is None:
            wait = min(refused.seconds, LOOK_SECONDS)
            self._later = asyncio.get_running_loop().call_later(wait, self._look_again)

    def _look_again(self) -> None:
        self._later = None
        self._looks.set()

    async def _look(self) -> None:
        """Take what waits though this worker could have it: now and then, since a ticket may be lost."""
        while True:
            self._looks.clear()
            with contextlib.suppress(LibraryUnavailable):
                waiting = await asyncio.to_thread(count_waiting, self._library, tuple(self._served))
                for _ in range(min(waiting, self._at_once - self._busy)):
                    await self._begin()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._looks.wait(), LOOK_SECONDS)

    async def _work_on(self, claim: Claim) -> None:
        connection = self._connections[claim.connection_id]
        try:
            request = await asyncio.to_thread(self._request_of, claim)
            if isinstance(request, ApiError):
                await asyncio.to_thread(self._refuse, claim.run_id, request)
                return
            work = self._runner.work_on(claim.run_id, connection, request, claim.history)
            await asyncio.wrap_future(self._runner.schedule(work))
        except LibraryUnavailable:  # or AppStopping, which is one
            await self._put_back(claim)
            raise
        except Exception:
            log.exception("Could not work on run %s", claim.run_id)
            await asyncio.to_thread(self._refuse, claim.run_id, internal_error())
        finally:
            give_back(self._library, claim.slot)

    async def _put_back(self, claim: Claim) -> None:
        """Let a run that was not begun wait again, however long the database cannot be reached."""
        server_key = self._served[claim.connection_id].server_key
        while True:
            try:
                await asyncio.to_thread(put_back, self._library, claim, server_key)
                return
            except LibraryUnavailable:
                await asyncio.sleep(AGAIN_SECONDS)

    def _request_of(self, claim: Claim) -> Request | ApiError:
        """Return a claimed run's request, or why it cannot be sent."""
        run = self._library.run(claim.run_id)
        inputs = self._library.inputs(claim.run_id)
        if run is None:
            return NotAccepted("The run has been deleted.", money=Money.NOTHING_SPENT)
        try:
            operation, raw = read_recipe(run.recipe)
        except Invalid as problem:
            return NotAccepted(problem.message, money=Money.NOTHING_SPENT)
        named = [one["role"] for one in run.recipe.get("inputs", [])]
        if len(named) != sum(map(len, inputs.values())):
            return NotAccepted(
                "An input image of this run is not in the library any more.",
                money=Money.NOTHING_SPENT,
                next_step="Add it again, then run it again.",
            )
        found: Request | tuple[Problem, ...] = resolve(
            operation,
            str(raw.get("model", "")),
            {**raw, "user": claim.user},
            images=tuple(inputs.get("image", ())),
            mask=next(iter(inputs.get("mask", ())), None),
            markup=next(iter(inputs.get("markup", ())), None),
        )
        if isinstance(found, Request):
            return found
        return NotAccepted(
            " ".join(one.message for one in found),
            money=Money.NOTHING_SPENT,
            next_step="Ask the operator whether the worker and the app have the same version.",
        )

    def _refuse(self, run_id: str, error: ApiError) -> None:
        """End a run of which nothing was sent."""
        run = self._library.run(run_id)
        if run is not None and run.state in ("queued", "running"):
            self._library.update_run(run_id, state="failed", error=error.as_dict(), ended=time.time())


def _failed() -> Any:
    from procrastinate.jobs import Status

    return Status.FAILED

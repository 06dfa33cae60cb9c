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
from components.library.cluster.queue import Claim, Served, claim_next, count_waiting
from components.parameters import Problem, Request, read_recipe, resolve
from components.parameters.kinds import Invalid
from components.runs.cluster.shared_turns import give_back, limits_of
from components.runs.cluster.tickets import QUEUE, worker_app
from components.runs.outcome import AppStopping, internal_error
from components.runs.runner import Runner
from components.settings import Settings

log = logging.getLogger(__name__)

# Seconds between looks for runs whose ticket was lost: its worker died, or the app did before it was written.
LOOK_SECONDS = 5.0


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
        self._looking: set[asyncio.Task[None]] = set()

    @property
    def serves(self) -> list[str]:
        """Return the ids of the connections that it sends by."""
        return list(self._served)

    async def run(self, stopping: asyncio.Event, wait_seconds: float) -> None:
        """Work until `stopping` is set; then take nothing new and wait `wait_seconds` for what is under way."""
        self._stopping = stopping
        app = worker_app(self._library, self.take_all)
        async with app.open_async():
            working = asyncio.create_task(
                app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=self._at_once,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=wait_seconds,
                    fetch_job_polling_interval=LOOK_SECONDS,
                )
            )
            looking = asyncio.create_task(self._look(app))
            stop = asyncio.create_task(stopping.wait())
            try:
                done, _ = await asyncio.wait({working, looking, stop}, return_when=asyncio.FIRST_COMPLETED)
                for task in done - {stop}:
                    task.result()  # a failure of the database ends the worker; who started it starts it again
            finally:
                stopping.set()
                looking.cancel()
                stop.cancel()
                working.cancel()
                others = asyncio.gather(*self._looking, return_exceptions=True)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(others, wait_seconds)
                await asyncio.gather(working, looking, stop, return_exceptions=True)

    async def take_all(self) -> None:
        """Work on one run after the other, until none waits that has a turn."""
        while not self._stopping.is_set() and self._busy < self._at_once:
            self._busy += 1
            try:
                claim = await asyncio.to_thread(claim_next, self._library, self._served)
                if not isinstance(claim, Claim):
                    self._come_back(claim)
                    return
                await self._work_on(claim)
            except LibraryUnavailable as problem:
                log.warning("The queue cannot be read: %s", problem)
                return
            finally:
                self._busy -= 1

    def _come_back(self, refused: NoRoom | None) -> None:
        """Look again when the minute's limit of images has room; a turn that ends looks by itself."""
        if refused is not None and refused.seconds is not None and not self._looking:
            task = asyncio.create_task(self._take_later(refused.seconds))
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)

    async def _take_later(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, LOOK_SECONDS))
        self._looking.clear()
        await self.take_all()

    async def _look(self, app: Any) -> None:
        """Look now and then for runs that wait though this worker could take them, and clear tickets of the dead."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with contextlib.suppress(LibraryUnavailable):
                waiting = await asyncio.to_thread(count_waiting, self._library, tuple(self._served))
                for _ in range(min(waiting, self._at_once - self._busy)):
                    task = asyncio.create_task(self.take_all())
                    self._looking.add(task)
                    task.add_done_callback(self._looking.discard)
            for job in await app.job_manager.get_stalled_jobs(queue=QUEUE):
                await app.job_manager.finish_job(job, status=_failed(), delete_job=True)

    async def _work_on(self, claim: Claim) -> None:
        connection = self._connections[claim.connection_id]
        try:
            request = await asyncio.to_thread(self._request_of, claim)
            if isinstance(request, ApiError):
                await asyncio.to_thread(self._refuse, claim.run_id, request)
                return
            work = self._runner.work_on(claim.run_id, connection, request, claim.history)
            await asyncio.wrap_future(self._runner.schedule(work))
        except AppStopping:
            pass  # the run is marked as interrupted
        except LibraryUnavailable as problem:
            log.warning("Run %s cannot be worked on: %s", claim.run_id, problem)
        except Exception:
            log.exception("run %s could not be worked on", claim.run_id)
            await asyncio.to_thread(self._refuse, claim.run_id, internal_error())
        finally:
            give_back(self._library, claim.turn)

    def _request_of(self, claim: Claim) -> Request | ApiError:
        """Return a claimed run's request, or why it cannot be sent."""
        run = self._library.run(claim.run_id)
        inputs = self._library.inputs(claim.run_id)
        if run is None:
            return NotAccepted("The run was deleted meanwhile.", money=Money.NOTHING_SPENT)
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

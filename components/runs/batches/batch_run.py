"""Send cells of a sheet as a batch, and follow it until its server has answered, over restarts of the app.

The order is what makes it safe. The batch and the ids of its runs are written first, then its file is uploaded, which
is free. "creating" is written before the one call that costs money. If the app dies then, or the answer is lost, the
server's list is searched for the batch's mark; a second one is never created. The runs are written once the server has
it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, TypeVar

from components.client import ApiError, Client, Connection, Money
from components.client.batches import calls
from components.client.batches.calls import RemoteBatch
from components.client.batches.output import BatchAnswer, read_lines
from components.library import Library, LibraryUnavailable
from components.library.cluster.notices import BATCH, FORGOTTEN, LOST, tell
from components.library.records import SheetBatch
from components.library.sheets import sheet_batches as store
from components.library.sheets.sheet_batches import CREATING, ENDED, NEW
from components.library.team.charges import RunRefused
from components.parameters import Request
from components.runs.batches import batch_cells, batch_outcome
from components.runs.batches.batch_connections import BatchConnections, connection_of, server_key
from components.runs.batches.batch_pause import pause, rest_until
from components.runs.batches.batch_wakes import BatchWakes, until_stopped
from components.runs.outcome import AppStopping
from components.runs.runner import Runner

log = logging.getLogger(__name__)

T = TypeVar("T")

# Failures in a row after which a question that the server does not answer is given up.
MOST_FAILURES = 3


class BatchRunner:
    """Sends and follows batches in the runner's loop. Its methods are thread-safe."""

    def __init__(
        self,
        library: Library,
        client: Client,
        runner: Runner,
        on_ended: Callable[[str], object] = lambda sheet_id: None,
        pause: Callable[[Connection | None, float], float] = pause,
    ) -> None:
        """Call `on_ended` with a sheet's id each time that cells of it have ended."""
        self._library = library
        self._client = client
        self._runner = runner
        self._on_ended = on_ended
        self._pause = pause
        self._connections = BatchConnections()
        self._wakes = BatchWakes(runner.spawn)
        runner.cancel_elsewhere = self.cancel_run
        runner.hear(self._take_notice)

    def resume(self, connections: Callable[[], Iterable[Connection]]) -> None:
        """Take over the batches of ended processes, each with the one of these connections that it was sent by."""
        found = store.take_over(self._library)
        if found:
            self._connections.offer(found, connections())
        for batch in found:
            self._spawn(self._follow(batch.id, reopen=batch.state != NEW))

    def offer(self, connections: Iterable[Connection]) -> None:
        """Let batches that wait for their connection continue with one of these, also those of other app servers."""
        offered = tuple(connections)
        for batch in (one for one in store.open_batches(self._library) if one.problem):
            if self._is_mine(batch):
                if self._connections.offer([batch], offered):
                    self._wakes.wake(batch.id)
            elif batch.problem == batch_outcome.NEEDS_KEY and connection_of(batch, offered) is not None:
                self._spawn(self._take_from(batch, offered))

    def forget(self, connection_id: str) -> None:
        """Forget a connection with its key, at every server: its batches wait until it is offered again."""
        self._connections.forget(connection_id)
        try:
            tell(self._library, FORGOTTEN, connection_id)
        except LibraryUnavailable:
            log.warning("Another server keeps the key of a removed connection until the batch that it follows ends.")

    def start(
        self, sheet_id: str, connection: Connection, positions: Sequence[int], *, owner: str = "", user: str = ""
    ) -> None:
        """Send the cells at these positions as batches, one for each model, in the background.

        `user` is the parameter of this name, which no recipe holds. Raise LibraryUnavailable; nothing was sent then.
        """
        batches = batch_cells.in_batches(self._library, sheet_id, positions)
        self._library.require_room(sum(map(len, batches)))
        for cells in batches:
            batch = store.add_batch(
                self._library,
                cells,
                expires=time.time() + calls.WINDOW_SECONDS,
                sheet_id=sheet_id,
                connection_id=connection.id,
                connection_name=connection.name,
                base_url=server_key(connection),
                owner=owner,
            )
            self._spawn(self._send(batch, connection, user))

    def is_active(self, sheet_id: str) -> bool:
        """Return whether cells of a sheet are in a batch."""
        return any(one.state != ENDED for one in store.batches_of(self._library, sheet_id))

    def cancel(self, sheet_id: str, by: str = "") -> None:
        """Ask the server to cancel a sheet's batches; what was made before is billed and kept."""
        self._cancel([one for one in store.batches_of(self._library, sheet_id) if one.state != ENDED], by)

    def cancel_run(self, run_id: str, by: str = "") -> bool:
        """Cancel the batch that a run waits in; return False for a run that is in none."""
        self._cancel(found := [one for one in store.open_batches(self._library) if run_id in one.run_ids], by)
        return bool(found)

    def _cancel(self, batches: Iterable[SheetBatch], by: str) -> None:
        for batch in batches:
            store.cancel_batch(self._library, batch.id, by)
            self._wakes.wake(batch.id)

    def _take_notice(self, kind: str, key: str) -> None:
        """Do what another server asks of whoever follows a batch or keeps a connection."""
        if kind == FORGOTTEN:
            self._connections.forget(key)
        elif kind in {BATCH, LOST}:
            self._wakes.wake(key if kind == BATCH else None)

    def _is_mine(self, batch: SheetBatch) -> bool:
        """Return whether this process follows a batch; another one takes over those of a process that seems dead."""
        return batch.process == self._library.process_lock.process

    # In the runner's loop

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._runner.spawn(until_stopped(work))

    async def _send(self, batch: SheetBatch, connection: Connection, user: str) -> None:
        self._connections.add(connection)
        try:
            await self._try_send(batch, connection, user)
        except AppStopping:
            raise
        except (OSError, LibraryUnavailable):
            log.warning("Could not save batch %s", batch.id, exc_info=True)
        await self._follow(batch.id)

    async def _try_send(self, batch: SheetBatch, connection: Connection, user: str) -> None:
        try:
            await self._create(batch, connection, user)
        except ApiError as error:
            if error.money is Money.NOTHING_SPENT:
                await self._end(batch, batch_outcome.refused(error))
            else:
                await self._note(batch, problem=f"It is not known whether the server took the batch. {error.what}")
        except RunRefused as error:
            await self._end(batch, f"{error} Nothing was sent.")
        except (OSError, LibraryUnavailable) as error:
            newest = await self._library_does(store.find_batch, batch.id)
            if newest is not None and newest.state == NEW:
                await self._end(batch, f"The batch could not be written: {error}. Nothing was sent.")

    async def _create(self, batch: SheetBatch, connection: Connection, user: str) -> None:
        path = self._library.staging / f"{batch.id}.jsonl"
        try:
            if not (requests := await self._library_does(batch_cells.claim, batch, user)):
                await self._end(batch)
                return
            operation = requests[0][1].operation
            await asyncio.to_thread(calls.write_lines, path, self._client, connection, requests)
            file_id = await calls.upload(self._client, connection, path)
        finally:
            path.unlink(missing_ok=True)
        if not await self._library_does(store.begin_creating, batch.id):
            await self._end(batch)
            return
        await self._begin(batch, await calls.create(self._client, connection, file_id, batch.id, operation))

    async def _begin(self, batch: SheetBatch, remote: RemoteBatch) -> None:
        expires = remote.expires or batch.expires
        await self._library_does(store.note_accepted, batch.id, remote.id, expires)
        await self._library_does(batch_cells.begin_runs, batch, expires)

    async def _take_from(self, batch: SheetBatch, connections: Iterable[Connection]) -> None:
        if await self._library_does(store.take_from, batch):
            self._connections.offer([batch], connections)
            await self._follow(batch.id)

    async def _follow(self, batch_id: str, *, reopen: bool = False) -> None:
        """Look at a batch until it has ended or is another process's, first reopening its runs if asked to.

        While server, library or both are away, it is looked at again.
        """
        failures, wake = 0, self._wakes.begin(batch_id)
        seconds = self._pause(None, 0)
        while True:
            failures += 1
            try:
                batch = await self._library_does(store.find_batch, batch_id)
                if batch is None or batch.state == ENDED or not self._is_mine(batch):
                    break
                if reopen:
                    await self._library_does(batch_cells.reopen_runs, batch)
                    reopen = False
                connection = self._connections.of(batch)
                seconds = self._pause(connection, time.time() - batch.created)
                try:
                    await self._step(batch, connection)
                    failures = 0
                except ApiError as error:
                    await self._failed(batch, error, failures)
            except AppStopping:
                raise
            except (OSError, LibraryUnavailable):
                log.warning("Could not save batch %s", batch_id, exc_info=True)
            await rest_until(wake, seconds, failures)
        self._wakes.end(batch_id)
        self._connections.keep_only(filter(self._is_mine, await self._library_does(store.open_batches)))

    async def _step(self, batch: SheetBatch, connection: Connection | None) -> None:
        if batch.state == NEW:  # what failed before, or died, has created nothing
            await self._end(batch, batch_outcome.NOT_SENT)
        elif connection is not None:
            await (self._find if batch.state == CREATING else self._look)(batch, connection)
        elif batch.cancelled_by is not None:
            await self._end(batch, status="left")
        elif batch.problem != batch_outcome.NEEDS_KEY:
            await self._note(batch, problem=batch_outcome.NEEDS_KEY)

    async def _failed(self, batch: SheetBatch, error: ApiError, failures: int) -> None:
        if failures >= MOST_FAILURES and batch.state == CREATING:
            is_missing = isinstance(error, batch_outcome.BatchError)
            await self._end(batch, batch_outcome.NOT_LISTED if is_missing else batch_outcome.UNKNOWN)
        elif failures >= MOST_FAILURES and error.status == 404:
            await self._end(batch, status="gone")
        else:
            await self._note(batch, problem=f"{error.title}: {error.what} The app tries again.")

    async def _find(self, batch: SheetBatch, connection: Connection) -> None:
        """Look for a batch in the server's list; it may stand there only after a moment."""
        remote = await calls.find(self._client, connection, batch.id)
        if remote is None:
            raise batch_outcome.BatchError("The server's list does not have it yet.")
        await self._begin(batch, remote)

    async def _look(self, batch: SheetBatch, connection: Connection) -> None:
        assert batch.remote_id is not None
        await self._library_does(batch_cells.begin_runs, batch, batch.expires)
        remote = await calls.retrieve(self._client, connection, batch.remote_id)
        if batch.cancelled_by is not None and not remote.has_ended and remote.status != "cancelling":
            remote = await calls.cancel(self._client, connection, batch.remote_id)
        left = await self._library_does(batch_cells.waiting_requests, batch)
        if left and (remote.has_ended or remote.answered > len(batch.cells) - len(left)):
            for file_id in remote.files:
                await self._save_answers(batch, connection, file_id, left)
        if remote.has_ended:
            await self._end(batch, status=remote.status, reason=remote.problem)
        elif batch.problem:
            await self._note(batch, problem="")

    async def _save_answers(
        self, batch: SheetBatch, connection: Connection, file_id: str, left: dict[str, Request]
    ) -> None:
        path = self._library.staging / f"{batch.id}.answers"
        try:
            await calls.download(self._client, connection, file_id, path)
            for line in await asyncio.to_thread(lambda: list(read_lines(path, left))):
                if not await self._library_does(store.is_own, batch.id):
                    return
                answer = BatchAnswer(self._client, path, line)
                await self._runner.receive(line.custom_id, connection, left.pop(line.custom_id), answer)
        finally:
            path.unlink(missing_ok=True)
        await asyncio.to_thread(self._on_ended, batch.sheet_id)

    async def _end(self, batch: SheetBatch, problem: str = "", *, status: str = "", reason: str = "") -> None:
        """End a batch; `problem` says why it was not made at all, `status` is the server's last word.

        Leave one alone that another process has taken over: its cells may have been sent again by now.
        """
        if not await self._library_does(store.is_own, batch.id):
            return
        await self._library_does(batch_cells.end_batch, batch, status, reason, problem)
        await asyncio.to_thread(self._on_ended, batch.sheet_id)

    async def _note(self, batch: SheetBatch, **values: Any) -> None:
        await asyncio.to_thread(lambda: store.change_own_batch(self._library, batch.id, **values))

    async def _library_does(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.to_thread(work, self._library, *args)

"""One run: its slot, the client's events, saving what arrives, its end."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from components import logs
from components.client import ApiError, Connection
from components.client.events import (
    Completed,
    ImageArrived,
    PartialImage,
    ResponseMetadata,
    ResponseStarted,
    RetryDue,
    Retrying,
    Sent,
    TextDelta,
    TextDone,
)
from components.library import Library, LibraryUnavailable, StoredOutput
from components.library.files.staging import received_name
from components.library.request_inputs import local_inputs
from components.parameters import Request
from components.runs import outcome
from components.runs.event_source import EventSource
from components.runs.live import LiveRun, check_may_send, show_end
from components.runs.peers import Limiter
from components.runs.run_clock import RunClock
from components.runs.saving.previews import Previews
from components.runs.saving.save_output import save_output
from components.runs.saving.save_retry import SaveRetry
from components.runs.saving.unsaved import discard_unreadable, offer_unsaved, with_unsaved
from components.runs.saving.versions import version_steps
from components.runs.text_stream import TextStream
from components.runs.turns import earlier_turns
from components.runs.view import RetryView
from components.settings import Settings
from components.team.fair_queue import fairness_key

log = logging.getLogger(__name__)


class RunTask:
    """Takes one run from the queue to its end, in the runner's loop."""

    def __init__(
        self,
        library: Library,
        client: EventSource,
        settings: Settings,
        savers: concurrent.futures.Executor,
        live: LiveRun,
        connection: Connection,
        request: Request,
        history: tuple[tuple[str, str], ...],
    ) -> None:
        self._library = library
        self._client = client
        self._settings = settings
        self._savers = savers
        self._live = live
        self._connection = connection
        self._request = request
        self._history = history
        self._sent = False
        self.stopped_by = ""  # the name of the person who cancelled it, if known
        self._clock = RunClock()
        self.ending = False  # the end is being written, so there is nothing to cancel
        self._text = TextStream(lambda text: live.change(text=text), lambda text: self._keep({"text": text}))
        self._saves: list[asyncio.Future[None]] = []
        self._arrived: set[int] = set()
        self._previews = Previews(live, request.n)
        self._pending: set[asyncio.Future[Any]] = set()
        self._failures: dict[int, ApiError] = {}  # of images that could not be saved, by index
        self._retry = SaveRetry(library, live, self._in_thread, self._file)
        self._answer = outcome.ResponseSummary()
        self._handlers: dict[type, Callable[[Any], None]] = {
            Sent: self._on_sent,
            Retrying: self._on_retrying,
            ResponseStarted: self._on_answer,
            PartialImage: self._on_partial,
            ImageArrived: self._on_image,
            TextDelta: lambda event: self._text.add(event.text),
            TextDone: lambda event: self._text.finish(event.text),
            ResponseMetadata: self._on_facts,
            Completed: self._on_completed,
        }

    @property
    def _id(self) -> str:
        return self._live.view.id

    @property
    def is_writing_again(self) -> bool:
        """Return whether only the retries of writes are left."""
        return self._retry.is_waiting

    async def go(self, rate_limiter: Limiter) -> None:
        """Run to the end. Never raises: failures are stored with the run."""
        logs.about(self._live)
        logs.hide(self._connection.secrets)
        try:
            view, on_wait = self._live.view, lambda reason: self._live.change(waiting=reason)
            async with rate_limiter.slot(self._request.n, on_wait, fairness_key(view.owner, view.extra)):
                staging = await self._start()
                await self._follow(staging)
            await self._settle()
        except asyncio.CancelledError as stop:
            await self._end_cancelled(stopping := "stopping" in stop.args)
            if stopping:
                await self._retry.give_up()
                return
        except outcome.EndedElsewhere:
            self.ending = True
            self._library.discard_staging(self._id)
            await self._in_thread(lambda: show_end(self._library, self._live))
            return
        except ApiError as error:
            await self._end_failed(error)
        except LibraryUnavailable as error:
            await self._end_failed(outcome.run_not_stored(error.what, error.next_step))
        except Exception:
            log.exception("Run %s failed because of an error in the app", self._id)
            await self._end_failed(outcome.internal_error())
        await self._retry.go()

    async def _start(self) -> Path:
        """Store that the run is running before anything is sent: after a crash it may have cost money."""
        started = self._clock.start()

        def write() -> Path:
            self._request = local_inputs(self._library, self._request)
            if self._live.view.state == "running":  # of a batch, which was sent long ago
                self._library.update_run(self._id, started=started)
            elif not self._library.start_run(self._id, started):
                raise outcome.EndedElsewhere
            return self._library.run_staging(self._id)

        staging: Path = await self._in_thread(write)
        self._live.change(state="running", started=started)
        self._live.log_begin(with_prompt=self._settings.log_prompts == "on")
        return staging

    async def _follow(self, staging: Path) -> None:
        history: Sequence[Any] = self._history
        if self._request.has_context:
            history = await self._in_thread(lambda: earlier_turns(self._library, self._live.view.extra))
        events = self._client.run(self._connection, self._request, staging, history=history)
        async with contextlib.aclosing(events):
            async for event in events:
                if isinstance(event, RetryDue):
                    await check_may_send(self._library, self._id, self._in_thread)
                else:
                    self._handlers[type(event)](event)

    def _on_sent(self, _: Sent) -> None:
        self._sent = True
        self._live.change(retry=None)

    def _on_retrying(self, event: Retrying) -> None:
        self._live.change(retry=RetryView(time.time() + event.wait_seconds, event.reason))

    def _on_answer(self, event: ResponseStarted) -> None:
        self._live.change(retry=None, request_id=event.request_id)

    def _on_partial(self, event: PartialImage) -> None:
        self._previews.add(event.path, self._arrived)

    def _on_image(self, event: ImageArrived) -> None:
        self._arrived.add(event.index)
        # Rename at once, before a thread is free: if the app dies now, the next start finds the image.
        path = event.path.with_name(received_name(event.index, event.sha256))
        if event.data is None:
            try:
                event.path.rename(path)
            except OSError:
                path = event.path
        self._saves.append(asyncio.ensure_future(self._save(replace(event, path=path))))

    async def _keep(self, values: dict[str, Any]) -> None:
        with contextlib.suppress(LibraryUnavailable):  # all of it is written again at the end
            await self._in_thread(lambda: self._library.update_run(self._id, **values))

    def _on_facts(self, event: ResponseMetadata) -> None:
        """Store the cost as soon as it is known: the run may still fail, or the app crash."""
        self._answer = outcome.ResponseSummary(event.usage, event.answer)
        if event.usage:
            values = self._answer.spent(self._request, self._connection)
            self._live.change(**values)
            self._saves.append(asyncio.ensure_future(self._keep(values)))

    def _on_completed(self, event: Completed) -> None:
        self._answer = outcome.ResponseSummary(event.usage, outcome.stored_response(event), event.request_id)

    async def _save(self, event: ImageArrived) -> None:
        try:
            await self._file(event)
        except ApiError as error:
            self._keep_unsaved(event, error)
        except LibraryUnavailable as error:
            self._retry.add(self._keep_unsaved(event, outcome.image_not_saved(error.what)), event)
        except Exception:
            log.exception("Could not save image %s of run %s", event.index, self._id)
            self._keep_unsaved(event, outcome.internal_error())

    async def _file(self, event: ImageArrived) -> None:
        save = partial(save_output, self._library, self._id, event, self._settings.max_pixels)
        stored: StoredOutput = await self._in_thread(save)
        self._show(stored)
        # The image is saved by now, so failures only warn.
        for step in version_steps(self._library, self._request, self._live.view.extra):
            try:
                for made in await self._in_thread(partial(step, stored)):
                    if made is not None:
                        self._show(made)
                        stored = made if made.id == stored.id else stored
            except Exception:
                log.warning("Could not make a version of %s", stored.id, exc_info=True)

    def _show(self, stored: StoredOutput) -> None:
        others = [output for output in self._live.view.images if output.id != stored.id]
        images = sorted((*others, stored), key=lambda output: (output.index, output.role != "image"))
        self._live.change(images=tuple(images), partials=self._previews.without(stored.index))

    def _keep_unsaved(self, event: ImageArrived, error: ApiError) -> str:
        self._failures.setdefault(event.index, error)
        return offer_unsaved(self._library, self._live, event, error)

    async def _settle(self) -> None:
        # Shielded, since a stop now must not tear the saving apart; `_end_cancelled` waits for it again.
        await asyncio.shield(asyncio.gather(*self._saves))
        if self._failures:
            self._retry.is_response_complete = True
            # The threads that save end in any order; the first image's failure stands for all.
            raise outcome.with_usage(self._failures[min(self._failures)], self._answer.usage)
        await self._end("done")

    async def _end_failed(self, error: ApiError) -> None:
        self.ending = True
        await asyncio.gather(*self._saves, return_exceptions=True)
        await self._end("failed", error=error.as_dict())

    async def _end_cancelled(self, stopping: bool) -> None:
        self.ending = True
        # What has arrived is paid for, so wait until it is saved.
        await asyncio.gather(*self._saves, return_exceptions=True)
        if stopping:
            await self._end("interrupted", error=outcome.interrupted(self._sent))
        else:
            await self._end("cancelled", error=outcome.cancelled(self._sent, self.stopped_by))

    async def _end(self, state: str, *, error: dict[str, Any] | None = None) -> None:
        self.ending = True
        self._text.stop()
        view, answer = self._live.view, self._answer
        values: dict[str, Any] = {
            "state": state,
            "ended": self._clock.now(),
            "error": error,
            **answer.spent(self._request, self._connection),
            "request_id": answer.request_id or view.request_id,
            "answer": answer.facts,
            "text": str(self._text),
        }
        if self._connection.source == "built-in":
            values["error"] = error = outcome.at_no_cost(error)
        if self._pending:
            # A pending write of "running" would overwrite the end.
            await asyncio.wait(self._pending)
        values["error"] = noted = await self._in_thread(partial(with_unsaved, self._library, self._live, error))
        try:
            await self._in_thread(lambda: self._library.update_run(self._id, **values))
            discard_unreadable(self._library, self._live, noted)
        except LibraryUnavailable as problem:
            self._retry.add_end(values)
            not_written = outcome.end_not_stored(problem.what, images=len(view.images), has_text=bool(values["text"]))
            noted = noted or not_written.as_dict()
        self._previews.forget()
        self._library.discard_staging(self._id)
        ended = {**values, "error": noted, "is_written": not self._retry.has_end}
        self._live.change(**ended, partials=(), retry=None, waiting=None)
        self._live.log_end()

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        # A thread cannot be cancelled; let it finish. Its log lines are about this run as well.
        future = asyncio.get_running_loop().run_in_executor(self._savers, contextvars.copy_context().run, work)
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        return await asyncio.shield(future)

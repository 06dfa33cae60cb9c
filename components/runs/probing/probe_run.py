"""Probes: the smallest real requests to a server, one after the other, in the runner's loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from components.client import ApiError, Client, Connection
from components.client.capabilities import NOTE_LENGTH, shaped_body
from components.client.errors import (
    BillingLimitReached,
    EndpointNotFound,
    InvalidApiKey,
    InvalidConnection,
    ModelNotFound,
    ModerationBlocked,
    Money,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    Redirected,
    RequestRefused,
    RequestTooLarge,
    ServerError,
    Unreachable,
)
from components.library import Library, LibraryUnavailable
from components.parameters import Finding, Request, estimate
from components.runs import outcome
from components.runs.outcome import AppStopping
from components.runs.probing.plan import ProbeStep, Values, chosen, is_needed, request_of
from components.runs.probing.probe_view import ProbeView, StepAnswer
from components.runs.probing.reply import Reply, ReplyVerdict, judge
from components.runs.probing.stored_capabilities import StoredCapabilities
from components.runs.run_clock import new_run_id
from components.runs.runner import Runner

log = logging.getLogger(__name__)

# No further request can do better.
_ENDS_ALL = (
    *(InvalidApiKey, QuotaExceeded, BillingLimitReached),
    *(InvalidConnection, Unreachable, Redirected),
)
_ENDS_MODEL = (ModelNotFound, PermissionDenied)
_SAYS_NOTHING = (RateLimited, ModerationBlocked, RequestTooLarge)
_PAUSES = (0.5, 2.0, 5.0)  # seconds between attempts to write what a request has cost
_NOT_ABLE = (500, 501)  # what servers answer to what they do not expect


def _key(connection: Connection) -> str:
    """Return the key of a probe. Each person with a connection of their own to a server has a probe of their own."""
    return f"{connection.server_key} {connection.id}"


class ProbeRunner:
    """Starts, follows and cancels probes, one for a connection at a time. All methods are thread-safe."""

    def __init__(self, library: Library, client: Client, runner: Runner, capabilities: StoredCapabilities) -> None:
        self._library = library
        self._client = client
        self._runner = runner
        self._capabilities = capabilities
        self._views: dict[str, ProbeView] = {}
        self._cancels: dict[str, Callable[[], object]] = {}
        self._lock = Lock()

    def view(self, connection: Connection) -> ProbeView | None:
        """Return the newest probe of a connection since the app started, or None."""
        return self._views.get(_key(connection))

    def start(
        self, connection: Connection, names: Sequence[str], image_model: str, vision_model: str, owner: str = ""
    ) -> None:
        """Begin a probe by these steps, unless one of this connection is under way. Raise AppStopping."""
        steps = chosen(names)
        with self._lock:
            before = self._views.get(_key(connection))
            if before is not None and before.state == "running":
                return
            names = tuple(step.capability for step in steps)
            self._views[_key(connection)] = ProbeView(names, image_model, vision_model, owner)
        probe = _Probe(self._library, self._client, self._runner, self._capabilities, connection, owner)
        try:
            self._runner.spawn(self._go(probe, steps))
        except AppStopping:
            del self._views[_key(connection)]
            raise

    def cancel(self, connection: Connection) -> None:
        """Stop a probe; what it has found stays."""
        if cancel := self._cancels.get(_key(connection)):
            cancel()

    async def _go(self, probe: _Probe, steps: Sequence[ProbeStep]) -> None:
        key = _key(probe.connection)
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        self._cancels[key] = partial(loop.call_soon_threadsafe, task.cancel)

        def show(**values: object) -> ProbeView:
            self._views[key] = view = replace(self._views[key], **values)  # type: ignore[arg-type]
            return view

        try:
            await probe.go(steps, show, self._views[key])
            show(state="done", current="")
        except asyncio.CancelledError:
            show(state="cancelled", current="")
            raise
        except ApiError as error:
            show(state="failed", current="", error=f"{error.title}: {error.what} {error.next_step}")
        except LibraryUnavailable as problem:
            show(state="failed", current="", error=str(problem))
        except Exception:
            log.exception("A probe failed because of an error in the app")
            show(state="failed", current="", error="Internal error. See the server's log.")
        finally:
            self._cancels.pop(key, None)


class _Probe:
    """One probe of one server."""

    def __init__(
        self,
        library: Library,
        client: Client,
        runner: Runner,
        capabilities: StoredCapabilities,
        connection: Connection,
        owner: str,
    ) -> None:
        self._library = library
        self._client = client
        self._runner = runner
        self._capabilities = capabilities
        self._owner = owner
        self.connection = connection
        self._found: dict[str, str] = {}
        self._without: set[str] = set()  # models that the server does not have

    async def go(self, steps: Sequence[ProbeStep], show: Callable[..., ProbeView], view: ProbeView) -> None:
        """Send the requests of all steps. Raise ApiError when no further one makes sense, LibraryUnavailable."""
        for step in steps:
            model = view.vision_model if step.operation == "analyze" else view.image_model
            if model in self._without or step.capability in self._found or not is_needed(step, self._found):
                continue
            show(current=step.capability)
            verdict = await self._answer(step, model, show)
            self._found |= verdict.values
            now = time.time()
            for name, value in verdict.values.items():
                finding = Finding(value, "probe", now, verdict.note[:NOTE_LENGTH])
                self._capabilities.learn(self.connection, model, name, finding)
            answer = StepAnswer(step.capability, verdict.values, verdict.note)
            view = show(answers=(*view.answers, answer))

    async def _answer(self, step: ProbeStep, model: str, show: Callable[..., ProbeView]) -> ReplyVerdict:
        """Return what a step finds by its tries, one after the other. Raise ApiError, LibraryUnavailable."""
        standing, otherwise = ReplyVerdict({}), ReplyVerdict({})
        bodies: list[object] = []
        for one in step.tries:
            values = {**self._found, **one.sent_as}
            async with self._folder() as (run_id, folder):
                request = await asyncio.to_thread(request_of, step, model, folder)
                body = shaped_body(request, values) if step.capability == "generate" else one
                if body in bodies:
                    continue  # it makes no difference for this model
                bodies.append(body)
                reply = await self._send(run_id, request, values, folder, show)
                if reply.error is None:
                    look = partial(judge, max_pixels=self._library.max_pixels)
                    verdict = await asyncio.to_thread(look, step.capability, reply, request, one.found)
                    if verdict.final:
                        return verdict
                    standing = standing if standing.values else verdict
                    continue
            otherwise = self._without_success(step, model, reply.error)
            if not otherwise.final:
                break
        return standing if standing.values else otherwise

    def _without_success(self, step: ProbeStep, model: str, error: ApiError) -> ReplyVerdict:
        """Return what a failure says if no other try succeeds; not `final` if none can. Raise errors that end all."""
        if isinstance(error, _ENDS_ALL):
            raise error
        if isinstance(error, _ENDS_MODEL):
            self._without.add(model)
            return ReplyVerdict({}, error.what, final=False)
        refuses = isinstance(error, RequestRefused) and not isinstance(error, _SAYS_NOTHING)
        # Where the same request works without it, a failure of the server counts as well.
        fails = isinstance(error, ServerError) and error.status in _NOT_ABLE and bool(step.needs)
        values = step.refused if refuses or fails else {}
        # What may have been billed is not sent again in another shape.
        is_free = error.money is Money.NOTHING_SPENT
        may_succeed = is_free and isinstance(error, RequestRefused | ServerError)
        may_succeed = may_succeed and not isinstance(error, (*_SAYS_NOTHING, EndpointNotFound))
        return ReplyVerdict(values, error.what, final=may_succeed)

    @contextlib.asynccontextmanager
    async def _folder(self) -> AsyncIterator[tuple[str, Path]]:
        """Make a run's id and its folder for a while."""
        run_id = new_run_id()
        folder = await asyncio.to_thread(self._library.run_staging, run_id)
        try:
            yield run_id, folder
        finally:
            await asyncio.shield(asyncio.to_thread(self._library.discard_staging, run_id))

    async def _send(
        self, run_id: str, request: Request, values: Values, folder: Path, show: Callable[..., ProbeView]
    ) -> Reply:
        """Send a request. It is kept as a run of which only the cost is left. Raise LibraryUnavailable."""
        reply, connection = Reply(), self.connection
        async with self._runner.slot(connection, request.n, self._owner):
            begun, sent = asyncio.ensure_future(asyncio.to_thread(self._begin, run_id, request)), False
            try:
                await asyncio.shield(begun)
                show(requests=show().requests + 1)
                sent = True
                events = self._client.run_as(connection, request, folder, values)
                async with contextlib.aclosing(events):
                    async for event in events:
                        reply.add(event)
            except ApiError as error:
                reply.error = error
            except LibraryUnavailable:
                raise
            except BaseException:  # cancelled, or a fault of the app
                if sent:
                    self._count(reply, None, show)
                await asyncio.wait([begun])
                if begun.exception() is None:
                    await asyncio.shield(asyncio.to_thread(self._end, run_id, reply, outcome.cancelled(sent)))
                raise
        amount = None if connection.source == "built-in" else reply.cost(request.model)
        error_facts = reply.error.as_dict() if reply.error is not None else None
        self._count(reply, amount, show)
        await asyncio.shield(asyncio.to_thread(self._end, run_id, reply, error_facts, amount))
        return reply

    def _count(self, reply: Reply, amount: Decimal | None, show: Callable[..., ProbeView]) -> None:
        is_free = self.connection.source == "built-in" or (reply.error and reply.error.money is Money.NOTHING_SPENT)
        view = show()
        show(cost=view.cost + (amount or 0), unpriced=view.unpriced + int(amount is None and not is_free))

    def _begin(self, run_id: str, request: Request) -> None:
        self._library.begin_run(
            run_id,
            replace(request, images=(), mask=None),
            connection_id=self.connection.id,
            connection_name=self.connection.name,
            owner=self._owner,
            estimate=estimate(request),
        )
        self._library.update_run(run_id, state="running", started=time.time(), purged=True)

    def _end(self, run_id: str, reply: Reply, error: dict[str, Any] | None, amount: Decimal | None = None) -> None:
        state = "cancelled" if reply.error is None and error else "failed" if error else "done"
        values = {"state": state, "error": error, "usage": reply.usage, "cost": amount, "ended": time.time()}
        for pause in (*_PAUSES, None):
            try:
                self._library.update_run(run_id, **values, purged_count=len(reply.images))
                return
            except LibraryUnavailable:
                if pause is None:
                    raise
                time.sleep(pause)  # in a thread of its own; what it has cost should not be lost

"""The client: generate, edit, analyze and list models, with OpenAI or any compatible server."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx

from components.client import errors, wire
from components.client.call import HttpCaller
from components.client.capabilities import (
    CapabilityMemory,
    Lesson,
    Values,
    finding_of,
    lacks_endpoint,
    learned,
    lesson_of,
    takes_turns,
    values_in,
)
from components.client.connections.connection import Connection
from components.client.errors import ApiError, Money, RequestRefused, StreamNotRelayed
from components.client.events import SENT_TO, Completed, Event, ResponseMetadata, ResponseStarted
from components.client.http.address_filter import for_connections
from components.client.http.pool import Transport
from components.client.masking import silence_http_loggers
from components.client.models import RemoteModel, read_models
from components.client.reading.body import (
    BodyParser,
    DiskThreads,
    ReadContext,
    ResponseLimits,
    ResponseReader,
    parse_body,
)
from components.client.reading.images import ImageReader
from components.client.reading.json_scanner import JsonScanner
from components.client.reading.text import TextReader
from components.client.reading.turns import TurnReader
from components.client.turns import RESPONSES, EarlierTurn, lost_response, turn_calls
from components.client.wire import ApiCall, History
from components.network.addresses import is_local, is_metadata, is_public, parse_address
from components.parameters import Request
from components.parameters.capabilities import NO
from components.settings import Settings

_WITH_ANSWER = Completed | ResponseMetadata


class Client:
    """Sends requests and yields what the server returns. Connection pools belong to the event loop that uses them.

    ``private_connections`` permits people's own connections to reach this machine and private networks. Connections of
    the app's administrator always may. No connection reaches a cloud's metadata service. ``sleep`` waits before a
    retry, ``random_number`` (0 to 1) is the jitter of retries, ``clock`` returns Unix time. ``capabilities`` is asked
    how a server wants its requests, and receives what refusals teach.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        private_connections: bool = True,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random_number: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.time,
        capabilities: CapabilityMemory | None = None,
    ) -> None:
        silence_http_loggers()
        self._limits = ResponseLimits(settings.connect_timeout, settings.read_timeout, settings.max_response_bytes)
        self._sleep = sleep
        self._random_number = random_number
        self._clock = clock
        self._worker = DiskThreads()
        self._private_connections = private_connections
        self._loop: asyncio.AbstractEventLoop | None = None
        # By whether a connection may lead into private networks: what was opened for one is never used for another.
        self._transports: dict[bool, Transport] = {}
        self._capabilities = capabilities or CapabilityMemory()

    async def run(
        self,
        connection: Connection,
        request: Request,
        staging: Path,
        *,
        history: History | Sequence[EarlierTurn] = (),
    ) -> AsyncGenerator[Event, None]:
        """Send a request and yield its events, in the order that ``events`` describes. Raise ApiError.

        The request is shaped as the server is known to want it. Where a refusal, which costs nothing, shows that it
        wants another shape, send that, and remember it once it was accepted. What may have cost something is only
        remembered.

        Images are written into ``staging`` and belong to the caller once yielded. ``history`` holds earlier turns,
        oldest first: of an analysis as pairs of role and text, of an edit with context as EarlierTurn. When cancelled
        or closed early, close the connection at once and leave no other file; use ``contextlib.aclosing`` where a loop
        over the events may end early.
        """
        values = values_in(self._capabilities.known(connection, request.model))
        lessons: list[tuple[Lesson, ApiError]] = []
        while True:
            decisions = self._decisions(request, values)
            try:
                async with contextlib.aclosing(
                    self.run_as(connection, request, staging, values, history=history)
                ) as events:
                    async for event in events:
                        if isinstance(event, ResponseStarted):
                            self._keep(connection, request, lessons)
                        yield event
                return
            except (RequestRefused, StreamNotRelayed) as error:
                if decisions and lacks_endpoint(error):  # ask the same by structured output
                    lesson: Lesson | None = Lesson("decisions", NO)
                    self._keep(connection, request, [(Lesson("decisions", NO), error)])
                else:
                    lesson = None if decisions else lesson_of(error, request, values)
                if lesson is None or values.get(lesson.capability) == lesson.value:
                    raise
                if not lesson.adapts:
                    self._keep(connection, request, [(lesson, error)])
                    raise
                # Each capability once: of a server that contradicts itself, the request would never end.
                if lesson.capability in {one.capability for one, _ in lessons}:
                    raise
                lessons.append((lesson, error))
                values = learned(lesson, values)

    async def run_as(
        self,
        connection: Connection,
        request: Request,
        staging: Path,
        values: Values,
        *,
        history: History | Sequence[EarlierTurn] = (),
    ) -> AsyncGenerator[Event, None]:
        """Do as ``run``, once, for a server with exactly these capabilities: learn nothing from a refusal."""
        named = request.named(connection.server.name_of(request.model))
        if request.operation == "analyze":
            calls = [self._decisions(named, values) or wire.analyze_call(named, cast("History", history), values)]
        elif request.has_context and takes_turns(values):
            calls = turn_calls(named, cast("Sequence[EarlierTurn]", history), connection)
        else:
            calls = [(wire.edit_call if request.operation == "edit" else wire.generate_call)(named, values)]
        for call in calls:
            try:
                async with contextlib.aclosing(self._call(connection, call, named, staging)) as events:
                    async for event in events:
                        if call.path == wire.EDITS and request.has_context and isinstance(event, _WITH_ANSWER):
                            event = replace(event, answer={**event.answer, SENT_TO: call.path})
                        yield event
                return
            except RequestRefused as error:
                if call is calls[-1] or not lost_response(error):
                    raise

    @staticmethod
    def _decisions(request: Request, values: Values) -> ApiCall | None:
        return None if values.get("decisions") == NO else wire.decisions_call(request)

    def _keep(self, connection: Connection, request: Request, lessons: list[tuple[Lesson, ApiError]]) -> None:
        for lesson, error in lessons:
            finding = finding_of(lesson, error, self._clock())
            self._capabilities.learn(connection, request.model, lesson.capability, finding)
        lessons.clear()

    async def models(self, connection: Connection) -> list[RemoteModel]:
        """Return the models that the server lists. Raise ApiError. Listing is free."""
        models = read_models(await self.json(connection, wire.models_call()))
        if models is None:
            raise errors.NotJsonResponse("It is JSON, but not a list of models.", money=Money.NOTHING_SPENT)
        return models

    async def json(self, connection: Connection, call: ApiCall) -> Any:
        """Make a call and return its answer, JSON without images. Raise ApiError."""
        async with contextlib.aclosing(self._http_caller(connection).send(connection, call)) as steps:
            async for step in steps:
                if isinstance(step, ResponseReader):
                    return await self._read_json(step)
        raise AssertionError("a call ends with an answer or an error")

    async def download(self, connection: Connection, call: ApiCall, target: Path) -> None:
        """Make a call and write its answer to a file, at most as large as any response. Raise ApiError, OSError."""
        async with contextlib.aclosing(self._http_caller(connection).send(connection, call)) as steps:
            async for step in steps:
                if not isinstance(step, ResponseReader):
                    continue
                try:
                    with target.open("wb") as file:
                        async with contextlib.aclosing(step.pieces()) as pieces:
                            async for piece in pieces:
                                await self._worker.run(file.write, piece)
                finally:
                    await step.aclose()

    async def read_stored(
        self, connection: Connection, response: httpx.Response, request: Request, staging: Path, inside: Sequence[str]
    ) -> AsyncGenerator[Event, None]:
        """Yield the events of a response that was downloaded before, whose document stands `inside` these members."""
        answer = ResponseReader(response, connection, self._limits, costly=True)
        context = ReadContext(self._worker, self._limits, self._sleep)
        reader = ImageReader(answer, wanted=request.n, folder=staging, context=context, inside=inside)
        async with contextlib.aclosing(reader.events()) as events:
            async for event in events:
                yield event

    def may_not_lead_there(self, connection: Connection) -> str | None:
        """Return why the base URL alone rules a connection out, as a sentence without a period, or None.

        Names are resolved only when something is sent; their addresses are checked then.
        """
        host = connection.host
        if is_metadata(host):
            return "The base URL is the address of a cloud's metadata service, which hands out credentials"
        private = is_local(host) or (parse_address(host) is not None and not is_public(host))
        if private and connection.source == "own" and not self._private_connections:
            return "The base URL leads into this server's own machine or a private network, which is not allowed here"
        return None

    async def aclose(self) -> None:
        """Close the pools and threads, in the loop that made them. A later call opens new ones."""
        transports, self._transports = self._transports, {}
        for transport in transports.values():
            await transport.aclose()
        self._worker.close()

    def _http_caller(self, connection: Connection) -> HttpCaller:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._transports = loop, {}
        private = self._private_connections or connection.source != "own"
        if private not in self._transports:
            self._transports[private] = Transport(for_connections(private=private))
        return HttpCaller(self._transports[private], self._limits, self._sleep, self._random_number, self._clock)

    async def _call(
        self, connection: Connection, call: ApiCall, request: Request, staging: Path
    ) -> AsyncGenerator[Event, None]:
        context = ReadContext(self._worker, self._limits, self._sleep)
        async with contextlib.aclosing(self._http_caller(connection).send(connection, call)) as steps:
            async for step in steps:
                if not isinstance(step, ResponseReader):
                    yield step
                    continue
                try:
                    yield ResponseStarted(step.request_id, step.status, "event-stream" in step.content_type)
                    reader: ImageReader | TextReader
                    if request.operation == "analyze":
                        reader = TextReader(step, self._limits)
                    else:
                        kind = TurnReader if call.path == RESPONSES else ImageReader
                        reader = kind(step, wanted=request.n, folder=staging, context=context)
                    async with contextlib.aclosing(reader.events()) as events:
                        async for event in events:
                            yield event
                finally:
                    await step.aclose()

    def known_values(self, connection: Connection, model: str) -> dict[str, str]:
        """Return what is known of a server's capabilities for a model, by name."""
        return values_in(self._capabilities.known(connection, model))

    def takes_turns(self, connection: Connection) -> bool:
        """Return whether edits with the turns before may work: nothing is known that speaks against it."""
        return takes_turns(values_in(self._capabilities.known(connection, "")))

    async def _read_json(self, answer: ResponseReader) -> Any:
        parsers: list[BodyParser] = []
        try:
            async with contextlib.aclosing(parse_body(answer, None, parsers.append)) as steps:
                async for _ in steps:
                    pass
            if not isinstance(parsers[0], JsonScanner):
                raise answer.error(errors.NotJsonResponse, "It is a stream of events.")
            with answer.explained():
                document = parsers[0].finish()
        finally:
            await answer.aclose()
        if isinstance(document, dict) and document.get("error"):
            raise answer.refused(document)
        return document

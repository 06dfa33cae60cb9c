"""The client: generate, edit, analyze and models, against OpenAI or any server compatible with it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

from components.client import errors, wire
from components.client.call import HttpCaller
from components.client.connection import Connection
from components.client.errors import ApiError
from components.client.events import AnswerStarted, Event
from components.client.http.address_filter import for_connections
from components.client.http.pool import Transport
from components.client.masking import quieten_libraries
from components.client.models import RemoteModel, read_models
from components.client.reading.body import Intake, Limits, ReadContext, ResponseReader, Worker, read_into_intake
from components.client.reading.images import PictureReader
from components.client.reading.json_scanner import JsonScanner
from components.client.reading.text import TextReader
from components.client.wire import ApiCall, ApiVariant, History
from components.network.addresses import is_local, is_metadata, is_public, parse_address
from components.parameters import Request
from components.settings import Settings


class Client:
    """Sends requests and tells what becomes of them. Its pools of connections are made in the loop that uses them.

    ``private_connections`` says whether a person's own connection may lead into this machine or a private network;
    those that whoever runs the app has set up always may, and none ever to a cloud's metadata service.
    ``sleep`` waits before a retry, ``random_number`` (0 to 1) spreads retries out, ``clock`` gives Unix time.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        private_connections: bool = True,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random_number: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.time,
    ) -> None:
        quieten_libraries()
        self._limits = Limits(settings.connect_timeout, settings.read_timeout, settings.max_response_bytes)
        self._sleep = sleep
        self._random_number = random_number
        self._clock = clock
        self._worker = Worker()
        self._private_connections = private_connections
        self._loop: asyncio.AbstractEventLoop | None = None
        # By whether a connection may lead into private networks: what was opened for one is never used for another.
        self._transports: dict[bool, Transport] = {}
        self._dialects: dict[tuple[str, str], ApiVariant] = {}

    async def run(
        self, connection: Connection, request: Request, scratch: Path, *, history: History = ()
    ) -> AsyncGenerator[Event, None]:
        """Sends a request and yields its events; see ``events`` for their order.

        Pictures are written into ``scratch`` and are the receiver's once told of. ``history`` (analyze only)
        holds earlier turns as pairs of role and text, oldest first. Raises ApiError. Cancelled or closed
        early, the connection is closed at once and no other file is left; use ``contextlib.aclosing`` where a
        loop over the events may be left early.
        """
        if request.operation == "analyze":
            events = self._analyze(connection, request, scratch, history)
        else:
            call = wire.edit_call(request) if request.operation == "edit" else wire.generate_call(request)
            events = self._call(connection, call, request, scratch)
        async with contextlib.aclosing(events):
            async for event in events:
                yield event

    async def models(self, connection: Connection) -> list[RemoteModel]:
        """The models that the server offers. Raises ApiError; nothing is ever spent."""
        async with contextlib.aclosing(self._exchange(connection).ask(connection, wire.models_call())) as steps:
            async for step in steps:
                if isinstance(step, ResponseReader):
                    return await self._read_models(step)
        raise AssertionError("a call ends with an answer or an error")

    def may_not_lead_there(self, connection: Connection) -> str | None:
        """Return why a connection is refused by what its base URL alone says, as a sentence without a period.

        A name is looked up only when something is sent; what it leads to is checked then.
        """
        host = connection.host
        if is_metadata(host):
            return "The base URL is the address of a cloud's metadata service, which hands out credentials"
        private = is_local(host) or (parse_address(host) is not None and not is_public(host))
        if private and connection.source == "own" and not self._private_connections:
            return "The base URL leads into this server's own machine or a private network, which is not allowed here"
        return None

    async def aclose(self) -> None:
        """Closes the pool and the threads; a later call opens new ones. To be awaited in the loop that made them."""
        transports, self._transports = self._transports, {}
        for transport in transports.values():
            await transport.aclose()
        self._worker.close()

    def _exchange(self, connection: Connection) -> HttpCaller:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._transports = loop, {}
        private = self._private_connections or connection.source != "own"
        if private not in self._transports:
            self._transports[private] = Transport(for_connections(private=private))
        return HttpCaller(self._transports[private], self._limits, self._sleep, self._random_number, self._clock)

    async def _call(
        self, connection: Connection, call: ApiCall, request: Request, scratch: Path
    ) -> AsyncGenerator[Event, None]:
        means = ReadContext(self._worker, self._limits, self._sleep)
        async with contextlib.aclosing(self._exchange(connection).ask(connection, call)) as steps:
            async for step in steps:
                if not isinstance(step, ResponseReader):
                    yield step
                    continue
                try:
                    yield AnswerStarted(step.request_id, step.status)
                    reader: PictureReader | TextReader
                    if request.operation == "analyze":
                        reader = TextReader(step, self._limits)
                    else:
                        reader = PictureReader(step, wanted=request.n, folder=scratch, means=means)
                    async with contextlib.aclosing(reader.events()) as events:
                        async for event in events:
                            yield event
                finally:
                    await step.aclose()

    async def _analyze(
        self, connection: Connection, request: Request, scratch: Path, history: History
    ) -> AsyncGenerator[Event, None]:
        """Asks in the dialect that the server is known to speak; learns another when it refuses that one."""
        known = (connection.id, connection.base_url)
        dialect = self._dialects.get(known, ApiVariant())
        while True:
            call = wire.analyze_call(request, history, dialect)
            try:
                async with contextlib.aclosing(self._call(connection, call, request, scratch)) as events:
                    async for event in events:
                        if isinstance(event, AnswerStarted):
                            self._dialects[known] = dialect
                        yield event
                return
            except ApiError as exc:
                other = dialect.after(exc)
                if other is None:
                    raise
                dialect = other

    async def _read_models(self, answer: ResponseReader) -> list[RemoteModel]:
        intakes: list[Intake] = []
        try:
            async with contextlib.aclosing(read_into_intake(answer, None, intakes.append)) as steps:
                async for _ in steps:
                    pass
            if not isinstance(intakes[0], JsonScanner):
                raise answer.error(errors.NotJsonAnswer, "It is a stream of events, not a list of models.")
            with answer.explained():
                document = intakes[0].finish()
        finally:
            await answer.aclose()
        if isinstance(document, dict) and document.get("error"):
            raise answer.refused(document)
        models = read_models(document)
        if models is None:
            raise answer.error(errors.NotJsonAnswer, "It is JSON, but not a list of models.")
        return models

"""Cancelling, at every moment: the connection closes at once and nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from components.client import Client, Connection, Event
from components.client.events import ImageArrived, PartialImage, ResponseStarted, Retrying, Sent
from components.settings import Settings
from tests.wire.client.reading.test_stream import final, preview
from tests.wire.client_fixtures import PNG, b64, input_image, left_over, question, request
from tests.wire.loopback import Answer, Hang, Loopback, error_answer, event, json_answer, plain_answer, stream_answer

# How long what comes at once may take on a machine that has much else to do.
SECONDS = 60

HEAD = plain_answer('{"data":[{"b64_json":"' + b64(PNG)[:200_000], headers={"content-length": "9999999"})
GOOD = json_answer({"data": [{"b64_json": b64(PNG)}]})

# the answer, what is asked, and the event after which it is cancelled
MOMENTS: dict[str, tuple[Answer, Any, type[Event]]] = {
    "while the server thinks": ([Hang()], request(), Sent),
    "while an image arrives": ([*HEAD, Hang()], request(), ResponseStarted),
    "after a preview": (stream_answer([event(preview(0)), Hang()]), request(stream=True), PartialImage),
    "between two images": (stream_answer([event(final()), Hang()]), request(stream=True, n=2), ImageArrived),
    "inside the second": (
        stream_answer([event(final()), event(final())[:90_000], Hang()]),
        request(stream=True, n=2),
        ImageArrived,
    ),
    "while text arrives": (stream_answer([b": hm\n\n", Hang()]), question(stream=True), ResponseStarted),
}


async def cancelled_after(
    server: Loopback,
    query: Any,
    staging: Path,
    moment: type[Event],
    stop: Callable[[asyncio.Task[None]], Awaitable[None]],
) -> list[Event]:
    """Runs a request in a task and stops it a little after the given event; return the events told until then."""
    result: list[Event] = []
    reached = asyncio.Event()
    client = Client(Settings())

    async def consume() -> None:
        connection = Connection(id="t", name="T", base_url=server.base_url)
        async with contextlib.aclosing(client.run(connection, query, staging)) as events:
            async for happened in events:
                result.append(happened)
                if isinstance(happened, moment):
                    reached.set()

    task = asyncio.create_task(consume())
    await asyncio.wait_for(reached.wait(), SECONDS)
    await stop(task)
    await client.aclose()
    return result


@pytest.mark.parametrize("what", MOMENTS)
def test_a_cancelled_run_lets_go_at_once(what: str, tmp_path: Path) -> None:
    """Whatever was going on, the server sees the connection close and only files that were reported of remain."""
    answer, query, moment = MOMENTS[what]

    async def stop(task: asyncio.Task[None]) -> None:
        for _ in range(20):  # let it go on with what comes after the event
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.left.wait, SECONDS), "the connection stayed open"

    with Loopback() as server:
        server.answer(answer)
        result = asyncio.run(cancelled_after(server, query, tmp_path, moment, stop))
    assert left_over(tmp_path) == sorted(happened.path.name for happened in result if hasattr(happened, "path"))


def test_cancelling_before_the_upload_is_over(tmp_path: Path) -> None:
    """A form that is still on its way stops, and its files are closed."""
    query = request("edit", images=(input_image(tmp_path / "in", "a.png"),))
    query.images[0].path.write_bytes(bytes(60_000_000))
    arrived = threading.Event()

    class Slow(Loopback):
        """Takes the head of a request and then nothing more."""

        def _serve(self, connection: Any) -> None:
            connection.recv(100)
            arrived.set()
            self._stopping.wait(SECONDS)
            connection.close()

    async def main() -> None:
        client = Client(Settings())
        run = client.run(Connection(id="t", name="T", base_url=server.base_url), query, tmp_path / "out")
        task = asyncio.ensure_future(anext(run))
        assert await asyncio.to_thread(arrived.wait, SECONDS)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await run.aclose()
        await client.aclose()

    with Slow() as server:
        asyncio.run(main())
    assert left_over(tmp_path / "out") == []


def test_cancelling_the_wait_before_a_retry(tmp_path: Path) -> None:
    """A wait before another attempt ends at once, and no attempt follows."""

    async def stop(task: asyncio.Task[None]) -> None:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, SECONDS)

    with Loopback() as server:
        server.answer(error_answer(429, "slow_down", headers={"retry-after": "100"}))
        asyncio.run(cancelled_after(server, request(), tmp_path, Retrying, stop))
        assert len(server.requests) == 1


@pytest.mark.parametrize("kind", [Sent, ResponseStarted, ImageArrived])
def test_closing_early_is_like_cancelling(kind: type[Event], tmp_path: Path) -> None:
    """Whoever stops listening gets no further file; what was told of is theirs."""

    async def main() -> list[Event]:
        client = Client(Settings())
        result = []
        connection = Connection(id="t", name="T", base_url=server.base_url)
        async with contextlib.aclosing(client.run(connection, request(n=2), tmp_path)) as events:
            async for happened in events:
                result.append(happened)
                if isinstance(happened, kind):
                    break
        await client.aclose()
        return result

    with Loopback() as server:
        server.answer(json_answer({"data": [{"b64_json": b64(PNG)}, {"b64_json": b64(PNG)}]}))
        result = asyncio.run(main())
    assert left_over(tmp_path) == [happened.path.name for happened in result if isinstance(happened, ImageArrived)]


def test_one_cancelled_run_does_not_disturb_another(tmp_path: Path) -> None:
    """Of two runs over one client the other goes on to its end, and the client is usable afterwards."""

    async def main() -> list[str]:
        client = Client(Settings())
        connection = Connection(id="t", name="T", base_url=server.base_url)

        async def consume(folder: str) -> list[str]:
            return [type(e).__name__ async for e in client.run(connection, request(), tmp_path / folder)]

        first = asyncio.create_task(consume("first"))
        assert await asyncio.to_thread(server.arrived.wait, SECONDS)
        second = asyncio.create_task(consume("second"))
        names = await second
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await consume("third") == names
        await client.aclose()
        return names

    with Loopback() as server:
        server.answer([Hang()], GOOD)
        assert asyncio.run(main()) == ["Sent", "ResponseStarted", "ImageArrived", "Completed"]


def test_a_client_outlives_its_loop(tmp_path: Path) -> None:
    """A client that was used in one event loop can be used in the next: the pool is made where it is used."""
    client = Client(Settings())

    async def use() -> None:
        connection = Connection(id="t", name="T", base_url=server.base_url)
        assert [e async for e in client.run(connection, request(), tmp_path)]
        await client.aclose()

    with Loopback() as server:
        server.answer(GOOD)
        asyncio.run(use())
        asyncio.run(use())
        assert len(server.requests) == 2

"""Measure what open pages cost one app server: `python -m tests.bench.measure_sessions [SESSIONS [RERUNS]]`.

The figures of docs/scale.md are from here. Each session is a WebSocket that speaks Streamlit's own messages, as an open
page of Generate does, without a browser behind it. CPU time is compared, so that other work on the machine does not
count.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from tests.bench.measure_workers import cpu, megabytes
from tests.browser.app_server import AppServer

MOST_BYTES = 64_000_000
AT_ONCE = 8  # people who click in the same moment
NO_LIMIT = {"IMAGE_WORKBENCH_SESSIONS_EACH": "0"}  # all sessions are of one address here


async def rerun(session: ClientConnection) -> float:
    """Run the page's script in a session as a click does, and return the seconds until it has ended."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    began = time.monotonic()
    await session.send(message.SerializeToString())
    has_begun = False
    async for data in session:
        assert isinstance(data, bytes)
        answer = ForwardMsg.FromString(data)
        has_begun = has_begun or answer.WhichOneof("type") == "new_session"
        if has_begun and answer.WhichOneof("type") == "script_finished":
            return time.monotonic() - began
    raise AssertionError("The server closed the session.")


async def click(sessions: list[ClientConnection], count: int) -> list[float]:
    """Click `count` times, in one session after the other, `AT_ONCE` at a time; return the seconds of each click."""
    turns = asyncio.Semaphore(AT_ONCE)
    locks = {session: asyncio.Lock() for session in sessions}

    async def one(number: int) -> float:
        session = sessions[number % len(sessions)]
        async with turns, locks[session]:
            return await rerun(session)

    return list(await asyncio.gather(*(one(number) for number in range(count))))


async def measure(server: AppServer, count: int, reruns: int) -> None:
    """Open `count` sessions, click in them, and print what one session and one click cost."""
    address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    sessions: list[ClientConnection] = []
    pid = server.pid
    try:
        for number in range(count + 1):  # the first one warms up the server
            sessions.append(await connect(address, origin=server.base_url, max_size=MOST_BYTES))  # type: ignore[arg-type]
            await rerun(sessions[-1])
            if number == 0:
                start = (cpu(pid), megabytes(pid))
        opened = (cpu(pid), megabytes(pid))
        print(f"{count} open pages: {1000 * (opened[0] - start[0]) / count:.0f} ms of CPU to open each")
        print(f"   memory {start[1]:.0f} to {opened[1]:.0f} MB, {(opened[1] - start[1]) / count:.2f} MB each")
        await asyncio.sleep(20)
        print(f"   idle: {100 * (cpu(pid) - opened[0]) / 20:.1f} % of one core for all of them")
        before, began = cpu(pid), time.monotonic()
        seconds = sorted(await click(sessions, reruns))
        passed = time.monotonic() - began
        print(f"{reruns} clicks, {AT_ONCE} at a time: {1000 * (cpu(pid) - before) / reruns:.0f} ms of CPU each")
        print(
            f"   {60 * reruns / passed:.0f} a minute; answered in {1000 * statistics.median(seconds):.0f} ms (median),"
            f" {1000 * seconds[int(0.95 * reruns)]:.0f} ms (95 of 100); memory {megabytes(pid):.0f} MB at most"
        )
    finally:
        for session in sessions:
            await session.close()


def main(count: int, reruns: int) -> None:
    """Start the app in a folder of its own and measure it."""
    with tempfile.TemporaryDirectory() as folder, AppServer(Path(folder), environment=NO_LIMIT) as server:
        asyncio.run(measure(server, count, reruns))


if __name__ == "__main__":
    chosen = [int(value) for value in sys.argv[1:]]
    main(*chosen, *(100, 1000)[len(chosen) :])

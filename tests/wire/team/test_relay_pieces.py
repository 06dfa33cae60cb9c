"""What app servers pass to each other in PostgreSQL: who takes it, how much waits there, and what removes it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from components.library import Library
from components.library.__main__ import _COMMANDS, main
from components.library.cluster.channels import FollowedRun, forget_channels, keep_channel, stored_channel
from components.library.cluster.notices import ENDED, Listener
from components.library.cluster.relays import (
    ANSWER,
    REQUEST,
    Piece,
    count_pieces,
    end_relay,
    forget_pieces,
    other_servers,
    put_piece,
    take_piece,
)
from components.library.maintenance.recovery import settle
from components.library.opening import open_library
from components.ui.process.relay import pieces
from components.ui.process.relay.pieces import PIECE_BYTES, UNTAKEN, OtherServerSilent, RelaySide
from tests.unit.library.library_fixtures import crash

RELAY = "a-relay"


@asynccontextmanager
async def ends(
    libraries: tuple[Library, Library], *, listen: bool = True
) -> AsyncIterator[tuple[RelaySide, RelaySide]]:
    """The writer and the reader of a side; without `listen` they hear no notices."""
    listeners = [Listener(one.engine) for one in libraries]
    for one in listeners if listen else ():
        await asyncio.to_thread(one.start)
    first, second = (
        RelaySide(library, listener, RELAY, ANSWER) for library, listener in zip(libraries, listeners, strict=True)
    )
    try:
        yield first, second
    finally:
        for one in listeners if listen else ():
            await asyncio.to_thread(one.stop)


async def read_all(side: RelaySide) -> bytes:
    data = b""
    while True:
        piece = await side.read()
        data += piece.data
        if piece.is_last:
            return data


@pytest.mark.parametrize("listen", [True, False])
def test_a_body_arrives_whole_and_never_waits_whole(listen: bool, libraries: tuple[Library, Library]) -> None:
    """Also when every notice is lost. While nobody reads, only so many pieces wait, and the writer with them."""
    body = os.urandom((UNTAKEN + 3) * PIECE_BYTES + 1)

    async def go() -> None:
        async with ends(libraries, listen=listen) as (writer, reader):
            writing = asyncio.create_task(writer.write(body, is_last=True))
            async with asyncio.timeout(60):
                while await writer.untaken() < UNTAKEN:
                    await asyncio.wait({writing}, timeout=0.05)
            done, _ = await asyncio.wait({writing}, timeout=1)
            assert not done
            assert await writer.untaken() == UNTAKEN
            assert await read_all(reader) == body
            await writing

    asyncio.run(go())
    assert count_pieces(libraries[0], RELAY, ANSWER) == 0


def test_a_silent_end_is_given_up(libraries: tuple[Library, Library], monkeypatch: pytest.MonkeyPatch) -> None:
    """By its reader and by its writer."""
    monkeypatch.setattr(pieces, "SILENT_SECONDS", 0.3)
    monkeypatch.setattr(pieces, "BROWSER_SECONDS", 0.2)

    async def go() -> None:
        async with ends(libraries) as (writer, reader):
            with pytest.raises(OtherServerSilent):
                await reader.read(0.2)
            with pytest.raises(OtherServerSilent):
                await writer.write(bytes((UNTAKEN + 1) * PIECE_BYTES), is_last=True)

    asyncio.run(go())


def test_a_writer_that_is_cancelled_leaves_nothing_behind(libraries: tuple[Library, Library]) -> None:
    """Its thread may still write a piece: it waits for that one, and then all are removed."""

    async def go() -> None:
        async with ends(libraries) as (writer, _):
            for _again in range(5):
                writing = asyncio.create_task(writer.write_head(b"a head"))
                await asyncio.sleep(0)
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)
                await writer.settle()
                end_relay(libraries[0], RELAY, ENDED)
                assert count_pieces(libraries[0], RELAY, ANSWER) == 0

    asyncio.run(go())


def test_one_server_takes_a_piece(libraries: tuple[Library, Library]) -> None:
    """The second finds nothing; ending a relay removes both sides."""
    for side in (REQUEST, ANSWER):
        put_piece(libraries[0], RELAY, side, 0, Piece(b"a head", is_last=False))
    assert take_piece(libraries[0], RELAY, REQUEST, 0) == Piece(b"a head", is_last=False)
    assert take_piece(libraries[1], RELAY, REQUEST, 0) is None
    end_relay(libraries[0], RELAY, ENDED)
    assert take_piece(libraries[1], RELAY, ANSWER, 0) is None


def test_what_dead_servers_left_is_removed(libraries: tuple[Library, Library]) -> None:
    """Pieces after a while, and not those of now; channels with their process."""
    first, second = libraries
    for relay in ("old", "new"):
        put_piece(first, relay, REQUEST, 0, Piece(b"x", is_last=True))
    with first.engine.begin() as connection:
        connection.execute(text("UPDATE relay_pieces SET written = now() - interval '11 minutes' WHERE relay = 'old'"))
    forget_pieces(second)
    assert (count_pieces(first, "old", REQUEST), count_pieces(first, "new", REQUEST)) == (0, 1)
    keep_channel(first, "a-token", "r1")
    keep_channel(second, "another", None)
    crash(first)
    settle(second)
    assert stored_channel(second, "a-token") is None
    assert stored_channel(second, "another") == FollowedRun(None)


def test_only_app_servers_that_live_are_asked(
    libraries: tuple[Library, Library], tmp_path: Path, database: str
) -> None:
    """Not workers, not this one, not those that have ended."""
    first, second = libraries
    worker = open_library(tmp_path / "worker", database_url=database, kind="worker")
    assert other_servers(first) == {second.process_lock.process}
    third = open_library(tmp_path / "third", database_url=database)
    assert other_servers(first) == {second.process_lock.process, third.process_lock.process}
    third.close()
    assert other_servers(first) == {second.process_lock.process}
    worker.close()


def test_a_command_is_not_asked(
    libraries: tuple[Library, Library], tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no pages and would not say so: whoever asks for a file that nobody has would wait for it."""
    first, second = libraries
    monkeypatch.setenv("IMAGE_WORKBENCH_DATABASE_URL", database)
    monkeypatch.setenv("IMAGE_WORKBENCH_DATA", str(tmp_path / "first"))
    asked: list[frozenset[str]] = []

    def note(_library: Library, _arguments: object) -> int:
        asked.append(other_servers(first))
        return 0

    monkeypatch.setitem(_COMMANDS, "check", note)
    assert main(["check"]) == 0
    assert asked == [{second.process_lock.process}]


def test_a_channel_is_known_by_its_hash_alone(libraries: tuple[Library, Library]) -> None:
    """Which run it follows changes, and it is forgotten."""
    first, second = libraries
    for run_id in (None, "r1", "r2"):
        keep_channel(first, "a-token", run_id)
        assert stored_channel(second, "a-token") == FollowedRun(run_id)
    with first.engine.connect() as connection:
        assert "a-token" not in str(connection.execute(text("SELECT * FROM page_channels")).all())
    forget_channels(first, ["a-token"])
    assert stored_channel(second, "a-token") is None

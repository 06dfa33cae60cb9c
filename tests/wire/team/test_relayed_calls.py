"""A request that another app server may answer: who is asked for it, for how long, and what is left of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.types import Message

from components.library import Library
from components.library.cluster.notices import ASKED, DECLINED, Listener, tell
from components.library.cluster.relays import ANSWER, REQUEST, take_piece
from components.library.opening import open_library
from components.ui.process.relay import caller
from components.ui.process.relay.caller import Question, RelayedCall
from components.ui.process.relay.heads import AnswerHead, RequestHead, to_bytes
from components.ui.process.relay.pieces import PIECE_BYTES, OtherServerSilent, RelaySide


@pytest.mark.parametrize("declines", [True, False])
def test_nobody_or_a_silent_server_has_the_page(
    declines: bool, libraries: tuple[Library, Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all others say that they do not have it, that is known at once; where one is silent, it may have it."""
    monkeypatch.setattr(caller, "SILENT_SECONDS", 20.0 if declines else 1.0)
    first, second = libraries
    here, there = Listener(first.engine), Listener(second.engine)
    questions: dict[str, Question] = {}

    def decline(kind: str, key: str) -> None:
        if declines and kind == ASKED:
            tell(second, DECLINED, f"{key.partition(' ')[0]} {second.process_lock.process}")

    def hear(kind: str, key: str) -> None:
        if kind == DECLINED:
            relay, _, process = key.partition(" ")
            questions[relay].decline(process)

    async def untouched(*_: object) -> Message:
        raise AssertionError("nothing may be received or sent")

    async def go() -> bool:
        head = RequestHead("PUT", "/_stcore/upload_file/a/b", (), "")
        return await RelayedCall(first, here, questions, head).run(untouched, untouched)

    here.add(hear)
    there.add(decline)
    for one in (here, there):
        one.start()
    try:
        if declines:
            assert asyncio.run(go()) is False
        else:
            with pytest.raises(OtherServerSilent):
                asyncio.run(go())
    finally:
        for one in (here, there):
            one.stop()
    assert questions == {}
    with first.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM relay_pieces")).scalar_one() == 0


def test_a_browser_that_takes_nothing_ends_its_download(
    libraries: tuple[Library, Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a broken connection, after a while, and with nothing left of it: else it would hold its place for ever."""
    monkeypatch.setattr(caller, "BROWSER_SECONDS", 0.5)
    first, second = libraries
    here = Listener(first.engine)

    async def answer(relay: str) -> None:
        side = RelaySide(second, here, relay, ANSWER)
        await side.write_head(to_bytes(AnswerHead(200, ())))
        await side.write(bytes(2 * PIECE_BYTES), is_last=True)

    def take(kind: str, key: str) -> None:
        if kind == ASKED:
            relay = key.partition(" ")[0]
            if take_piece(second, relay, REQUEST, 0) is not None:
                asyncio.run(answer(relay))

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def receive() -> Message:
        raise AssertionError("nothing is received of a request without a body")

    async def go() -> None:
        call = RelayedCall(first, here, {}, RequestHead("GET", "/media/a.txt", (), ""))
        with pytest.raises(OSError, match="did not take"):
            async with asyncio.timeout(60):
                await call.run(receive, send)

    here.add(take)
    here.start()
    try:
        asyncio.run(go())
    finally:
        here.stop()
    with first.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM relay_pieces")).scalar_one() == 0


def test_a_server_that_ends_meanwhile_is_not_waited_for(
    libraries: tuple[Library, Library], tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was asked while it stopped, and hears no notices any more."""
    monkeypatch.setattr(caller, "ASK_SECONDS", 0.2)
    first, second = libraries
    third = open_library(tmp_path / "third", database_url=database)
    here, questions = Listener(first.engine), dict[str, Question]()

    async def untouched(*_: object) -> Message:
        raise AssertionError("nothing may be received or sent")

    def hear(kind: str, key: str) -> None:
        if kind == ASKED:
            questions[key.partition(" ")[0]].decline(second.process_lock.process)
            third.close()

    async def go() -> bool:
        head = RequestHead("GET", "/media/a.txt", (), "")
        return await RelayedCall(first, here, questions, head).run(untouched, untouched)

    here.add(hear)
    here.start()
    try:
        assert asyncio.run(go()) is False
    finally:
        here.stop()

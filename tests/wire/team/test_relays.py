"""Requests for a page that come to the other app server: uploads, downloads from its memory, its event channel."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from components.library import Library
from components.library.cluster.live import show_live
from components.library.db.schema import runs
from components.library.opening import open_for
from components.settings import Settings
from tests.browser.two_servers import TwoServers, two_servers
from tests.support.signing_in import ROLES
from tests.unit.library.library_fixtures import answered, ask, begin
from tests.wire.team.open_pages import PART, SECONDS, file_of, open_page, send_until_answered, visitor

NOWHERE = "http://127.0.0.1:9/v1"
USER = "X-Forwarded-User"
MEMBER, OTHER, VIEWER, ADMIN = (f"{who}@example.com" for who in ("member", "other", "viewer", "admin"))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoServers]:
    """Both servers, without a sign-in."""
    folder = tmp_path_factory.mktemp("named")
    limits = {"IMAGE_WORKBENCH_UPLOAD_BYTES_EACH": "3000000"}
    with two_servers(folder, NOWHERE, affinity=False, worker=False, **limits) as servers:
        yield servers


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoServers]:
    """Both servers, with a sign-in by a header of the proxy, which is the test itself."""
    folder = tmp_path_factory.mktemp("guarded")
    settings = {**ROLES, "IMAGE_WORKBENCH_SIGN_IN": "header"}
    with two_servers(folder, NOWHERE, affinity=False, worker=False, **settings) as servers:
        yield servers


async def put(client: httpx.AsyncClient, address: str, data: bytes = b"x" * 1000) -> httpx.Response:
    return await client.put(address, files=file_of(data))


def left(both: TwoServers) -> list[tuple[Any, ...]]:
    """The pieces of relays that stay in the database."""
    end = time.monotonic() + SECONDS
    while (
        found := both.rows("SELECT side, place, length(data), is_last FROM relay_pieces")
    ) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_an_upload_reaches_the_page_at_the_other_server(both: TwoServers) -> None:
    """All of its bytes, in several pieces, so that the page's quota is full then; and it is removed from there."""

    async def try_it() -> None:
        here, there = both.apps
        async with open_page(here) as page, visitor(there) as client, visitor(here) as direct:
            address = page.upload_address()
            began = time.monotonic()
            assert (await put(client, address, os.urandom(2_500_000))).status_code == 204
            print(f"an upload of 2.5 MB at the other server: {time.monotonic() - began:.2f} s")
            full = await put(direct, page.upload_address(), b"x" * 1_000_000)
            assert full.status_code == 413
            assert "your uploads in progress" in full.text
            assert (await client.delete(address)).status_code == 204
            assert (await put(direct, page.upload_address(), b"x" * 1_000_000)).status_code == 204

    asyncio.run(try_it())
    assert left(both) == []


def test_many_uploads_at_a_time_arrive(both: TwoServers) -> None:
    """More than are passed on at once: the others wait."""

    async def try_it() -> None:
        here, there = both.apps
        async with open_page(here) as page, visitor(there) as client:
            done = await asyncio.gather(*(put(client, page.upload_address()) for _ in range(20)))
            assert {one.status_code for one in done} == {204}

    asyncio.run(try_it())


def test_what_the_page_refuses_is_refused_at_the_other_server(both: TwoServers) -> None:
    """An upload that is too large, before it was sent; one without the token of the page's browser; any to no page."""

    async def try_it() -> None:
        here, there = both.apps
        async with open_page(here) as page, visitor(there) as client:
            large = await put(client, page.upload_address(), b"x" * 3_500_000)
            assert large.status_code == 413
            assert "The limit is 3 MB" in large.text
            forged = await client.put(page.upload_address(), files=file_of(b"x"), headers={"x-xsrftoken": ""})
            assert forged.status_code == 403
            unknown = await put(client, page.upload_address().replace(page.session, "0" * 36))
            assert (
                unknown.status_code == 400
            )  # the other server says that it does not have it: 503 for one that is silent
            assert "Invalid session_id" in unknown.text
            missing = await client.get(f"/media/{'0' * 56}.txt")
            assert missing.status_code == 404

    asyncio.run(try_it())
    assert left(both) == []


@pytest.mark.parametrize(("length", "most"), [(300_000_000, 50), (None, 290)])
def test_a_file_beyond_streamlits_limit_is_refused(length: int | None, most: int, guarded: TwoServers) -> None:
    """The page's server says so, by the length or as soon as too much has come; the rest is not waited for."""

    async def try_it() -> None:
        here, there = guarded.apps
        async with open_page(here, **{USER: MEMBER}) as page:
            said, sent = await send_until_answered(there, page.upload_address(), length, **{USER: MEMBER})
            assert " 413 " in said
            assert sent < most

    asyncio.run(try_it())
    assert left(guarded) == []


def test_nobody_reaches_another_persons_page(guarded: TwoServers) -> None:
    """Neither another member, nor a viewer, nor someone who is not signed in, at either server."""

    async def try_it() -> None:
        for people in ({USER: OTHER}, {USER: VIEWER}, {}):
            async with open_page(guarded.apps[0], **{USER: MEMBER}) as page:
                for server in guarded.apps:
                    async with visitor(server, **people) as client:
                        for method in ("PUT", "DELETE"):
                            given = {"files": file_of(b"x")} if method == "PUT" else {}
                            refused = await client.request(method, page.upload_address(), **given)
                            assert refused.status_code == (403 if people else 401), (method, people)
        async with open_page(guarded.apps[0], **{USER: MEMBER}) as page:
            for server in guarded.apps:
                async with visitor(server, **{USER: MEMBER}) as client:
                    assert (await put(client, page.upload_address())).status_code == 204
                    unknown = await put(client, page.upload_address().replace(page.session, "0" * 36))
                    assert (unknown.status_code, "not yours" in unknown.text) == (403, True)

    asyncio.run(try_it())
    assert left(guarded) == []


def test_a_request_cannot_say_that_it_was_passed_on(guarded: TwoServers) -> None:
    """The name that the gate writes is taken from it alone, at the first server as at the page's."""

    async def try_it() -> None:
        carried = '{"id": "member@example.com", "name": "m", "role": "member", "until": 9e9}'
        forged = {"X-Image-Workbench-Person": carried}
        here, there = guarded.apps
        async with open_page(here, **{USER: MEMBER}) as page, visitor(there, **forged, **{USER: OTHER}) as client:
            assert (await put(client, page.upload_address())).status_code == 403

    asyncio.run(try_it())


def test_the_pages_server_stops_answering(tmp_path: Path) -> None:
    """While a file is sent: the other server says so within seconds, honestly, and keeps nothing of it."""

    async def try_it(both: TwoServers) -> None:
        here, there = both.apps
        async with open_page(here) as page, visitor(there) as client:
            stopped = asyncio.Event()

            async def body() -> AsyncIterator[bytes]:
                yield PART
                for number in range(60):
                    if number == 30:  # more than lies in buffers on the way: the page's server has taken some
                        os.kill(here.pid, signal.SIGKILL)
                        stopped.set()
                    yield bytes(1_000_000)
                yield b"\r\n--b--\r\n"

            form = {"Content-Type": "multipart/form-data; boundary=b"}
            answer = await client.put(page.upload_address(), content=body(), headers=form)
            assert stopped.is_set()
            assert answer.status_code == 503
            assert "Nothing was spent" in answer.text

    with two_servers(tmp_path, NOWHERE, affinity=False, worker=False) as both:
        asyncio.run(try_it(both))
        assert left(both) == []
        both.apps[0].kill()


@contextmanager
def third_process(both: TwoServers, folder: Path) -> Iterator[Library]:
    """The library of both servers, as another process has it open."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in both.environment.items():
            patch.setenv(name, value)
        patch.setenv("IMAGE_WORKBENCH_DATA", str(folder / "data"))
        library = open_for(Settings.from_environment(), kind="worker")
        try:
            yield library
        finally:
            library.close()


def test_a_download_comes_from_the_other_servers_memory(both: TwoServers, tmp_path: Path) -> None:
    """An answer as a file: the same bytes, name and type as from the page's server, in full, in part, and by HEAD."""

    async def try_it() -> None:
        here, there = both.apps
        async with open_page(here) as page, visitor(there) as client, visitor(here) as direct:
            await page.show("analyze", "run=an-answer")
            assert len(page.media()) == 2
            for address in page.media():
                for method, headers in (("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=2-5"})):
                    first = await direct.request(method, address, headers=headers)
                    second = await client.request(method, address, headers=headers)
                    assert first.status_code == second.status_code == (206 if headers else 200)
                    assert first.content == second.content
                    for name in ("content-type", "content-length", "content-disposition", "content-range"):
                        assert first.headers.get(name) == second.headers.get(name)
                    assert second.headers["x-content-type-options"] == "nosniff"

    with third_process(both, tmp_path) as library:
        answered(library, "an-answer", tmp_path, "An ocelot, by the spots.")
    asyncio.run(try_it())
    assert left(both) == []


def test_a_download_is_nobody_elses(guarded: TwoServers, tmp_path: Path) -> None:
    """At either server: who has the address of another's answer, private or not, gets what an unknown one gets."""

    async def try_it() -> None:
        async with open_page(guarded.apps[0], **{USER: MEMBER}) as page:
            await page.show("analyze", "run=a-secret")
            assert len(page.media()) == 2
            for server in guarded.apps:
                for address in page.media():
                    async with visitor(server, **{USER: MEMBER}) as client:
                        assert (await client.get(address)).status_code == 200
                    for person in (OTHER, VIEWER, ADMIN):
                        async with visitor(server, **{USER: person}) as client:
                            refused, unknown = [await client.get(one) for one in (address, f"/media/{'0' * 56}.txt")]
                            assert (refused.status_code, refused.text) == (unknown.status_code, unknown.text)
                            assert refused.status_code == 404
                            assert "content-disposition" not in refused.headers

    with third_process(guarded, tmp_path) as library:
        answered(library, "a-secret", tmp_path, "An ocelot, by the spots.")
        with library.engine.begin() as connection:
            connection.execute(update(runs).where(runs.c.id == "a-secret").values(owner=MEMBER, is_private=True))
    asyncio.run(try_it())
    assert left(guarded) == []


def test_a_channel_shows_runs_live_at_the_other_server(both: TwoServers, tmp_path: Path) -> None:
    """The run that the page shows, its changes, and the next run that the page shows."""

    async def try_it(library: Library) -> None:
        here, there = both.apps
        async with open_page(here) as page, visitor(there) as client:
            await page.show("", "run=first-of-two")
            async with client.stream("GET", page.channel()) as answer, asyncio.timeout(60):
                assert answer.status_code == 200
                events = (json.loads(line[6:]) async for line in answer.aiter_lines() if line.startswith("data: "))
                first = await anext(events)
                assert (first["id"], first["state"]) == ("first-of-two", "running")
                await asyncio.to_thread(show, library, "first-of-two", "Waiting: one before it.")
                while "one before it" not in json.dumps(await anext(events)):
                    pass
                await page.show("", "run=second-of-two")
                began = time.monotonic()
                while (await anext(events))["id"] != "second-of-two":
                    pass
                print(f"switched at the other server after {time.monotonic() - began:.2f} s")
            unknown = await client.get("/channels/no-such-token")
            assert unknown.status_code == 404

    with third_process(both, tmp_path) as library:
        for run_id in ("first-of-two", "second-of-two"):
            begin(library, run_id)
            library.update_run(run_id, state="running")
            show(library, run_id, None)
        asyncio.run(try_it(library))


def test_a_channel_shows_nobody_what_is_private_to_another(guarded: TwoServers, tmp_path: Path) -> None:
    """At the other server too: the run of its page reaches that person alone."""

    async def try_it() -> None:
        here, there = guarded.apps
        async with open_page(here, **{USER: MEMBER}) as page:
            await page.show("", "run=only-mine")
            for who, is_shown in ((MEMBER, True), (OTHER, False), (VIEWER, False)):
                async with visitor(there, **{USER: who}) as client, client.stream("GET", page.channel()) as answer:
                    assert answer.status_code == 200
                    assert ("only-mine" in await said_within(answer, 1.5)) == is_shown

    with third_process(guarded, tmp_path) as library:
        named = {"connection_id": "c1", "connection_name": "Test", "owner": MEMBER}
        library.begin_run("only-mine", ask(), is_private=True, **named)
        library.update_run("only-mine", state="running")
        show(library, "only-mine", None)
        asyncio.run(try_it())


async def said_within(answer: httpx.Response, seconds: float) -> str:
    """What an event stream says in this time."""
    said = ""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for piece in answer.aiter_text():
                said += piece
    return said


def show(library: Library, run_id: str, waiting: str | None) -> None:
    """Let a run of this process show why it waits."""
    parts = {"version": 1, "partials": [], "unsaved": [], "retry": None, "text": "", "request_id": None}
    show_live(library, run_id, {**parts, "waiting": waiting}, {}, [])

"""What comes with a login, and what goes with it: sessions, open pages, the way back, limits."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from unittest.mock import patch

import pytest
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send
from streamlit import config

from components.team.people import Role
from components.ui.access.frontend.frontend_files import frontend_files
from components.ui.access.sign_in.live_logins import live_logins
from components.ui.access.sign_in.login import CARRIER
from components.ui.access.sign_in.open_socket import MessageRate
from tests.support.signing_in import COOKIE, cookie, sign_in_by
from tests.wire.doors.guarded_app import ORIGIN, PAGE, GuardedApp, InnerApp, by_cookie, login_key


def test_an_upload_goes_only_into_a_session_of_ones_own(guarded_app: GuardedApp, tmp_path: Path) -> None:
    """Whoever learns the id of another's session can neither add a file to it nor take the session up."""
    path = "/_stcore/upload_file/theirs/f1"
    live_logins.note_session("theirs", "other@example.com")
    live_logins.note_session("mine", "member@example.com")

    async def try_it() -> None:
        headers = by_cookie(cookie(ORIGIN, "member@example.com"))
        async with guarded_app.visited() as client:
            for method in ("PUT", "DELETE"):
                assert (await client.request(method, path, headers=headers)).status_code == 403
                assert (await client.request(method, path.replace("theirs", "mine"), headers=headers)).is_success
        for session, kept in (("mine", "streamlit, token, mine"), ("theirs", "streamlit, token"), ("", "")):
            seen: list[str] = []
            sent = f"streamlit, token, {session}" if session else ""

            async def note(scope: Scope, receive: Receive, send: Send, seen: list[str] = seen) -> None:
                seen.append(dict(scope["headers"]).get(b"sec-websocket-protocol", b"").decode())

            with patch.object(InnerApp, "__call__", lambda _, *given: note(*given)):
                await guarded_app.socket({**dict(headers), "Origin": ORIGIN, "Sec-WebSocket-Protocol": sent})
            assert seen == [kept]

    with sign_in_by("oidc", tmp_path):
        asyncio.run(try_it())
    live_logins.forget_session("theirs")
    live_logins.forget_session("mine")


def test_the_browser_comes_back_to_the_page_that_it_opened(guarded_app: GuardedApp, tmp_path: Path) -> None:
    """One page with one link; after the provider, the address from before, and never one elsewhere."""

    async def go() -> None:
        async with guarded_app.visited() as client:
            page = await client.get("/library?run=r1&x=%22", headers=PAGE)
            assert page.status_code == 401
            assert "no-store" in page.headers["cache-control"]
            assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
            links = re.findall(r'href="([^"]+)"', page.text)
            assert len(links) == 1
            begun = await client.get(links[0].replace("&amp;", "&"))
            assert begun.status_code == 303
            assert begun.headers["location"].startswith("/auth/login?provider=")
            assert "httponly" in begun.headers["set-cookie"].lower()
            returned = begun.cookies["image_workbench_return"]
            client.cookies.clear()
            signed_in = f"{COOKIE}={cookie(ORIGIN, 'member@example.com')}; image_workbench_return="
            back = await client.get("/", headers={**PAGE, "cookie": signed_in + returned})
            assert (back.status_code, back.headers["location"]) == (303, "/library?run=r1&x=%22")
            assert 'image_workbench_return=""' in back.headers["set-cookie"]
            away = await client.get("/", headers={**PAGE, "cookie": f"{signed_in}https%3A%2F%2Fevil.example"})
            assert (away.status_code, away.headers["location"]) == (303, "/")
            other_host = await client.get("/sign-in?next=/library", headers={"host": "127.0.0.1"})
            assert other_host.headers["location"] == f"{ORIGIN}/sign-in?next=/library"

    with sign_in_by("oidc", tmp_path):
        asyncio.run(go())


def test_below_a_path_the_doors_are_the_same(guarded_app: GuardedApp, tmp_path: Path) -> None:
    """Behind a proxy's path prefix the way to sign in lies below it, and nothing more is open."""

    async def go() -> None:
        async with guarded_app.visited() as client:
            page = await client.get("/images/library", headers=PAGE)
            (link,) = re.findall(r'href="([^"]+)"', page.text)
            assert link.startswith("/images/sign-in?provider=default&amp;next=%2Fimages%2Flibrary")
            begun = await client.get(link.replace("&amp;", "&"))
            assert begun.headers["location"].startswith("/images/auth/login?provider=")
            assert "path=/images" in begun.headers["set-cookie"].lower()
            assert (await client.get("/images/healthz")).is_success
            for path in ("/images/files/originals/x.png", "/files/originals/x.png", "/imagesx/healthz", "/images"):
                assert (await client.get(path)).status_code == 401

    config.set_option("server.baseUrlPath", "images")
    try:
        with sign_in_by("oidc", tmp_path, f"{ORIGIN}/images"):
            asyncio.run(go())
    finally:
        config.set_option("server.baseUrlPath", "")


def test_an_event_stream_ends_with_its_login(
    guarded_app: GuardedApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows a sign-out does not arrive any more."""
    value = cookie(ORIGIN, "member@example.com")
    sent: list[str] = []

    async def events() -> AsyncIterator[str]:
        for number in range(3):
            sent.append(f"{number}")
            yield f"data: {number}\n\n"
            live_logins.end(login_key(value), time.time() + 100)

    async def stream(_: object, scope: Scope, receive: Receive, send: Send) -> None:
        await StreamingResponse(events(), media_type="text/event-stream")(scope, receive, send)

    async def go() -> None:
        async with guarded_app.visited() as client:
            await client.get("/channels/x1", headers=by_cookie(value))

    monkeypatch.setattr(InnerApp, "__call__", stream)
    with sign_in_by("oidc", tmp_path), pytest.raises((OSError, ClientDisconnect)):
        asyncio.run(go())
    assert sent == ["0", "1"]  # the second was made, and not sent


@pytest.mark.parametrize("how", ["signs out", "expires"])
def test_an_open_page_loses_its_rights_with_the_login(how: str, guarded_app: GuardedApp, tmp_path: Path) -> None:
    """Its WebSocket is closed, nothing that it says afterwards is heard, and its cookie is worth nothing."""

    async def go() -> None:
        iat = int(time.time()) - (12 * 3600 - 2 if how == "expires" else 0)
        headers = by_cookie(cookie(ORIGIN, "member@example.com", iat=iat))
        said: asyncio.Queue[Message] = asyncio.Queue()
        page = asyncio.create_task(guarded_app.socket({**dict(headers), "Origin": ORIGIN}, said=said))
        said.put_nowait({"type": "websocket.receive", "bytes": b"hello"})
        await asyncio.wait_for(guarded_app.inside.has_heard.wait(), 60)
        async with guarded_app.visited() as client:
            if how == "signs out":
                assert (await client.get("/auth/logout", headers=headers)).is_success
            answers = await asyncio.wait_for(page, 60)
            said.put_nowait({"type": "websocket.receive", "bytes": b"still here"})
            assert [one["type"] for one in answers] == ["websocket.accept", "websocket.close"]
            assert len(guarded_app.inside.heard) == 1
            assert (await client.get("/library", headers=headers)).status_code == 401

    with sign_in_by("oidc", tmp_path):
        asyncio.run(go())


def test_what_everyone_may_load_is_only_the_front_end_itself(guarded_app: GuardedApp, tmp_path: Path) -> None:
    """Streamlit's own files come to everyone, also when the browser asks whether they changed."""
    name = next(name for name in frontend_files() if name.endswith(".js"))

    async def go() -> None:
        async with guarded_app.visited() as client:
            assert (await client.get(f"/static/{name}")).is_success
            assert (await client.get(f"/static/{name}", headers={"if-none-match": "x"})).is_success
            assert (await client.get(f"/static/{name}x")).status_code == 401

    with sign_in_by("oidc", tmp_path):
        asyncio.run(go())


def test_without_a_sign_in_everybody_passes_as_an_admin(
    guarded_app: GuardedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default: nothing is refused, and no header makes anyone someone."""

    async def go() -> None:
        headers = {CARRIER: '{"id":"x"}', "X-Forwarded-User": "x", "cookie": "image_workbench_owner=Ada"}
        async with guarded_app.visited() as client:
            for method in ("GET", "POST"):
                answer = await client.request(method, "/library", headers=headers)
                assert answer.json() == {"id": "Ada", "role": Role.ADMIN}

    asyncio.run(go())


@pytest.mark.parametrize("mode", ["oidc", "name"])
def test_one_person_has_only_so_many_pages_open(mode: str, guarded_app: GuardedApp, tmp_path: Path) -> None:
    """The next WebSocket is refused and the next page says why; another person's is not."""

    async def go() -> None:
        if mode == "oidc":
            mine, theirs = (by_cookie(cookie(ORIGIN, f"{who}@example.com")) for who in ("member", "other"))
        else:
            mine, theirs = ({"cookie": f"image_workbench_browser={letter * 32}"} for letter in "ab")
        lines = [asyncio.Queue[Message]() for _ in range(2)]
        pages = [asyncio.create_task(guarded_app.socket({**dict(mine), "Origin": ORIGIN}, said=said)) for said in lines]
        for said in lines:
            said.put_nowait({"type": "websocket.receive", "bytes": b"hello"})
        await asyncio.wait_for(guarded_app.inside.has_heard.wait(), 60)
        async with guarded_app.visited() as client:
            full = await client.get("/library", headers={**dict(mine), **PAGE})
            assert (full.status_code, "You have 2 pages" in full.text) == (429, True)
            assert (await client.get("/library", headers={**dict(theirs), **PAGE})).is_success
        answers = await guarded_app.socket({**dict(mine), "Origin": ORIGIN})
        assert [(one["type"], one["code"]) for one in answers] == [("websocket.close", 1013)]
        for said in lines:
            said.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(asyncio.gather(*pages), 60)
        async with guarded_app.visited() as client:
            assert (await client.get("/library", headers={**dict(mine), **PAGE})).is_success

    if mode == "oidc":
        with sign_in_by(mode, tmp_path, IMAGE_WORKBENCH_SESSIONS_EACH="2"):
            asyncio.run(go())
        return
    settings = {"IMAGE_WORKBENCH_SESSIONS_EACH": "2", "IMAGE_WORKBENCH_VIEWERS": "", "IMAGE_WORKBENCH_ADMINS": ""}
    settings |= {"IMAGE_WORKBENCH_MEMBERS": "", "IMAGE_WORKBENCH_DEFAULT_ROLE": ""}
    with sign_in_by("name", tmp_path, **settings):
        asyncio.run(go())


def test_a_page_that_says_too_much_waits() -> None:
    """A burst passes; what follows comes at the rate that is set, and after a pause at once again."""
    now = 0.0
    rate = MessageRate(60, clock=lambda: now)
    assert [rate.take() for _ in range(60)] == [0.0] * 60
    assert [round(rate.take(), 6) for _ in range(3)] == [1.0, 2.0, 3.0]
    now = 120.0
    assert rate.take() == 0.0
    assert MessageRate(0).take() == 0.0

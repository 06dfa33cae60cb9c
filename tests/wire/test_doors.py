"""Every door of the app, tried by everybody who has no key to it.

The addresses come from the app's own routes and from Streamlit's, so a route that somebody adds is tried too. Behind
the app's real middleware stands an app that only counts who came through.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from unittest.mock import MagicMock, patch

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_app import create_streamlit_routes

from components.team.people import Role
from components.ui.access.base_path import BelowBasePath
from components.ui.access.frontend_files import frontend_files
from components.ui.access.header_deadline import HeaderDeadlines
from components.ui.access.identity import person_of
from components.ui.access.sign_in.live_logins import live_logins
from components.ui.access.sign_in.login import CARRIER
from components.ui.access.sign_in.open_socket import Pace
from components.ui.process.upload_quota import UploadQuota
from components.ui.routes.app_routes import middleware, routes
from tests.environment import ROOT
from tests.signing_in import COOKIE, cookie, sign_in_by

ORIGIN = "http://localhost"
SAMPLE = {"kind": "originals", "name": f"{'a' * 64}.png", "path": "x/y.js"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PAGE = {"accept": "text/html"}
# What everyone may reach; a new line here is a decision.
OPEN = {"/healthz", "/readyz", "/metrics"}
OPEN_BY_OIDC = OPEN | {"/auth/login", "/auth/logout", "/oauth2callback"}
# Everything else that only reads is for viewers too, and everything else that does not is for members.
ADMINS_READ = {"/audit.csv"}

Headers = dict[str, str] | list[tuple[str, str]]
Ask = Callable[..., Awaitable[httpx.Response]]


@cache
def addresses() -> list[str]:
    """One address for each route of the app and of Streamlit, each page, and some that are no route."""
    found = {"/", "/no-such-page", "/static/no-such.js", "/static/../files/x", "/healthz/", "//healthz", "/HEALTHZ"}
    found |= {f"/{page.stem}" for page in (ROOT / "pages").glob("[a-z]*.py")}
    for route in (*routes, *create_streamlit_routes(MagicMock())):
        if isinstance(route, Mount):
            continue  # Streamlit's own files and pages, which the addresses above stand for
        known = isinstance(route, Route | WebSocketRoute | BelowBasePath)
        assert known, f"{route} is a kind of route that this test does not know"
        found.add(re.sub(r"\{(\w+)(?::\w+)?\}", lambda part: SAMPLE.get(part[1], "x1"), route.path))
    return sorted(found)


class Inside:
    """What stands behind the doors: it says whom it sees, and counts what came through."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.heard: list[Message] = []
        self.has_heard = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached.append(scope["path"])
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (message := await receive())["type"] != "websocket.disconnect":
                self.heard.append(message)
                self.has_heard.set()
            return
        request = Request(scope)
        person = person_of(request)
        await JSONResponse({"id": person.id, "role": person.role})(scope, receive, send)


class House:
    """The app's middleware around `Inside`."""

    def __init__(self) -> None:
        self.inside = Inside()
        kept = [one for one in middleware if one.cls not in (HeaderDeadlines, UploadQuota)]
        self.app = Starlette(routes=[Mount("/", app=self.inside)], middleware=kept)

    @asynccontextmanager
    async def visited(self, peer: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=self.app, client=(peer, 5000))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            yield client

    async def socket(
        self, headers: Headers, peer: str = "127.0.0.1", said: asyncio.Queue[Message] | None = None
    ) -> list[Message]:
        """Open a WebSocket, say what is in the queue, and return what was answered."""
        answers: list[Message] = []
        said = said or asyncio.Queue()
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        said.put_nowait({"type": "websocket.connect"})

        async def send(message: Message) -> None:
            answers.append(message)

        scope = {
            "type": "websocket",
            "path": "/_stcore/stream",
            "query_string": b"",
            "root_path": "",
            "scheme": "ws",
            "server": ("localhost", 80),
            "client": (peer, 5000),
            "subprotocols": [],
            "headers": [(b"host", b"localhost"), *((name.lower().encode(), value.encode()) for name, value in pairs)],
        }
        await self.app(scope, said.get, send)
        return answers


@pytest.fixture
def house() -> House:
    return House()


def by_cookie(value: str) -> Headers:
    return {"cookie": f"{COOKIE}={value}"}


def old_cookie() -> str:
    """One that was signed 13 hours ago, when a login lasts 12."""
    then = time.time() - 13 * 3600
    with patch("itsdangerous.timed.time.time", return_value=then):
        return cookie(ORIGIN, "admin@example.com", iat=int(then))


def signed_out_cookie() -> str:
    value = cookie(ORIGIN, "admin@example.com", nonce="signed out")
    live_logins.sign_out(hashlib.sha256(value.encode()).hexdigest(), time.time() + 100)
    return value


def tampered() -> str:
    body, dot, end = cookie(ORIGIN, "viewer@example.com").partition(".")
    return f"{body[:-2]}{'AA' if body[-2:] != 'AA' else 'BB'}{dot}{end}"


# Who is turned away: the way to sign in, the peer, and what they send.
INTRUDERS: dict[str, tuple[str, str, Callable[[], Headers]]] = {
    "nobody": ("oidc", "127.0.0.1", dict),
    "forged by another secret": (
        "oidc",
        "127.0.0.1",
        lambda: by_cookie(cookie(ORIGIN, "admin@example.com", secret="x" * 40)),
    ),
    "tampered": ("oidc", "127.0.0.1", lambda: by_cookie(tampered())),
    "no signature": ("oidc", "127.0.0.1", lambda: by_cookie(cookie(ORIGIN, "a@example.com").partition(".")[0])),
    "garbage": ("oidc", "127.0.0.1", lambda: by_cookie("chunks-99999999")),
    "signed under another cookie's name": (
        "oidc",
        "127.0.0.1",
        lambda: {"cookie": f"{COOKIE}_tokens={cookie(ORIGIN, 'admin@example.com')}"},
    ),
    "expired": ("oidc", "127.0.0.1", lambda: by_cookie(old_cookie())),
    "token of long ago": (
        "oidc",
        "127.0.0.1",
        lambda: by_cookie(cookie(ORIGIN, "admin@example.com", iat=int(time.time()) - 13 * 3600)),
    ),
    "signed out": ("oidc", "127.0.0.1", lambda: by_cookie(signed_out_cookie())),
    "of another app": (
        "oidc",
        "127.0.0.1",
        lambda: by_cookie(cookie("http://other.example.com", "admin@example.com")),
    ),
    "not logged in": (
        "oidc",
        "127.0.0.1",
        lambda: by_cookie(cookie(ORIGIN, "admin@example.com", is_logged_in=False)),
    ),
    "in no list": ("oidc", "127.0.0.1", lambda: by_cookie(cookie(ORIGIN, "stranger@example.com"))),
    "address never verified": (
        "oidc",
        "127.0.0.1",
        lambda: by_cookie(cookie(ORIGIN, "admin@example.com", email_verified=False)),
    ),
    "writes the carrier": ("oidc", "127.0.0.1", lambda: {CARRIER: '{"id":"a","name":"a","role":"admin","until":9e9}'}),
    "a header where cookies count": ("oidc", "127.0.0.1", lambda: {"X-Forwarded-User": "admin@example.com"}),
    "no header": ("header", "127.0.0.1", dict),
    "a header from a foreign peer": ("header", "10.0.0.9", lambda: {"X-Forwarded-User": "admin@example.com"}),
    "a header twice": (
        "header",
        "127.0.0.1",
        lambda: [("X-Forwarded-User", "admin@example.com"), ("X-Forwarded-User", "a")],
    ),
    "an empty header": ("header", "127.0.0.1", lambda: {"X-Forwarded-User": "  "}),
    "a stranger by header": ("header", "127.0.0.1", lambda: {"X-Forwarded-User": "stranger@example.com"}),
    "a cookie where headers count": (
        "header",
        "127.0.0.1",
        lambda: by_cookie(cookie(ORIGIN, "admin@example.com")),
    ),
}


@pytest.mark.parametrize("intruder", INTRUDERS)
def test_nobody_without_a_login_reaches_anything(intruder: str, house: House, tmp_path: Path) -> None:
    """Each address by each method, as a page and as a part of one, and the WebSocket."""
    mode, peer, sends = INTRUDERS[intruder]
    may_reach = OPEN_BY_OIDC if mode == "oidc" else OPEN

    async def try_all() -> None:
        headers = sends()
        pairs = list(headers.items()) if isinstance(headers, dict) else headers
        async with house.visited(peer) as client:
            for path in addresses():
                for method in (*METHODS, "page") if intruder in ("nobody", "no header") else ("GET", "page", "POST"):
                    house.inside.reached.clear()
                    sent = [*pairs, *PAGE.items()] if method == "page" else pairs
                    answer = await client.request("GET" if method == "page" else method, path, headers=sent)
                    refused = answer.status_code in (401, 403) and not house.inside.reached
                    assert refused or path in may_reach, (method, path, answer.status_code)
        house.inside.reached.clear()
        answers = await house.socket([*pairs, ("Origin", ORIGIN)], peer)
        assert [one["type"] for one in answers] == ["websocket.close"]
        assert not house.inside.reached

    with sign_in_by(mode, tmp_path):
        asyncio.run(try_all())


ROLES = [("viewer", 0), ("member", 1), ("admin", 2)]


@pytest.mark.parametrize(("role", "rank"), ROLES)
@pytest.mark.parametrize("mode", ["oidc", "header"])
def test_each_role_reaches_what_it_may(role: str, rank: int, mode: str, house: House, tmp_path: Path) -> None:
    """A viewer reads, a member acts, an admin does everything; every route knows who they are."""
    email = f"{role}@example.com"

    async def try_all() -> None:
        live_logins.note_session("x1", email)
        async with house.visited() as client:
            for path in addresses():
                # One of them is the address that signs out.
                by = by_cookie(cookie(ORIGIN, email, nonce=path)) if mode == "oidc" else {"X-Forwarded-User": email}
                for method in METHODS:
                    reads = method in ("GET", "HEAD")
                    needed = 2 if path in ADMINS_READ else 0 if reads else 1
                    house.inside.reached.clear()
                    answer = await client.request(method, path, headers=by)
                    is_open = path in (OPEN_BY_OIDC if mode == "oidc" else OPEN)
                    assert bool(house.inside.reached) == (rank >= needed or is_open), (method, path)
                    if method == "GET" and rank >= needed and not is_open:
                        assert answer.json() == {"id": email, "role": role}

    with sign_in_by(mode, tmp_path):
        asyncio.run(try_all())
    live_logins.forget_session("x1")


def test_an_upload_goes_only_into_a_session_of_ones_own(house: House, tmp_path: Path) -> None:
    """Whoever learns the id of another's session can neither add a file to it nor take the session up."""
    path = "/_stcore/upload_file/theirs/f1"
    live_logins.note_session("theirs", "other@example.com")
    live_logins.note_session("mine", "member@example.com")

    async def try_it() -> None:
        headers = by_cookie(cookie(ORIGIN, "member@example.com"))
        async with house.visited() as client:
            for method in ("PUT", "DELETE"):
                assert (await client.request(method, path, headers=headers)).status_code == 403
                assert (await client.request(method, path.replace("theirs", "mine"), headers=headers)).is_success
        for session, kept in (("mine", "streamlit, token, mine"), ("theirs", "streamlit, token"), ("", "")):
            seen: list[str] = []
            sent = f"streamlit, token, {session}" if session else ""

            async def note(scope: Scope, receive: Receive, send: Send, seen: list[str] = seen) -> None:
                seen.append(dict(scope["headers"]).get(b"sec-websocket-protocol", b"").decode())

            with patch.object(Inside, "__call__", lambda _, *given: note(*given)):
                await house.socket({**dict(headers), "Origin": ORIGIN, "Sec-WebSocket-Protocol": sent})
            assert seen == [kept]

    with sign_in_by("oidc", tmp_path):
        asyncio.run(try_it())
    live_logins.forget_session("theirs")
    live_logins.forget_session("mine")


def test_the_browser_comes_back_to_the_page_that_it_opened(house: House, tmp_path: Path) -> None:
    """One page with one link; after the provider, the address from before, and never one elsewhere."""

    async def go() -> None:
        async with house.visited() as client:
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
            elsewhere = await client.get("/sign-in?next=/library", headers={"host": "127.0.0.1"})
            assert elsewhere.headers["location"] == f"{ORIGIN}/sign-in?next=/library"

    with sign_in_by("oidc", tmp_path):
        asyncio.run(go())


@pytest.mark.parametrize("how", ["signs out", "expires"])
def test_an_open_page_loses_its_rights_with_the_login(how: str, house: House, tmp_path: Path) -> None:
    """Its WebSocket is closed, nothing that it says afterwards is heard, and its cookie is worth nothing."""

    async def go() -> None:
        iat = int(time.time()) - (12 * 3600 - 2 if how == "expires" else 0)
        headers = by_cookie(cookie(ORIGIN, "member@example.com", iat=iat))
        said: asyncio.Queue[Message] = asyncio.Queue()
        page = asyncio.create_task(house.socket({**dict(headers), "Origin": ORIGIN}, said=said))
        said.put_nowait({"type": "websocket.receive", "bytes": b"hello"})
        await asyncio.wait_for(house.inside.has_heard.wait(), 5)
        async with house.visited() as client:
            if how == "signs out":
                assert (await client.get("/auth/logout", headers=headers)).is_success
            answers = await asyncio.wait_for(page, 5)
            said.put_nowait({"type": "websocket.receive", "bytes": b"still here"})
            assert [one["type"] for one in answers] == ["websocket.accept", "websocket.close"]
            assert len(house.inside.heard) == 1
            assert (await client.get("/library", headers=headers)).status_code == 401

    with sign_in_by("oidc", tmp_path):
        asyncio.run(go())


def test_what_everyone_may_load_is_only_the_front_end_itself(house: House, tmp_path: Path) -> None:
    """Streamlit's own files come to everyone, also when the browser asks whether they changed."""
    name = next(name for name in frontend_files() if name.endswith(".js"))

    async def go() -> None:
        async with house.visited() as client:
            assert (await client.get(f"/static/{name}")).is_success
            assert (await client.get(f"/static/{name}", headers={"if-none-match": "x"})).is_success
            assert (await client.get(f"/static/{name}x")).status_code == 401

    with sign_in_by("oidc", tmp_path):
        asyncio.run(go())


def test_without_a_sign_in_everybody_passes_as_an_admin(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default: nothing is refused, and no header makes anyone someone."""

    async def go() -> None:
        headers = {CARRIER: '{"id":"x"}', "X-Forwarded-User": "x", "cookie": "image_workbench_owner=Ada"}
        async with house.visited() as client:
            for method in ("GET", "POST"):
                answer = await client.request(method, "/library", headers=headers)
                assert answer.json() == {"id": "Ada", "role": Role.ADMIN}

    asyncio.run(go())


@pytest.mark.parametrize("mode", ["oidc", "name"])
def test_one_person_has_only_so_many_pages_open(mode: str, house: House, tmp_path: Path) -> None:
    """The next WebSocket is refused and the next page says why; another person's is not."""

    async def go() -> None:
        if mode == "oidc":
            mine, theirs = (by_cookie(cookie(ORIGIN, f"{who}@example.com")) for who in ("member", "other"))
        else:
            mine, theirs = ({"cookie": f"image_workbench_browser={letter * 32}"} for letter in "ab")
        lines = [asyncio.Queue[Message]() for _ in range(2)]
        pages = [asyncio.create_task(house.socket({**dict(mine), "Origin": ORIGIN}, said=said)) for said in lines]
        for said in lines:
            said.put_nowait({"type": "websocket.receive", "bytes": b"hello"})
        await asyncio.wait_for(house.inside.has_heard.wait(), 5)
        async with house.visited() as client:
            full = await client.get("/library", headers={**dict(mine), **PAGE})
            assert (full.status_code, "You have 2 pages" in full.text) == (429, True)
            assert (await client.get("/library", headers={**dict(theirs), **PAGE})).is_success
        answers = await house.socket({**dict(mine), "Origin": ORIGIN})
        assert [(one["type"], one["code"]) for one in answers] == [("websocket.close", 1013)]
        for said in lines:
            said.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(asyncio.gather(*pages), 5)
        async with house.visited() as client:
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
    """A burst passes; what follows comes at the pace that is set, and after a pause at once again."""
    now = 0.0
    pace = Pace(60, clock=lambda: now)
    assert [pace.take() for _ in range(60)] == [0.0] * 60
    assert [round(pace.take(), 6) for _ in range(3)] == [1.0, 2.0, 3.0]
    now = 120.0
    assert pace.take() == 0.0
    assert Pace(0).take() == 0.0

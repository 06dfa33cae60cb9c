"""The app's real middleware around an app that only counts who came through, and every address of the real one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from unittest.mock import MagicMock

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_app import create_streamlit_routes

from components.ui.access.base_path import BelowBasePath
from components.ui.access.header_deadline import HeaderDeadlines
from components.ui.access.identity import person_of
from components.ui.access.sign_in.streamlit_login import cookie_login
from components.ui.process.upload_quota import UploadQuota
from components.ui.routes.app_routes import middleware, routes
from tests.setup.environment import ROOT
from tests.support.signing_in import COOKIE

ORIGIN = "http://localhost"
SAMPLE = {"kind": "originals", "name": f"{'a' * 64}.png", "path": "x/y.js"}
DOWNLOAD = f"/media/{'a' * 56}.txt"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PAGE = {"accept": "text/html"}
# What everyone may reach; a new line here is a decision.
OPEN = {"/healthz", "/readyz", "/metrics"}
OPEN_BY_OIDC = OPEN | {"/auth/login", "/auth/logout", "/oauth2callback"}
# Everything else that only reads is for viewers too, and everything else that does not is for members.
ADMINS_READ = {"/audit.csv"}

Headers = dict[str, str] | list[tuple[str, str]]


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
        path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda part: SAMPLE.get(part[1], "x1"), route.path)
        found.add(DOWNLOAD if path == "/media/x1" else path)
    assert DOWNLOAD in found
    return sorted(found)


class InnerApp:
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


class GuardedApp:
    """The app's middleware around `InnerApp`."""

    def __init__(self) -> None:
        self.inside = InnerApp()
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


def by_cookie(value: str) -> Headers:
    return {"cookie": f"{COOKIE}={value}"}


def login_key(value: str) -> str:
    """What the gate tells a cookie's login by; while people sign in by OIDC."""
    headers = [(b"host", b"localhost"), (b"cookie", f"{COOKIE}={value}".encode())]
    scope = {"type": "http", "scheme": "http", "path": "/", "query_string": b"", "headers": headers}
    login = cookie_login(scope, 3600)
    assert login is not None
    return login.key

"""Who gets in: host names, other pages' requests, reverse proxies, and requests that never arrive whole."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from components.network.hosts import LOCAL_HOSTS
from components.ui.access.body_deadline import BodyDeadline
from components.ui.access.browser_cookie import NAME, BrowserCookie
from components.ui.access.frontend.frontend_files import STATIC, FrontendFiles
from components.ui.access.header_deadline import HeaderDeadlines, _send_at_once
from components.ui.access.repeated_logs import RepeatLimit
from components.ui.access.request_guard import RequestGuard
from components.ui.access.rules import AccessRules, _networks
from components.ui.access.security_headers import SecurityHeaders
from tests.setup.environment import ROOT

LISTED = AccessRules(LOCAL_HOSTS | {"images.example.com", "*.corp.example"}, _networks("proxies", ("127.0.0.0/8",)))
UNLISTED = AccessRules(LOCAL_HOSTS | {"images.example.com", "*.corp.example"})
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class Behind:
    """What stands behind the guard: it says what it sees, and counts what came through."""

    def __init__(self) -> None:
        self.reached = 0

    async def show(self, request: Request) -> Response:
        self.reached += 1
        size = len(await request.body())
        return JSONResponse({"url": str(request.url), "size": size})

    async def talk(self, websocket: WebSocket) -> None:
        self.reached += 1
        await websocket.accept()
        await websocket.close()


@contextlib.contextmanager
def serving(rules: AccessRules, behind: Behind, **limits: float) -> Iterator[int]:
    """A server on loopback with the app's own middleware; return its port."""
    app = Starlette(
        routes=[Route("/", behind.show, methods=["GET", "POST"]), WebSocketRoute("/ws", behind.talk)],
        middleware=[
            Middleware(HeaderDeadlines, header_seconds=limits.get("header", 10.0), max_waiting=8),
            Middleware(SecurityHeaders),
            Middleware(RequestGuard, rules=lambda: rules),
            Middleware(FrontendFiles),
            Middleware(BrowserCookie),
            Middleware(
                BodyDeadline, silence_seconds=limits.get("silence", 30.0), grace_seconds=limits.get("grace", 60)
            ),
        ],
    )
    config = uvicorn.Config(app, log_config=None, log_level="warning", ws="websockets-sansio", lifespan="on")
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(60)
        listening.close()


@pytest.fixture(scope="module")
def behind() -> Behind:
    return Behind()


@pytest.fixture(scope="module")
def plain(behind: Behind) -> Iterator[int]:
    """A server that lists no proxy."""
    with serving(UNLISTED, behind) as port:
        yield port


@pytest.fixture(scope="module")
def proxied(behind: Behind) -> Iterator[int]:
    """A server that lists 127.0.0.1 as a proxy."""
    with serving(LISTED, behind) as port:
        yield port


def ask(port: int, headers: dict[str, str], *, path: str = "/", method: str = "GET") -> tuple[HTTPResponse, Any]:
    """Send exactly these headers; `PORT` in them is the server's."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value.replace("PORT", str(port)))
        connection.endheaders()
        answer = connection.getresponse()
        return answer, answer.read() if answer.status != 101 else b""
    finally:
        connection.close()


HOSTS = [
    ("127.0.0.1:PORT", True),
    ("localhost:PORT", True),
    ("LOCALHOST.:PORT", True),
    ("[::1]:PORT", True),
    ("images.example.com", True),
    ("a.b.corp.example", True),
    ("evil.example:PORT", False),
    ("corp.example", False),
    ("evilcorp.example", False),
    ("localhost.evil.example", False),
    ("10.0.0.7:PORT", False),
    ("127.0.0.1:PORT@evil.example", False),
    ("127.0.0.1:99999", False),
    ("", False),
]


@pytest.mark.parametrize(("host", "allowed"), HOSTS)
@pytest.mark.parametrize("upgrade", [{}, UPGRADE], ids=["http", "websocket"])
def test_only_listed_hosts_are_served(
    host: str, allowed: bool, upgrade: dict[str, str], plain: int, behind: Behind
) -> None:
    """A foreign host is refused with 403 for HTTP and WebSocket, before what is behind the guard sees it."""
    before = behind.reached
    answer, _ = ask(plain, {"Host": host, **upgrade}, path="/ws" if upgrade else "/")
    assert (answer.status in (200, 101)) is allowed, answer.status
    assert allowed or answer.status == 403
    assert (behind.reached > before) is allowed


ORIGINS = [
    ("http://127.0.0.1:PORT", True),
    ("http://localhost:PORT", False),  # another host for a browser, whatever it resolves to
    ("https://127.0.0.1:PORT", False),
    ("http://127.0.0.1:1", False),
    ("http://127.0.0.1", False),
    ("http://evil.example", False),
    ("null", False),
    ("http://127.0.0.1:PORT.evil.example", False),
]


@pytest.mark.parametrize(("origin", "allowed"), ORIGINS)
@pytest.mark.parametrize("upgrade", [{}, UPGRADE], ids=["http", "websocket"])
def test_an_origin_must_be_the_apps_own(
    origin: str, allowed: bool, upgrade: dict[str, str], plain: int, behind: Behind
) -> None:
    """Scheme, host and port of the page that asks must be those that it asks."""
    before = behind.reached
    headers = {"Host": "127.0.0.1:PORT", "Origin": origin, **upgrade}
    answer, _ = ask(plain, headers, path="/ws" if upgrade else "/", method="GET" if upgrade else "POST")
    assert (answer.status in (200, 101)) is allowed, answer.status
    assert (behind.reached > before) is allowed


@pytest.mark.parametrize(
    ("site", "mode", "allowed"),
    [
        ("cross-site", "no-cors", False),
        ("same-site", "no-cors", False),
        ("cross-site", "navigate", True),
        ("same-origin", "no-cors", True),
        ("none", "navigate", True),
    ],
)
def test_other_pages_may_link_but_not_embed(site: str, mode: str, allowed: bool, plain: int) -> None:
    """An image or script that another page loads from here carries no Origin; the browser tells by other headers."""
    headers = {"Host": "127.0.0.1:PORT", "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    assert (ask(plain, headers)[0].status == 200) is allowed


FORWARDED = {
    "Host": "127.0.0.1:PORT",
    "X-Forwarded-Host": "images.example.com",
    "X-Forwarded-Proto": "https",
    "Origin": "https://images.example.com",
}


@pytest.mark.parametrize("upgrade", [{}, UPGRADE], ids=["http", "websocket"])
def test_forwarded_headers_count_from_listed_proxies_alone(upgrade: dict[str, str], plain: int, proxied: int) -> None:
    """Behind a listed proxy the browser's address is the proxy's; from anybody else the same headers are nothing."""
    path = "/ws" if upgrade else "/"
    assert ask(proxied, {**FORWARDED, **upgrade}, path=path)[0].status == (101 if upgrade else 200)
    assert ask(plain, {**FORWARDED, **upgrade}, path=path)[0].status == 403
    evil = {**FORWARDED, **upgrade, "X-Forwarded-Host": "evil.example", "Origin": "https://evil.example"}
    assert ask(proxied, evil, path=path)[0].status == 403


def test_what_is_behind_sees_the_browsers_address(plain: int, proxied: int) -> None:
    """Streamlit compares Origin and Host itself; both agree by then, and an unlisted peer cannot change them."""
    assert b"https://images.example.com/" in ask(proxied, FORWARDED)[1]
    claims = {"Host": "127.0.0.1:PORT", "X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.1"}
    assert f'"http://127.0.0.1:{plain}/"'.encode() in ask(plain, claims)[1]


def test_a_browser_is_named_once_when_it_opens_a_page(proxied: int) -> None:
    """The name is random, out of reach of scripts, and sent over TLS alone where the page came over TLS."""
    page = {**FORWARDED, "Accept": "text/html,*/*"}
    first, second = (ask(proxied, page)[0].headers["Set-Cookie"] for _ in range(2))
    assert first != second
    assert all(word in first for word in (f"{NAME}=", "HttpOnly", "SameSite=Lax", "Secure"))
    assert "Secure" not in ask(proxied, {"Host": "127.0.0.1:PORT", "Accept": "text/html"})[0].headers["Set-Cookie"]
    assert "Set-Cookie" not in ask(proxied, {**page, "Cookie": first.partition(";")[0]})[0].headers
    assert "Set-Cookie" not in ask(proxied, {**page, "Accept": "image/png"})[0].headers


def test_refusals_carry_the_security_headers(plain: int) -> None:
    """Every answer has a policy that lets images come from this app alone."""
    for host in ("127.0.0.1:PORT", "evil.example"):
        policy = ask(plain, {"Host": host})[0].headers["Content-Security-Policy"]
        assert "img-src 'self' blob: data:;" in policy


def test_streamlits_files_come_from_memory(plain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script is served with its type, for good, and not read again; a path that leads out of them is not."""
    script = next(STATIC.glob("js/index.*.js"))
    local = {"Host": "127.0.0.1:PORT"}
    assert ask(plain, local, path=f"/static/js/{script.name}")[1] == script.read_bytes()
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read again"))
    answer, _ = ask(plain, local, path=f"/static/js/{script.name}")
    assert answer.status == 200
    assert str(answer.getheader("Content-Type")).startswith("text/javascript")
    assert "immutable" in str(answer.getheader("Cache-Control"))
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    for path in ("/static/../index.html", "/static/js/../../index.html", "/static//etc/passwd", "/static/js/no.js"):
        assert ask(plain, local, path=path)[0].status == 404


def test_responses_do_not_wait_for_acknowledgments() -> None:
    """Each connection that the server accepts has Nagle's algorithm off, though its listening socket names no TCP."""
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0
            transport = asyncio.Transport({"socket": accepted})
            _send_at_once(transport)
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_connections_without_a_request_are_closed(behind: Behind) -> None:
    """Silent and half-sent requests end by themselves, too many at once end the oldest; others are served on."""
    with serving(UNLISTED, behind, header=0.4) as port:
        half = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(20)]
        try:
            for one in half[::2]:
                one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
            assert ask(port, {"Host": "127.0.0.1:PORT"})[0].status == 200
            assert all(_ends(one) for one in half)
        finally:
            for one in half:
                one.close()
        # A connection that is kept open for further requests is given up as well when the next one comes half.
        with socket.create_connection(("127.0.0.1", port), timeout=60) as kept:
            kept.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            assert kept.recv(10_000).startswith(b"HTTP/1.1 200")
            kept.sendall(b"GET / HT")
            assert _ends(kept)


def _ends(one: socket.socket) -> bool:
    """Whether the other side closes or resets the connection; TimeoutError if it does neither."""
    try:
        while one.recv(10_000):
            pass
    except ConnectionResetError:
        pass
    return True


FEW_FILES = """
import resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (96, 96))
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from components.ui.access.frontend.frontend_files import STATIC, FrontendFiles
from components.ui.access.header_deadline import HeaderDeadlines, _send_at_once
from components.ui.access.repeated_logs import limit_repeated_logs
async def ok(request):
    return PlainTextResponse("ok")
limit_repeated_logs()
app = Starlette(routes=[Route("/", ok)], middleware=[Middleware(HeaderDeadlines)])
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, lifespan="on", log_level="warning")).run(sockets=[listening])
"""


def test_a_flood_of_half_sent_requests_holds_nobody_up(tmp_path: Path) -> None:
    """With more connections than the process may open, others are still answered, and the log stays short."""
    log = tmp_path / "log"
    with (
        log.open("wb") as errors,
        subprocess.Popen([sys.executable, "-c", FEW_FILES], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors) as process,
        contextlib.ExitStack() as opened,
    ):
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            for _ in range(300):
                with contextlib.suppress(OSError):
                    half = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
                    half.sendall(b"GET / HTTP/1.1\r\nHost: x")
            assert ask(port, {"Host": "127.0.0.1"})[1] == b"ok"
        finally:
            process.kill()
    assert len(log.read_text().splitlines()) < 30


def test_a_body_that_stops_coming_is_refused(behind: Behind) -> None:
    """Half a body is answered with 408 after a time of silence; a trickle is, whatever keeps it going."""
    with (
        serving(UNLISTED, behind, silence=0.3, grace=0.6) as port,
        socket.create_connection(("127.0.0.1", port), timeout=60) as silent,
        socket.create_connection(("127.0.0.1", port), timeout=60) as trickling,
    ):
        head = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 1000\r\n\r\n".encode()
        silent.sendall(head + b"half of it")
        trickling.sendall(head)
        stop = threading.Event()
        thread = threading.Thread(target=_trickle, args=(trickling, stop))
        thread.start()
        try:
            assert silent.recv(10_000).startswith(b"HTTP/1.1 408")
            assert trickling.recv(10_000).startswith(b"HTTP/1.1 408")
        finally:
            stop.set()
            thread.join()
    # With the app's own limits: on a busy machine a body may well stand still for as long as above.
    with (
        serving(UNLISTED, behind) as port,
        contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=60)) as complete,
    ):
        complete.request("POST", "/", b"x" * 300_000)
        assert b"300000" in complete.getresponse().read()


def _trickle(connection: socket.socket, stop: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while not stop.wait(0.1):
            connection.sendall(b"x")


def test_one_line_stands_for_many() -> None:
    """The same complaint is logged once a minute with how often it came; different failures are kept apart."""
    now = [0.0]
    limit = RepeatLimit(60, clock=lambda: now[0])

    def record(message: str, *values: object, level: int = logging.ERROR) -> logging.LogRecord:
        return logging.LogRecord("asyncio", level, "x.py", 1, message, values, None)

    storm = [record(f"socket.accept() out of system resource\nsocket: <fd={n}>") for n in range(2_000)]
    assert sum(limit.filter(line) for line in storm) == 1
    assert limit.filter(record("something else"))
    assert all(limit.filter(record("told", level=logging.INFO)) for _ in range(3))
    now[0] = 61
    last = record("socket.accept() out of system resource\nsocket: <fd=1>")
    assert limit.filter(last)
    assert "1999 more" in last.getMessage()

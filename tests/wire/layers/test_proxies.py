"""The app behind nginx and Caddy as `deploy/` sets them up: TLS, a path before each address, websocket, streams."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from components.ui.access.browser_cookie import NAME
from tests.browser.app_server import PYTHON_APP, AppServer
from tests.wire.layers.proxies import ENVIRONMENT, PREFIX, PROXIES

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
Ask = Callable[..., tuple[HTTPResponse, bytes]]


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.fixture(scope="module")
def origins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The addresses of both proxies before one app, by name; "app" is the app's own."""
    with ExitStack() as stack:
        app = AppServer(tmp_path_factory.mktemp("app"), command=PYTHON_APP, environment=ENVIRONMENT)
        stack.enter_context(app)
        found = {
            name: stack.enter_context(proxy(tmp_path_factory.mktemp(name), app.port)) for name, proxy in PROXIES.items()
        }
        yield {**found, "app": app.base_url}


@pytest.fixture(params=list(PROXIES))
def origin(request: pytest.FixtureRequest, origins: dict[str, str]) -> str:
    """The address of one of the proxies."""
    return origins[request.param]


@pytest.fixture
def ask(origin: str) -> Ask:
    """Sends a request through one of the proxies."""
    address = urlsplit(origin)

    def asking(
        path: str, headers: dict[str, str] | None = None, *, body: bytes | None = None
    ) -> tuple[HTTPResponse, bytes]:
        own = {"Host": address.netloc, **(headers or {})}
        own = {name: value.replace("ORIGIN", f"https://{address.netloc}") for name, value in own.items()}
        assert address.port is not None
        connection = HTTPSConnection("127.0.0.1", address.port, timeout=60, context=_context())
        try:
            connection.request("GET" if body is None else "POST", path, body, own)
            answer = connection.getresponse()
            return answer, b"" if answer.status == 101 else answer.read()
        finally:
            connection.close()

    return asking


def test_a_request_that_breaks_off_harms_nobody(ask: Ask, origin: str) -> None:
    """A browser that closes in the middle of an upload does not make the proxy take the app for dead."""
    port = urlsplit(origin).port
    for body in (b"Content-Length: 1000\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\nnot a number\r\n"):
        with (
            socket.create_connection(("127.0.0.1", port), 30) as plain,
            _context().wrap_socket(plain, server_hostname="127.0.0.1") as secure,
        ):
            secure.sendall(f"POST {PREFIX}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n".encode() + body)
            secure.settimeout(1)
            with contextlib.suppress(TimeoutError):
                secure.recv(1)  # the proxy has opened its own request to the app meanwhile
        assert ask(f"{PREFIX}/healthz")[1] == b"ok"


def test_pages_and_routes_stand_below_the_path(ask: Ask) -> None:
    """The page, its scripts and the app's own routes; the bare path leads to it, and others are not the app's."""
    answer, page = ask(f"{PREFIX}/")
    assert (answer.status, b"<title>" in page) == (200, True)
    assert "frame-ancestors" in str(answer.getheader("Content-Security-Policy"))
    script = page.partition(b'src="./static/')[2].partition(b'"')[0].decode()
    assert ask(f"{PREFIX}/static/{script}")[0].status == 200
    assert ask(f"{PREFIX}/healthz")[1] == b"ok"
    assert ask(f"{PREFIX}/readyz")[0].status == 200
    assert ask(f"{PREFIX}/files/originals/{'0' * 64}.png")[1] == b"This file is not in the library."
    answer, _ = ask(PREFIX)
    assert (answer.status, str(answer.getheader("Location")).endswith(f"{PREFIX}/")) == (308, True)
    assert ask("/healthz")[1] != b"ok"


def test_the_websocket_opens_for_the_apps_own_pages(ask: Ask) -> None:
    """With the address that the browser shows as its Origin, also by another name that is listed; never for others."""
    stream = f"{PREFIX}/_stcore/stream"
    assert ask(stream, {**UPGRADE, "Origin": "ORIGIN"})[0].status == 101
    assert ask(stream, {**UPGRADE, "Origin": "https://evil.example"})[0].status == 403
    assert ask(stream, {**UPGRADE, "Origin": "ORIGIN", "X-Forwarded-Host": "evil.example"})[0].status == 101


def test_what_a_browser_claims_of_itself_is_replaced(ask: Ask) -> None:
    """Neither a foreign name in X-Forwarded-Host nor an address for monitoring comes through."""
    forged = {"X-Forwarded-Host": "evil.example", "Origin": "https://evil.example"}
    assert ask(f"{PREFIX}/healthz", forged)[0].status == 403
    assert ask(f"{PREFIX}/metrics", {"X-Forwarded-For": "127.0.0.1"})[0].status == 404


def test_a_large_body_reaches_the_app(ask: Ask) -> None:
    """40 MB are the app's to judge: its own sentence about them comes back, and no proxy's page."""
    body = b"not a ZIP" * (40_000_000 // 9)
    answer, said = ask(f"{PREFIX}/imports", {"X-Image-Workbench": "ada", "Origin": "ORIGIN"}, body=body)
    assert answer.getheader("Content-Type") == "application/json"
    assert b'"error"' in said


def test_metrics_are_read_at_the_apps_own_port(origins: dict[str, str]) -> None:
    """Monitoring on this machine needs no token."""
    with urllib.request.urlopen(f"{origins['app']}{PREFIX}/metrics", timeout=60) as answer:
        assert b"image_workbench_process_disk_free_bytes" in answer.read()


class Served(ThreadingHTTPServer):
    """A server in place of the app, which closes each connection."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self) -> None:
        """Answer no more."""
        self.shutdown()
        self.server_close()


@pytest.mark.parametrize("name", PROXIES)
def test_a_stream_arrives_piece_by_piece(name: str, tmp_path: Path) -> None:
    """The first event is there while the server has not written the second; waiting is allowed beyond 600 seconds."""
    go_on = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            if self.path == f"{PREFIX}/healthz":
                return
            self.wfile.write(b"data: first\n\n")
            assert go_on.wait(60)
            self.wfile.write(b"data: second\n\n")

        def log_message(self, format: str, *values: object) -> None:
            """Say nothing."""

    server = Served(Handler)
    with PROXIES[name](tmp_path, server.server_port) as origin:
        connection = HTTPSConnection("127.0.0.1", urlsplit(origin).port, timeout=60, context=_context())
        connection.request("GET", f"{PREFIX}/channels/x")
        answer = connection.getresponse()
        assert answer.readline() == b"data: first\n"
        go_on.set()
        assert b"data: second" in answer.read()
        connection.close()
    server.end()


class Numbered(Served):
    """A server that answers with its port, and closes each connection."""

    def __init__(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                said = str(self.server.server_address[1]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *values: object) -> None:
                """Say nothing."""

        super().__init__(Handler)


@pytest.mark.parametrize("name", PROXIES)
def test_a_browser_stays_at_its_server(name: str, tmp_path: Path) -> None:
    """All of its requests go to one of two servers, and to the other one once that is gone; both have browsers."""
    servers = [Numbered(), Numbered()]
    ports = [one.server_port for one in servers]
    with ExitStack() as stack:
        origin = stack.enter_context(PROXIES[name](tmp_path, *ports))
        browsers = [stack.enter_context(httpx.Client(verify=_context(), timeout=60)) for _ in range(20)]
        for number, browser in enumerate(browsers):
            browser.cookies.set(NAME, f"a-browser-with-a-name-{number}")

        def asked(browser: httpx.Client) -> int:
            return int(browser.get(f"{origin}{PREFIX}/healthz").raise_for_status().text)

        at = [asked(browser) for browser in browsers]
        assert set(at) == set(ports)
        assert [asked(browser) for browser in browsers] == at
        servers[0].end()
        assert {asked(browser) for browser in browsers} == {ports[1]}
        servers[1].end()

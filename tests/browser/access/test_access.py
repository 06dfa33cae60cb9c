"""Who gets in, at the running app: foreign hosts and pages, and what its own pages may load."""

from __future__ import annotations

from http.client import HTTPConnection

from playwright.sync_api import Browser

from tests.browser.app_server import AppServer
from tests.browser.driver import CONTEXT, open_page
from tests.wire.loopback import Loopback, plain_answer

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def status(server: AppServer, path: str, headers: dict[str, str]) -> int:
    """The HTTP status of one request with these headers."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_foreign_hosts_and_pages_are_refused(server: AppServer) -> None:
    """Neither a rebound name nor another page gets a session."""
    own = f"127.0.0.1:{server.port}"
    for path, more in (("/", {}), ("/healthz", {}), ("/library", {}), ("/_stcore/stream", UPGRADE)):
        assert status(server, path, {"Host": f"evil.example:{server.port}", **more}) == 403
    # tests/wire/test_access.py shows that Streamlit is not asked: it would look its external address up for seconds.
    for origin in ("http://evil.example", "http://localhost:1", "http://10.9.8.7:8501", "null"):
        assert status(server, "/_stcore/stream", {"Host": own, "Origin": origin, **UPGRADE}) == 403
    assert status(server, "/healthz", {"Host": own}) == 200
    assert status(server, "/_stcore/stream", {"Host": own, "Origin": f"http://{own}", **UPGRADE}) == 101


def test_pages_load_images_from_the_app_alone(server: AppServer, browser: Browser) -> None:
    """Whatever address comes into a page, a browser asks no other server for an image."""
    with Loopback() as other_host:
        other_host.answer(plain_answer(b"", content_type="image/png"))
        context = browser.new_context(**CONTEXT)
        page = open_page(context.new_page(), server.base_url)
        load = """address => new Promise(done => {
          const image = new Image()
          image.onload = () => done("loaded")
          image.onerror = () => done("refused")
          image.src = address
        })"""
        assert page.evaluate(load, f"{other_host.origin}/x.png") == "refused"
        assert not other_host.requests
        assert page.evaluate(load, "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACADs=") == "loaded"
        context.close()


def test_the_frame_for_an_address_is_no_link(server: AppServer) -> None:
    """Whoever follows a link to it asked for no image: only the app's own pages may put it into themselves."""
    own = {"Host": f"127.0.0.1:{server.port}"}
    ours = {**own, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    path = "/address-image?url=http%3A%2F%2Felsewhere.invalid%2Fx.png"
    assert status(server, path, ours) == 200
    for changed in ({"Sec-Fetch-Dest": "document"}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "cross-site"}):
        assert status(server, path, {**ours, **changed}) == 403
    assert status(server, path, own) == 403
    assert status(server, "/address-image?url=file%3A%2F%2F%2Fetc%2Fpasswd", ours) == 400

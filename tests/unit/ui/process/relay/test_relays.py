"""Which requests an app server passes on to another one, and which it answers by itself."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from components.ui.access.page_paths import media_ids
from components.ui.access.sign_in.live_logins import live_logins
from components.ui.process.relay.heads import (
    XSRF_COOKIE,
    head_of_answer,
    head_of_request,
    request_head,
    to_bytes,
)
from components.ui.process.relay.relays import Relay, Relays
from tests.support.signing_in import sign_in_by

HERE = "/_stcore/upload_file/a-session/a-file"


class SomeRelays(Relays):
    """Stands for the other servers: they have what is among `theirs`."""

    def __init__(self, *theirs: str, is_open: bool = True) -> None:
        super().__init__()
        self.theirs = theirs
        self.is_open = is_open
        self.asked: list[str] = []

    def may_have(self, session: str) -> bool:
        return self.is_open and session != "mine"

    async def pass_on(self, scope: Scope, receive: Receive, send: Send) -> bool:
        self.asked.append(f"{scope['method']} {scope['path']}")
        if not self.is_open or scope["path"] not in self.theirs:
            return False
        await PlainTextResponse("theirs")(scope, receive, send)
        return True


async def own_app(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for Streamlit: it has one file."""
    is_here = not scope["path"].startswith("/media/") or scope["path"] == "/media/mine.txt"
    await PlainTextResponse("mine" if is_here else "nowhere", 200 if is_here else 404)(scope, receive, send)


def answer(relays: Relays, method: str, path: str) -> tuple[int, str]:
    """What a request gets."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=Relay(own_app, relays))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path)

    found = asyncio.run(ask())
    return found.status_code, found.text


def test_what_is_here_is_answered_here() -> None:
    """Without a question to others; so are all requests that are no upload to a page and no download from it."""
    relays = SomeRelays()
    for method, path in (
        ("GET", "/media/mine.txt"),
        ("PUT", "/_stcore/upload_file/mine/f"),
        ("OPTIONS", HERE),
        ("GET", "/files/originals/x.png"),
    ):
        assert answer(relays, method, path) == (200, "mine")
    assert relays.asked == []


@pytest.mark.parametrize(("method", "path"), [("PUT", HERE), ("DELETE", HERE), ("GET", "/media/a.txt")])
def test_what_another_has_is_answered_there(method: str, path: str) -> None:
    """Once; where nobody has it, this server's own answer stands."""
    own = (404, "nowhere") if "media" in path else (200, "mine")
    relays = SomeRelays(path)
    assert answer(relays, method, path) == (200, "theirs")
    assert relays.asked == [f"{method} {path}"]
    assert answer(SomeRelays(), method, path) == own
    assert answer(Relays(), method, path) == own


@pytest.mark.parametrize("path", [HERE, "/_stcore/upload_file/a-session/a%20b", "/_stcore/upload_file/a%2Fb/c/d"])
@pytest.mark.parametrize("is_open", [True, False])
def test_with_a_sign_in_no_upload_passes_to_anothers_session(path: str, is_open: bool, tmp_path: Path) -> None:
    """Whatever other servers say: here only a session of one's own takes it."""
    live_logins.note_session("a-session", "other@example.com")
    with sign_in_by("header", tmp_path):
        for method in ("PUT", "DELETE"):
            assert answer(SomeRelays(is_open=is_open), method, path)[0] == 403
    live_logins.forget_session("a-session")


def test_with_a_sign_in_a_download_is_for_the_person_whose_page_was_sent_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever else has its address gets what an unknown one gets, here and from a server that has it."""
    mine, theirs = f"/media/{'a' * 56}.txt", f"/media/{'b' * 56}.txt"
    monkeypatch.setattr(live_logins, "_media", OrderedDict())
    live_logins.note_media(media_ids(f"…{mine}2".encode()), "")
    live_logins.note_media(media_ids(theirs.encode()), "other@example.com")
    with sign_in_by("header", tmp_path):
        assert answer(SomeRelays(theirs), "GET", theirs) == (200, "theirs")
        for path in (theirs, f"/media/{'c' * 56}.txt", "/media/mine.txt"):
            assert answer(SomeRelays(), "GET", path) == (404, "File not found")
        asked = SomeRelays()
        assert answer(asked, "GET", mine) == (404, "nowhere")  # Streamlit was asked, and then the others
        assert asked.asked == [f"GET {mine}"]
    monkeypatch.setattr("components.ui.access.sign_in.live_logins.MOST_MEDIA", 1)
    live_logins.note_media(["d" * 56], "")
    assert live_logins.has_media(["d" * 56], "")
    assert not live_logins.has_media(media_ids(mine.encode()), "")


def test_no_login_is_passed_on() -> None:
    """Of the cookies and headers only what Streamlit needs to take an upload."""
    assert XSRF_COOKIE == XSRF_COOKIE_NAME
    headers = {
        "cookie": f"_streamlit_user=secret; {XSRF_COOKIE}=2|a|b|1; image_workbench_browser=secret",
        "authorization": "secret",
        "x-forwarded-user": "secret",
        "content-type": "multipart/form-data; boundary=b",
        "x-xsrftoken": "2|a|b|1",
        "content-length": "7",
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    head = head_of_request({"type": "http", "method": "PUT", "path": HERE, "headers": raw}, "member@example.com")
    assert b"secret" not in to_bytes(head)
    assert request_head(to_bytes(head)) == head
    passed = dict(head.scope()["headers"])
    assert passed[b"cookie"] == f"{XSRF_COOKIE}=2|a|b|1".encode()
    assert passed.keys() == {b"host", b"cookie", b"content-type", b"x-xsrftoken", b"content-length"}
    back = head_of_answer({"status": 200, "headers": [(b"set-cookie", b"secret"), (b"content-type", b"text/plain")]})
    assert back.headers == (("content-type", "text/plain"),)

"""Every door of the app, tried by everybody who has no key to it.

The addresses come from the app's own routes and from Streamlit's, so a route that somebody adds is tried too. Behind
the app's real middleware stands an app that only counts who came through.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from components.ui.access.page_paths import media_ids
from components.ui.access.sign_in.live_logins import live_logins
from tests.support.signing_in import cookie, sign_in_by
from tests.wire.doors.guarded_app import (
    ADMINS_READ,
    DOWNLOAD,
    METHODS,
    OPEN,
    OPEN_BY_OIDC,
    ORIGIN,
    PAGE,
    GuardedApp,
    addresses,
    by_cookie,
)
from tests.wire.doors.intruders import INTRUDERS


def assert_safe(answer: httpx.Response) -> None:
    """No other site may frame it, no shared cache keep it, and no browser guess its type."""
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"].startswith(("private", "no-store"))
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("intruder", INTRUDERS)
def test_nobody_without_a_login_reaches_anything(intruder: str, guarded_app: GuardedApp, tmp_path: Path) -> None:
    """Each address by each method, as a page and as a part of one, and the WebSocket."""
    mode, peer, sends = INTRUDERS[intruder]
    may_reach = OPEN_BY_OIDC if mode == "oidc" else OPEN

    async def try_all() -> None:
        headers = sends()
        pairs = list(headers.items()) if isinstance(headers, dict) else headers
        async with guarded_app.visited(peer) as client:
            for path in addresses():
                for method in (*METHODS, "page") if intruder in ("nobody", "no header") else ("GET", "page", "POST"):
                    guarded_app.inside.reached.clear()
                    sent = [*pairs, *PAGE.items()] if method == "page" else pairs
                    answer = await client.request("GET" if method == "page" else method, path, headers=sent)
                    assert_safe(answer)
                    refused = answer.status_code in (401, 403) and not guarded_app.inside.reached
                    assert refused or path in may_reach, (method, path, answer.status_code)
        guarded_app.inside.reached.clear()
        answers = await guarded_app.socket([*pairs, ("Origin", ORIGIN)], peer)
        assert [one["type"] for one in answers] == ["websocket.close"]
        assert not guarded_app.inside.reached

    with sign_in_by(mode, tmp_path):
        asyncio.run(try_all())


ROLES = [("viewer", 0), ("member", 1), ("admin", 2)]


@pytest.mark.parametrize(("role", "rank"), ROLES)
@pytest.mark.parametrize("mode", ["oidc", "header"])
def test_each_role_reaches_what_it_may(
    role: str, rank: int, mode: str, guarded_app: GuardedApp, tmp_path: Path
) -> None:
    """A viewer reads, a member acts, an admin does everything; every route knows who they are."""
    email = f"{role}@example.com"

    async def try_all() -> None:
        live_logins.note_session("x1", email)
        live_logins.note_media(media_ids(DOWNLOAD.encode()), email)
        async with guarded_app.visited() as client:
            for path in addresses():
                # One of them is the address that signs out.
                by = by_cookie(cookie(ORIGIN, email, nonce=path)) if mode == "oidc" else {"X-Forwarded-User": email}
                for method in METHODS:
                    reads = method in ("GET", "HEAD")
                    needed = 2 if path in ADMINS_READ else 0 if reads else 1
                    guarded_app.inside.reached.clear()
                    answer = await client.request(method, path, headers=by)
                    is_open = path in (OPEN_BY_OIDC if mode == "oidc" else OPEN)
                    assert_safe(answer)
                    assert bool(guarded_app.inside.reached) == (rank >= needed or is_open), (method, path)
                    if method == "GET" and rank >= needed and not is_open:
                        assert answer.json() == {"id": email, "role": role}

    with sign_in_by(mode, tmp_path):
        asyncio.run(try_all())
    live_logins.forget_session("x1")

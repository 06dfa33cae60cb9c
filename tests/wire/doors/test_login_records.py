"""Who signed out stays so: for other servers of the library, and after a restart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.responses import RedirectResponse
from starlette.types import Receive, Scope, Send

from components.library.team.audit import AuditFilter, audit_page
from components.team.people import Role
from components.ui.access.sign_in.live_logins import LiveLogins, live_logins
from components.ui.access.sign_in.login import Login
from components.ui.process import login_records
from components.ui.process.workbench import Workbench, close_workbench, open_workbench
from tests.support.signing_in import COOKIE, cookie, sign_in_by
from tests.wire.doors.guarded_app import ORIGIN, GuardedApp, by_cookie


@pytest.fixture
def workbench(data_folder: Path) -> Iterator[Workbench]:
    close_workbench()
    yield open_workbench()
    close_workbench()


def test_a_sign_out_reaches_other_servers_and_outlives_a_restart(
    workbench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit trail carries it; a login that would have ended anyway is not carried on."""
    monkeypatch.setattr(login_records, "EVERY", 0.01)
    monkeypatch.setattr(login_records, "OTHERS", 0.01)
    here, other_host, restarted = LiveLogins(), LiveLogins(), LiveLogins()
    login = Login("ada@example.com", "Ada", Role.MEMBER, time.time() + 100, "key of ada")

    async def go() -> None:
        watching = [asyncio.create_task(login_records.watch_logins(one)) for one in (here, other_host)]
        with other_host.opened(login.key, login.id) as end:
            here.sign_in(login)
            here.sign_out(login)
            await asyncio.wait_for(end.wait(), 60)
        for task in watching:
            task.cancel()

    with sign_in_by("oidc", tmp_path):
        asyncio.run(go())
        assert other_host.is_signed_out(login.key)
        login_records.forget_signed_out(restarted)
        assert restarted.is_signed_out(login.key)
        assert not login_records.recorded(time.time() + 200)
    entries = audit_page(workbench.library, AuditFilter()).entries
    assert [(one.person, one.action) for one in entries] == [(login.id, "signed_out"), (login.id, "signed_in")]


def test_the_callback_and_the_logout_are_noted(
    guarded_app: GuardedApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who signs in is known by the cookie that Streamlit sets then, who signs out by the one that is sent."""
    value = cookie(ORIGIN, "member@example.com")

    async def callback(_: object, scope: Scope, receive: Receive, send: Send) -> None:
        answer = RedirectResponse("/")
        answer.delete_cookie(COOKIE, path="/elsewhere")
        if scope["query_string"] == b"code=right":
            answer.set_cookie(COOKIE, value)
        await answer(scope, receive, send)

    async def go() -> None:
        async with guarded_app.visited() as client:
            await client.get("/oauth2callback?code=wrong")
            plain = await client.get("/oauth2callback?code=right")
            assert "secure" not in plain.headers["set-cookie"].lower()
            client.cookies.clear()
            secure = await client.get("https://localhost/oauth2callback?code=right")
            assert all(one.lower().endswith("; secure") for one in secure.headers.get_list("set-cookie"))
            client.cookies.clear()
            await client.get("/auth/logout", headers=by_cookie(value))

    monkeypatch.setattr(type(guarded_app.inside), "__call__", callback)
    live_logins.take_events()
    with sign_in_by("oidc", tmp_path):
        asyncio.run(go())
    assert [(one.person, one.has_ended) for one in live_logins.take_events()] == [
        ("member@example.com", False),
        ("member@example.com", True),
    ]

"""Uploads are held within quotas, and what ended sessions held is given back without a visitor."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from components.ui.process import upload_quota
from components.ui.process.session_release import SessionRelease
from components.ui.process.upload_quota import UploadQuota


class Store:
    """Stands for Streamlit's store of uploads: takes a file, and holds it until it is reported to let go."""

    def __init__(self) -> None:
        self.held: dict[str, int] = {}
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.entered = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a file when it is reported to go on."""
        self.entered.set()
        await self.go_on.wait()
        session = scope["path"].split("/")[-2]
        message = await receive()
        self.held[session] = self.held.get(session, 0) + len(message["body"])
        await PlainTextResponse("", status_code=204)(scope, receive, send)


def test_uploads_beyond_a_quota_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session's own, everyone's, and those that are still under way count; what was let go of does not."""
    settings = SimpleNamespace(upload_bytes_each=100, upload_bytes=150)
    monkeypatch.setattr(upload_quota, "workbench", lambda: SimpleNamespace(settings=settings))

    async def main() -> None:
        store = Store()
        monkeypatch.setattr(upload_quota, "held_bytes", lambda: store.held)
        transport = httpx.ASGITransport(app=UploadQuota(store))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:

            async def put(session: str, size: int, **more: Any) -> int:
                address = f"/_stcore/upload_file/{session}/{size}"
                answer = await client.put(address, content=more.get("content", b"x" * size))
                assert answer.status_code == 204 or "Add fewer files" in answer.text
                return answer.status_code

            assert [await put("a", 60), await put("a", 60), await put("a", 40)] == [204, 413, 204]
            assert [await put("b", 51), await put("b", 50)] == [413, 204]
            store.held.clear()
            store.go_on.clear()
            store.entered.clear()
            first = asyncio.create_task(put("a", 80))
            await store.entered.wait()
            assert await put("a", 80) == 413, "the first is under way"
            store.go_on.set()
            assert await first == 204
            assert not transport.app._under_way  # type: ignore[attr-defined]

            async def pieces() -> Any:
                yield b"x"

            assert await put("c", 1, content=pieces()) == 413, "one that does not say how large it is"

    asyncio.run(main())


def test_a_session_is_closed_when_its_browser_has_been_gone_for_a_while() -> None:
    """Not before, and not one that came back."""
    active, closed = {"a", "b", "c"}, list[str]()
    sessions = SimpleNamespace(is_active_session=lambda one: one in active, close_session=closed.append)
    release, known = SessionRelease(grace=60), {"a", "b", "c"}
    assert release.sweep(sessions, known, 0.0) == []
    active -= {"a", "b"}
    assert release.sweep(sessions, known, 59.0) == []
    active |= {"b"}
    assert release.sweep(sessions, known, 60.0) == ["a"]
    active.clear()
    assert release.sweep(sessions, known - {"a"}, 119.0) == []
    assert sorted(release.sweep(sessions, known - {"a"}, 120.0)) == ["b", "c"]
    assert sorted(closed) == ["a", "b", "c"]

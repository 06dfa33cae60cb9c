"""Limit the bytes of uploaded files in memory: one quota for each session, and one for all together.

Streamlit keeps uploads in memory. They are dropped when a page has stored them (`forget_upload`) or the session has
ended (`session_release`). An upload beyond a quota is refused before it is read.
"""

from __future__ import annotations

from collections import Counter

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from components.ui.access.base_path import path_in_app
from components.ui.access.page_paths import UPLOADS, session_of
from components.ui.process.streamlit_runtime import held_bytes
from components.ui.process.workbench import workbench

# What is counted for a request that does not say how large it is: Streamlit takes no more than this.
UNKNOWN = 200 * 1024 * 1024


class UploadQuota:
    """Refuses uploads beyond the quotas with 413, by what they say of their size and what is under way."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` takes the uploads that fit."""
        self._app = app
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it before a byte of it is read."""
        if scope["type"] != "http" or scope["method"] != "PUT" or not (path := path_in_app(scope)).startswith(UPLOADS):
            await self._app(scope, receive, send)
            return
        session = session_of(path)
        length = Headers(scope=scope).get("content-length", "")
        size = int(length) if length.isascii() and length.isdigit() else UNKNOWN
        if refusal := self._refusal(session, size):
            await PlainTextResponse(refusal, status_code=413)(scope, receive, send)
            return
        self._under_way[session] += size
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way[session] -= size
            if not self._under_way[session]:
                del self._under_way[session]

    def _refusal(self, session: str, size: int) -> str:
        settings, held = workbench().settings, held_bytes()
        mine = held.get(session, 0) + self._under_way[session] + size
        everyones = sum(held.values()) + self._under_way.total() + size
        for used, most, whose in (
            (mine, settings.upload_bytes_each, "your uploads in progress"),
            (everyones, settings.upload_bytes, "everyone's uploads in progress"),
        ):
            if used > most:
                return (
                    f"With this file, {whose} would need {used / 1e6:,.0f} MB of memory. "
                    f"The limit is {most / 1e6:,.0f} MB. Add fewer files at a time."
                )
        return ""

"""How many bytes of uploaded files are in memory: a quota for each session, and one for all together.

Streamlit holds what is uploaded in memory. It is let go of when a page has taken it in (`forget_upload`), when the
session has ended (`session_release`), and what goes beyond a quota is refused before it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from components.ui.process.workbench import workbench

PATH = "/_stcore/upload_file/"
# What is counted for a request that does not say how large it is: Streamlit takes no more than this.
UNKNOWN = 200 * 1024 * 1024


def held_bytes() -> Mapping[str, int]:
    """The bytes of uploaded files that are in memory, by session."""
    manager = runtime.get_instance().uploaded_file_mgr if runtime.exists() else None
    if not isinstance(manager, MemoryUploadedFileManager):
        return {}
    return {
        session: sum(len(file.data) for file in tuple(files.values()))
        for session, files in tuple(manager.file_storage.items())
    }


def forget_upload(file: UploadedFile) -> None:
    """Let go of a file that a page has taken in; for the session that this is called in."""
    context = get_script_run_ctx()
    manager = context.uploaded_file_mgr if context is not None and runtime.exists() else None
    if context is not None and isinstance(manager, MemoryUploadedFileManager):
        manager.remove_file(context.session_id, file.file_id)


class UploadQuota:
    """Refuses uploads beyond the quotas with 413, by what they say of their size and what is under way."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` takes the uploads that fit."""
        self._app = app
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it before a byte of it is read."""
        if scope["type"] != "http" or scope["method"] != "PUT" or PATH not in scope["path"]:
            await self._app(scope, receive, send)
            return
        session = scope["path"].partition(PATH)[2].partition("/")[0]
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
            (mine, settings.upload_bytes_each, "you have given"),
            (everyones, settings.upload_bytes, "all people have given"),
        ):
            if used > most:
                return (
                    f"With this file, what {whose} at once and what is not taken in yet would be {used / 1e6:,.0f} MB; "
                    f"at most {most / 1e6:,.0f} MB are held. Add fewer files at a time."
                )
        return ""

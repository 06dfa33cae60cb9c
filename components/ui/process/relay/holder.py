"""At the server that has a page: answer the requests for it that came to another server, by this one's own app.

What is asked comes from the database alone, so no request from outside can pretend to be one. The person is checked
again here: an upload goes only into a session of their own.
"""

from __future__ import annotations

import asyncio
import logging

from anyio import to_thread
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message

from components.library import Library, LibraryUnavailable
from components.library.cluster.notices import DECLINED, Listener, tell
from components.library.cluster.relays import ANSWER, REQUEST, remove_pieces
from components.ui.access.page_paths import MEDIA, UPLOAD, media_ids
from components.ui.access.sign_in.live_logins import live_logins
from components.ui.access.sign_in.pages import NOT_YOUR_PAGE
from components.ui.access.sign_in.policy import sign_in
from components.ui.process.relay.heads import (
    AnswerHead,
    RequestHead,
    head_of_answer,
    request_head,
    to_bytes,
)
from components.ui.process.relay.pieces import OtherServerSilent, RelaySide
from components.ui.process.streamlit_runtime import has_session

log = logging.getLogger(__name__)

# A body may stop arriving at the other server for as long as `body_deadline` lets it.
BODY_SECONDS = 45.0
UPLOAD_METHODS, MEDIA_METHODS = frozenset({"PUT", "DELETE"}), frozenset({"GET", "HEAD"})


class RelayHolder:
    """Answers for the pages of this process. All methods are called in the server's loop."""

    def __init__(self, library: Library, notices: Listener, app: ASGIApp) -> None:
        """`app` is this server's own, behind the gate and before the quotas."""
        self._library = library
        self._notices = notices
        self._app = app
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def consider(self, relay: str, path: str) -> None:
        """Answer for a path if this process has what it names, else decline."""
        if relay not in self._tasks:
            task = self._tasks[relay] = asyncio.create_task(self._consider(relay, path))
            task.add_done_callback(lambda _: self._tasks.pop(relay, None))

    def end(self, relay: str) -> None:
        """Stop to answer, because the other server does not wait for it any more."""
        if (task := self._tasks.get(relay)) is not None:
            task.cancel()

    def stop(self) -> None:
        """Stop all answers."""
        for task in tuple(self._tasks.values()):
            task.cancel()

    async def _consider(self, relay: str, path: str) -> None:
        try:
            if not await self._has(path):
                declined = f"{relay} {self._library.process_lock.process}"
                await to_thread.run_sync(tell, self._library, DECLINED, declined)
                return
            request = RelaySide(self._library, self._notices, relay, REQUEST)
            head = await request.take()
            if head is not None:
                await self._answer(request_head(head.data), path, relay, request)
        except (LibraryUnavailable, OtherServerSilent, ClientDisconnect) as problem:
            log.warning("Could not answer a request from another app server: %s", problem or type(problem).__name__)
        except Exception:
            log.exception("Could not answer a request from another app server")

    async def _has(self, path: str) -> bool:
        """Return whether this process has the session or the file that a path names."""
        if (upload := UPLOAD.fullmatch(path)) is not None:
            return has_session(upload["session"])
        return MEDIA.fullmatch(path) is not None and await self._has_media(path)

    async def _has_media(self, path: str) -> bool:
        statuses: list[int] = []

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await self._app(RequestHead("HEAD", path, (), "").scope(), _nothing, note)
        return statuses == [200]

    async def _answer(self, head: RequestHead, path: str, relay: str, request: RelaySide) -> None:
        answer = RelaySide(self._library, self._notices, relay, ANSWER)
        sending = _AnswerWriter(answer)
        is_complete = not head.has_body

        async def receive() -> Message:
            nonlocal is_complete
            if is_complete:
                return await _nothing()
            try:
                piece = await request.read(BODY_SECONDS)
            except (OtherServerSilent, LibraryUnavailable):
                return {"type": "http.disconnect"}
            is_complete = piece.is_last
            return {"type": "http.request", "body": piece.data, "more_body": not piece.is_last}

        app = _refusal(head, path) or self._app
        try:
            await app(head.scope(), receive, sending)
        except asyncio.CancelledError:  # the other end has removed all pieces before
            await answer.settle()
            await to_thread.run_sync(remove_pieces, self._library, relay)
            raise


class _AnswerWriter:
    """Takes an app's answer, and writes it as one side of a relay."""

    def __init__(self, answer: RelaySide) -> None:
        self._answer = answer

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            head: AnswerHead = head_of_answer(message)
            await self._answer.write_head(to_bytes(head))
        elif message["type"] == "http.response.body":
            await self._answer.write(message.get("body", b""), is_last=not message.get("more_body", False))


def _refusal(head: RequestHead, path: str) -> Response | None:
    """Return what a request gets in place of the app's answer; None if it may have that."""
    upload = UPLOAD.fullmatch(head.path)
    if head.path != path or head.method not in (MEDIA_METHODS if upload is None else UPLOAD_METHODS):
        return PlainTextResponse("This request is not passed on.", status_code=400)
    if upload is not None and sign_in().is_on and not live_logins.is_session_of(upload["session"], head.person):
        return PlainTextResponse(NOT_YOUR_PAGE, status_code=403)
    if upload is None and not may_have_media(path, head.person):
        return no_such_file()
    return None


def may_have_media(path: str, person: str) -> bool:
    """Return whether a person may have a download: with a sign-in, only if a page of theirs here was sent it."""
    return not sign_in().is_on or live_logins.has_media(media_ids(path.encode()), person)


def no_such_file() -> Response:
    """Return Streamlit's own answer to an unknown download."""
    return PlainTextResponse("File not found", status_code=404)


async def _nothing() -> Message:
    """Return what an app receives of a request without a body."""
    return {"type": "http.request", "body": b"", "more_body": False}

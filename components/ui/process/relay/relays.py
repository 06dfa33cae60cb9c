"""Uploads to a page, and downloads from its memory, that came to another app server than the page's.

They are answered by the server that has the page, over the database that all share: no server has to reach another.
Where nobody has the page, the app's own answer stands.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.library import Library, LibraryUnavailable
from components.library.cluster.channels import forget_dead_channels
from components.library.cluster.notices import ASKED, DECLINED, ENDED, Listener
from components.library.cluster.relays import forget_pieces
from components.ui.access.base_path import path_in_app
from components.ui.access.browser_cookie import browser_of
from components.ui.access.identity import person_of
from components.ui.access.page_paths import MEDIA, UPLOAD, UPLOADS, session_of
from components.ui.access.sign_in.live_logins import live_logins
from components.ui.access.sign_in.pages import NOT_YOUR_PAGE
from components.ui.access.sign_in.policy import sign_in
from components.ui.access.socket_peer import peer_of
from components.ui.process.relay.caller import Question, RelayedCall
from components.ui.process.relay.heads import head_of_request
from components.ui.process.relay.holder import MEDIA_METHODS, UPLOAD_METHODS, RelayHolder, may_have_media, no_such_file
from components.ui.process.relay.pieces import OtherServerSilent
from components.ui.process.relay.slots import RelaySlots
from components.ui.process.streamlit_runtime import has_session

log = logging.getLogger(__name__)

SILENT = (
    "An app server that may have this page does not answer, so this failed. Nothing was spent. Wait until the page has "
    "connected to another server, then try again."
)
TOO_MANY = "Too many uploads and downloads at once. Try again in a few seconds."


class Relays:
    """What this process passes on and answers; nothing until it is opened, as without PostgreSQL."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None  # this server's own, behind the gate and before the quotas
        self._library: Library | None = None
        self._notices: Listener | None = None
        self._questions: dict[str, Question] = {}
        self._slots = RelaySlots()

    @asynccontextmanager
    async def opened(self, library: Library, notices: Listener | None) -> AsyncIterator[None]:
        """Pass requests on and answer those of others, in the loop that calls this; nothing without notices."""
        if notices is None or self.app is None:
            yield
            return
        holder, loop = RelayHolder(library, notices, self.app), asyncio.get_running_loop()

        def take(kind: str, key: str) -> None:
            relay, _, what = key.partition(" ")
            if kind == DECLINED and (question := self._questions.get(relay)) is not None:
                question.decline(what)
            elif kind == ASKED and relay not in self._questions:
                loop.call_soon_threadsafe(holder.consider, relay, what)
            elif kind == ENDED:
                loop.call_soon_threadsafe(holder.end, relay)

        notices.add(take)
        self._library, self._notices, self._slots = library, notices, RelaySlots()
        try:
            yield
        finally:
            self._library = self._notices = None
            holder.stop()

    def may_have(self, session: str) -> bool:
        """Return whether another server may have a session: this one neither has it nor knows whose it is."""
        is_known = has_session(session) or live_logins.is_known(session)
        return self._notices is not None and not is_known

    def forget_left(self) -> None:
        """Remove what servers that have ended left behind. Raise LibraryUnavailable."""
        if (library := self._library) is not None:
            forget_pieces(library)
            forget_dead_channels(library)

    async def pass_on(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Let another server answer a request; return False if none has what it names, with nothing sent."""
        library, notices = self._library, self._notices
        if library is None or notices is None:
            return False
        connection = HTTPConnection(scope)
        person = person_of(connection)
        verified = person.id if person.is_verified else ""
        whose = verified or browser_of(connection.cookies) or str(peer_of(scope).host)
        if self._slots.is_full(whose):
            await PlainTextResponse(TOO_MANY, status_code=503, headers={"Retry-After": "5"})(scope, receive, send)
            return True
        call = RelayedCall(library, notices, self._questions, head_of_request(scope, verified))
        try:
            async with self._slots.slot(whose):
                return await call.run(receive, send)
        except OtherServerSilent:
            log.warning("Another app server went silent while it answered a request")
            await PlainTextResponse(SILENT, status_code=503)(scope, receive, send)
        except LibraryUnavailable as problem:
            await PlainTextResponse(str(problem), status_code=503)(scope, receive, send)
        except ClientDisconnect:
            pass
        return True


relays = Relays()


class Relay:
    """ASGI middleware that lets the server that has a page answer uploads to it and downloads from it.

    It stands behind the gate, and lets no upload pass to a session of this server that is not the person's own.
    """

    def __init__(self, app: ASGIApp, relays: Relays) -> None:
        self._app = app
        self._relays = relays
        relays.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request here, or let another server do it."""
        if scope["type"] == "http":
            path, method = path_in_app(scope), scope["method"]
            if method in UPLOAD_METHODS and path.startswith(UPLOADS):
                await self._upload(scope, receive, send, path)
                return
            if method in MEDIA_METHODS and MEDIA.fullmatch(path) is not None:
                await self._download(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _upload(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        session = session_of(path)
        may_be_passed = UPLOAD.fullmatch(path) is not None and self._relays.may_have(session)
        if may_be_passed and await self._relays.pass_on(scope, receive, send):
            return
        if sign_in().is_on and not live_logins.is_session_of(session, person_of(HTTPConnection(scope)).id):
            await PlainTextResponse(NOT_YOUR_PAGE, status_code=403)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _download(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by this server's memory; where that does not have the file, by another's, else as before.

        With a sign-in, a file that no page of the person here was sent counts as none.
        """
        if not may_have_media(path_in_app(scope), person_of(HTTPConnection(scope)).id):
            if not await self._relays.pass_on(scope, receive, send):
                await no_such_file()(scope, receive, send)
            return
        missing: list[Message] = []

        async def send_what_is_here(message: Message) -> None:
            if missing or (message["type"] == "http.response.start" and message["status"] == 404):
                missing.append(message)
            else:
                await send(message)

        await self._app(scope, receive, send_what_is_here)
        if missing and not await self._relays.pass_on(scope, receive, send):
            for message in missing:
                await send(message)

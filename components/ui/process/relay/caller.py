"""At the server that a request came to without having its page: ask the others, pass it on, pass the answer back."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field

from anyio import CancelScope, to_thread
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Send

from components.library import Library, LibraryUnavailable
from components.library.cluster.notices import ASKED, ENDED, PIECE, Listener, tell, wait_for_notice
from components.library.cluster.relays import ANSWER, REQUEST, end_relay, other_servers
from components.ui.process.relay.heads import AnswerHead, RequestHead, answer_head, to_bytes
from components.ui.process.relay.pieces import BROWSER_SECONDS, SILENT_SECONDS, OtherServerSilent, RelaySide

# Seconds between notices that ask again, in case one was lost.
ASK_SECONDS = 2.0


@dataclass
class Question:
    """Who has a page, as asked by this server: the servers that do not have it."""

    changed: asyncio.Event
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    declined: set[str] = field(default_factory=set)

    def decline(self, process: str) -> None:
        """Note that a server does not have the page. Thread-safe."""
        self.declined.add(process)
        with suppress(RuntimeError):  # the loop may have been closed just now
            self.loop.call_soon_threadsafe(self.changed.set)


class RelayedCall:
    """One request that another server may answer. Methods raise LibraryUnavailable."""

    def __init__(self, library: Library, notices: Listener, questions: dict[str, Question], head: RequestHead) -> None:
        """While this asks, it stands among `questions` by the relay's id."""
        self._library = library
        self._notices = notices
        self._questions = questions
        self._head = head
        self._relay = secrets.token_hex(16)
        self._request = RelaySide(library, notices, self._relay, REQUEST)
        self._answer = RelaySide(library, notices, self._relay, ANSWER)

    async def run(self, receive: Receive, send: Send) -> bool:
        """Answer the request by the server that has its page; return False if none has, with nothing sent or received.

        Raise OtherServerSilent before anything was sent, OSError after that, and ClientDisconnect.
        """
        others = await to_thread.run_sync(other_servers, self._library)
        if not others:
            return False
        try:
            if not await self._is_taken(others):
                return False
            await self._pass_back(await self._answered(receive), send)
            return True
        finally:
            with CancelScope(shield=True), suppress(LibraryUnavailable):
                await self._request.settle()
                await to_thread.run_sync(end_relay, self._library, self._relay, ENDED)

    async def _is_taken(self, others: frozenset[str]) -> bool:
        """Ask who has the page, until one has taken the head, or all have declined or ended.

        Raise OtherServerSilent.
        """
        await self._request.write_head(to_bytes(self._head))
        with self._notices.woken_by((PIECE, self._relay)) as changed:
            question = self._questions[self._relay] = Question(changed)
            try:
                end = time.monotonic() + SILENT_SECONDS
                is_due = True
                while time.monotonic() < end:
                    if is_due:
                        asked = f"{self._relay} {self._head.path}"
                        await to_thread.run_sync(tell, self._library, ASKED, asked)
                    is_due = not await wait_for_notice(changed, ASK_SECONDS)
                    changed.clear()
                    if await self._request.untaken() == 0:
                        return True
                    if is_due:  # some may have ended in this time, without saying that they do not have it
                        others &= await to_thread.run_sync(other_servers, self._library)
                    if others <= question.declined:
                        return False
                raise OtherServerSilent
            finally:
                del self._questions[self._relay]

    async def _answered(self, receive: Receive) -> AnswerHead:
        """Pass the body on and return the head of the answer, which may come before all of the body was passed on."""
        reading = asyncio.ensure_future(self._answer.read(float("inf") if self._head.has_body else SILENT_SECONDS))
        sending = asyncio.ensure_future(self._pass_on(receive))
        try:
            await asyncio.wait({reading, sending}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                sending.result()
                await asyncio.wait({reading}, timeout=SILENT_SECONDS)
            if not reading.done():
                raise OtherServerSilent
            return answer_head(reading.result().data)
        finally:
            for task in (reading, sending):
                task.cancel()
            await asyncio.gather(reading, sending, return_exceptions=True)

    async def _pass_on(self, receive: Receive) -> None:
        is_last = not self._head.has_body
        while not is_last:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            is_last = not message.get("more_body", False)
            await self._request.write(message.get("body", b""), is_last=is_last)

    async def _pass_back(self, head: AnswerHead, send: Send) -> None:
        await send(head.message())
        is_last = False
        while not is_last:
            try:
                piece = await self._answer.read()
            except (OtherServerSilent, LibraryUnavailable):
                # Starlette takes it as a closed connection, so that the browser does not take a part for the whole.
                raise OSError("The rest of a relayed answer did not come") from None
            is_last = piece.is_last
            try:
                async with asyncio.timeout(BROWSER_SECONDS):
                    await send({"type": "http.response.body", "body": piece.data, "more_body": not is_last})
            except TimeoutError:
                raise OSError("A browser did not take a relayed answer") from None

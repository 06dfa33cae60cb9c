"""One side of a relay, written here and read at the other server or the other way round, piece by piece.

The writer waits while several of its pieces are untaken, so that neither memory nor the database ever holds more of a
body, however large it is.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial

from anyio import to_thread

from components.library import Library
from components.library.cluster.notices import PIECE, Listener, wait_for_notice
from components.library.cluster.relays import ANSWER, Piece, count_pieces, put_piece, take_piece

PIECE_BYTES = 512 * 1024
UNTAKEN = 4  # pieces of a side that may wait
# Seconds after which the other server counts as gone if it does nothing.
SILENT_SECONDS = 10.0
# Seconds in which a browser, however slow its line is, has to take a piece of an answer.
BROWSER_SECONDS = 60.0
# Seconds between looks in case a notice was lost.
LOOK_SECONDS = 1.0


class OtherServerSilent(Exception):
    """The other server of a relay has done nothing for too long."""


class RelaySide:
    """One side of a relay, at its writer or its reader. Methods raise LibraryUnavailable and OtherServerSilent."""

    def __init__(self, library: Library, notices: Listener, relay: str, side: str) -> None:
        """`side` is REQUEST or ANSWER."""
        self._library = library
        self._notices = notices
        self._relay = relay
        self._side = side
        self._place = 0
        self._unwritten = bytearray()
        self._writing: asyncio.Future[None] | None = None

    async def write_head(self, data: bytes) -> None:
        """Write piece 0."""
        await self._put(data, is_last=False)

    async def write(self, data: bytes, *, is_last: bool) -> None:
        """Write a part of the body."""
        self._unwritten += data
        while len(self._unwritten) >= PIECE_BYTES or is_last:
            await self._await_room()
            piece = bytes(self._unwritten[:PIECE_BYTES])
            del self._unwritten[:PIECE_BYTES]
            ends = is_last and not self._unwritten
            await self._put(piece, is_last=ends)
            if ends:
                return

    async def settle(self) -> None:
        """Wait for the piece that a thread writes even after its writer was cancelled."""
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)

    async def untaken(self) -> int:
        """Return how many pieces the other server has not taken yet."""
        return await to_thread.run_sync(count_pieces, self._library, self._relay, self._side)

    async def read(self, seconds: float = SILENT_SECONDS) -> Piece:
        """Wait for the next piece and take it."""
        with self._notices.woken_by((PIECE, self._relay)) as changed:
            end = time.monotonic() + seconds
            while True:
                changed.clear()
                piece = await self.take()
                if piece is not None:
                    return piece
                if (left := end - time.monotonic()) <= 0:
                    raise OtherServerSilent
                await wait_for_notice(changed, min(left, LOOK_SECONDS))

    async def take(self) -> Piece | None:
        """Take the next piece if it is there."""
        piece = await to_thread.run_sync(take_piece, self._library, self._relay, self._side, self._place)
        if piece is not None:
            self._place += 1
        return piece

    async def _put(self, data: bytes, *, is_last: bool) -> None:
        piece = Piece(data, is_last)
        put = partial(put_piece, self._library, self._relay, self._side, self._place, piece)
        self._writing = asyncio.ensure_future(to_thread.run_sync(put))
        await asyncio.shield(self._writing)
        self._place += 1

    async def _await_room(self) -> None:
        if self._place < UNTAKEN:
            return
        patience = SILENT_SECONDS + (BROWSER_SECONDS if self._side == ANSWER else 0)
        with self._notices.woken_by((PIECE, self._relay)) as changed:
            before, end = UNTAKEN + 1, time.monotonic() + patience
            while True:
                changed.clear()
                untaken = await self.untaken()
                if untaken < UNTAKEN:
                    return
                now = time.monotonic()
                if untaken < before:
                    before, end = untaken, now + patience
                elif now >= end:
                    raise OtherServerSilent
                await wait_for_notice(changed, LOOK_SECONDS)

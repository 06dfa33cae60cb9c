"""Event channels that other app servers find: which run each follows stands in the database, on PostgreSQL.

A server without the page follows that run by its own runner, and reads again when the page's server switches it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence

from anyio import to_thread

from components.library import Library, LibraryUnavailable
from components.library.cluster.channels import (
    forget_channels,
    hashed_token,
    keep_channel,
    lost_channels,
    stored_channel,
)
from components.library.cluster.notices import SWITCHED, Listener, wait_for_notice
from components.runs import Runner, RunView
from components.ui.process.event_channel import Channel

log = logging.getLogger(__name__)

# Seconds between looks in case a notice was lost.
LOOK_SECONDS = 5.0


class SharedChannels:
    """The channels of all app servers of a library."""

    def __init__(self, library: Library, notices: Listener) -> None:
        self._library = library
        self._notices = notices

    def keep(self, token: str, run_id: str | None) -> bool:
        """Let other servers know which run a channel of this one follows; return whether they do."""
        with contextlib.suppress(LibraryUnavailable):
            keep_channel(self._library, token, run_id)
            return True
        return False

    def lost(self, tokens: Sequence[str]) -> list[str]:
        """Return which channels of this server others cannot find any more. Raise LibraryUnavailable."""
        return lost_channels(self._library, tokens)

    def forget(self, tokens: Sequence[str]) -> None:
        """Let other servers know that channels of this one have ended."""
        with contextlib.suppress(LibraryUnavailable):
            forget_channels(self._library, tokens)

    async def find(self, token: str) -> Channel | None:
        """Return a channel that follows the run of another server's, or None. Raise LibraryUnavailable."""
        found = await to_thread.run_sync(stored_channel, self._library, token)
        if found is None:
            return None
        channel = _FollowingChannel(self._library, self._notices, token)
        channel.run_id = found.run_id
        return channel


class _FollowingChannel(Channel):
    """A channel whose page is at another server."""

    def __init__(self, library: Library, notices: Listener, token: str) -> None:
        super().__init__()
        self._library = library
        self._notices = notices
        self._found_by = token

    async def news(self, runner: Runner) -> AsyncGenerator[RunView | None, None]:
        """Yield the followed run as `Channel.news` does, and switch when the page's server does."""
        watching = asyncio.create_task(self._watch())
        try:
            async with contextlib.aclosing(super().news(runner)) as news:
                async for view in news:
                    yield view
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        with self._notices.woken_by((SWITCHED, hashed_token(self._found_by))) as switched:
            while True:
                switched.clear()
                with contextlib.suppress(LibraryUnavailable):
                    found = await to_thread.run_sync(stored_channel, self._library, self._found_by)
                    if found is not None:  # else its page has ended, and its browser closes this stream
                        self.follow(found.run_id)
                await wait_for_notice(switched, LOOK_SECONDS)

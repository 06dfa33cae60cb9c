"""A channel sends the run that a page shows, after each change, from the server to that page's stage.

The browser opens it before anything runs, so that a run shows the moment it starts and images the moment they are
saved, without waiting for a rerun of Streamlit.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Protocol
from weakref import WeakSet

import streamlit as st

from components.runs import Runner, RunView
from components.ui.access.base_path import app_address

# Channels that are kept; a page whose channel was dropped opens a new one when it is drawn again.
KEPT = 2000
# Proxies close connections that are silent for longer.
SILENCE_SECONDS = 15.0


class Sharing(Protocol):
    """Lets other app servers know what the channels of this one follow, and finds theirs."""

    def keep(self, token: str, run_id: str | None) -> bool:
        """Let others know which run a channel follows; return whether they do."""

    def lost(self, tokens: Sequence[str]) -> list[str]:
        """Return which channels others cannot find any more. Raise LibraryUnavailable."""

    def forget(self, tokens: Sequence[str]) -> None:
        """Let others know that channels have ended."""

    async def find(self, token: str) -> Channel | None:
        """Return a channel that follows the run of another server's, or None. Raise LibraryUnavailable."""


class Channel:
    """One page's channel: the id of the run that it follows, and its listeners."""

    def __init__(self, token: str = "") -> None:
        """A channel with a token is this server's own, and shared with others where there are any."""
        self.run_id: str | None = None
        self._token = token
        self._is_shared = False
        with _lock:
            _listened.add(self)
        self._lock = threading.Lock()
        self._listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def follow(self, run_id: str | None) -> None:
        """Send this run from now on."""
        if run_id != self.run_id:
            self.run_id, self._is_shared = run_id, False
            self.wake()
        self.share()

    def share(self) -> None:
        """Let other servers know the run, unless they do; what fails is tried again at the next call."""
        if self._token and not self._is_shared and _sharing is not None:
            self._is_shared = _sharing.keep(self._token, self.run_id)

    def share_again(self) -> None:
        """Let other servers know the run, also if they did."""
        self._is_shared = False
        self.share()

    def wake(self) -> None:
        """Wake every listener, so that it reads `run_id` again."""
        with self._lock:
            listeners = tuple(self._listeners)
        for loop, event in listeners:
            with contextlib.suppress(RuntimeError):  # the loop may have been closed just now
                loop.call_soon_threadsafe(event.set)

    async def news(self, runner: Runner) -> AsyncGenerator[RunView | None, None]:
        """Yield the followed run now and after every change; None after silence. End when the app stops."""
        switched = asyncio.Event()
        listener = (asyncio.get_running_loop(), switched)
        with self._lock:
            self._listeners.add(listener)
        try:
            while not _closing.is_set():
                switched.clear()
                async with contextlib.aclosing(_until(switched, runner, self.run_id)) as views:
                    async for view in views:
                        yield view
        finally:
            with self._lock:
                self._listeners.discard(listener)


async def _until(switched: asyncio.Event, runner: Runner, run_id: str | None) -> AsyncGenerator[RunView | None, None]:
    """Yield one run after each change until the channel is switched to another; None after silence."""
    views = runner.subscribe(run_id) if run_id is not None else None
    stop = asyncio.ensure_future(switched.wait())
    step: asyncio.Task[RunView] | None = None
    try:
        while not stop.done():
            if views is not None and step is None:
                step = asyncio.ensure_future(_next(views))
            waited = {stop, step} if step is not None else {stop}
            done, _ = await asyncio.wait(waited, timeout=SILENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                yield None
            elif step is not None and step in done:
                try:
                    yield step.result()
                except StopAsyncIteration:
                    views = None
                step = None
    finally:
        for task in (stop, step):
            if task is not None:
                task.cancel()


async def _next(views: AsyncIterator[RunView]) -> RunView:
    return await anext(views)


_channels: OrderedDict[str, Channel] = OrderedDict()
_sharing: Sharing | None = None
_lock = threading.Lock()
_closing = threading.Event()
_listened: WeakSet[Channel] = WeakSet()  # all channels, those of other servers as well


def new_channel() -> str:
    """Open a channel, and return the token that is its address."""
    token = secrets.token_urlsafe(12)
    channel, dropped = Channel(token), []
    with _lock:
        _channels[token] = channel
        while len(_channels) > KEPT:
            dropped.append(_channels.popitem(last=False)[0])
    channel.share()
    if dropped and _sharing is not None:
        _sharing.forget(dropped)
    return token


def find_channel(token: str) -> Channel | None:
    """Return the channel of a token, or None if it was dropped."""
    with _lock:
        if token in _channels:
            _channels.move_to_end(token)
        return _channels.get(token)


async def find_channel_anywhere(token: str) -> Channel | None:
    """Return the channel of a token, of this server or another, or None. Raise LibraryUnavailable."""
    channel = find_channel(token)
    return channel if channel is not None or _sharing is None else await _sharing.find(token)


def open_channels(sharing: Sharing | None = None) -> None:
    """Let channels send again after `close_channels`, and share them with other servers where there are any."""
    global _sharing
    _sharing = sharing
    _closing.clear()


def share_lost_channels() -> None:
    """Share again what the database has lost of the channels of this server's pages. Raise LibraryUnavailable.

    It loses them in a crash, and when it has taken this server for dead.
    """
    with _lock:
        tokens = tuple(_channels)
    for token in _sharing.lost(tokens) if _sharing is not None and tokens else ():
        if (channel := _channels.get(token)) is not None:
            channel.share_again()


def close_channels() -> None:
    """End all channels: a stopping server waits for open responses. Never call it from a signal handler."""
    _closing.set()
    with _lock:
        channels = tuple(_listened)
    for channel in channels:
        channel.wake()


def page_channel(operation: str) -> Channel:
    """Return the channel of this session's page of an operation, opened at the first call."""
    key = _token_key(operation)
    channel = find_channel(st.session_state.get(key, ""))
    if channel is None:
        st.session_state[key] = new_channel()
        channel = find_channel(st.session_state[key])
        assert channel is not None
    return channel


def channel_address(operation: str) -> str:
    """Return where the browser listens to the channel of this session's page of an operation."""
    page_channel(operation)
    return app_address(f"/channels/{st.session_state[_token_key(operation)]}")


def _token_key(operation: str) -> str:
    return f"channel.{operation}"

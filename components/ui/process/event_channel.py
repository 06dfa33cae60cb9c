"""A channel carries news of the run that a page looks at, from the server to that page's stage.

The page's browser holds it open before anything runs, so that a run is seen the moment it begins and its pictures
the moment they are saved, without waiting for Streamlit to draw the page again.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator

import streamlit as st

from components.runs import Runner, RunView

# Channels that are remembered; a page whose channel was forgotten opens a new one when it is drawn again.
KEPT = 2000
# Proxies cut connections on which nothing is said for longer.
SILENCE_SECONDS = 15.0


class Channel:
    """One page's channel: the id of the run it follows, and who listens."""

    def __init__(self) -> None:
        self.run_id: str | None = None
        self._lock = threading.Lock()
        self._listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def follow(self, run_id: str | None) -> None:
        """Tell of this run from now on."""
        if run_id != self.run_id:
            self.run_id = run_id
            self.wake()

    def wake(self) -> None:
        """Let every listener look again."""
        with self._lock:
            listeners = tuple(self._listeners)
        for loop, event in listeners:
            with contextlib.suppress(RuntimeError):  # the loop may have been closed just now
                loop.call_soon_threadsafe(event.set)

    async def news(self, runner: Runner) -> AsyncGenerator[RunView | None, None]:
        """The followed run now and after every change; None when there was silence. Ends when the app stops."""
        switched = asyncio.Event()
        place = (asyncio.get_running_loop(), switched)
        with self._lock:
            self._listeners.add(place)
        try:
            while not _closing.is_set():
                switched.clear()
                async with contextlib.aclosing(_until(switched, runner, self.run_id)) as views:
                    async for view in views:
                        yield view
        finally:
            with self._lock:
                self._listeners.discard(place)


async def _until(switched: asyncio.Event, runner: Runner, run_id: str | None) -> AsyncGenerator[RunView | None, None]:
    """News of one run until the channel is switched to another; silence is told of as None."""
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
_lock = threading.Lock()
_closing = threading.Event()


def new_channel() -> str:
    """Open a channel; gives the token that is its address."""
    token = secrets.token_urlsafe(12)
    with _lock:
        _channels[token] = Channel()
        while len(_channels) > KEPT:
            _channels.popitem(last=False)
    return token


def find_channel(token: str) -> Channel | None:
    """The channel of a token, if it is still remembered."""
    with _lock:
        if token in _channels:
            _channels.move_to_end(token)
        return _channels.get(token)


def open_channels() -> None:
    """Let channels carry news; they do from the first import on."""
    _closing.clear()


def close_channels() -> None:
    """End all channels, since a server that is told to stop waits for open answers. Never call it from a signal."""
    _closing.set()
    with _lock:
        channels = tuple(_channels.values())
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
    return f"/channels/{st.session_state[_token_key(operation)]}"


def _token_key(operation: str) -> str:
    return f"channel.{operation}"

"""Gives back what sessions held soon after they ended, without waiting for the next visitor.

A tab that is closed leaves a session behind that its browser may still come back to. Streamlit throws it away when
another one is stored, which on a quiet evening is never; so the process looks for itself.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from anyio import to_thread
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.ui.process.gc_tuning import collect
from components.ui.process.upload_quota import held_bytes

# Seconds that a browser has to come back, less than `server.disconnectedSessionTTL`, after which Streamlit does not
# give its session back to it either. What was typed and not sent outlives that, see `drafts`.
GRACE = 60.0
EVERY = 5.0

_known: set[str] = set()


class Sessions(Protocol):
    """What is asked of Streamlit's runtime."""

    def is_active_session(self, session_id: str) -> bool:
        """Whether a browser is connected to it."""

    def close_session(self, session_id: str) -> None:
        """End it, with all that it holds."""


def note_session() -> None:
    """Remember that there is this session; called whenever a page is drawn."""
    if context := get_script_run_ctx():
        _known.add(context.session_id)


class SessionRelease:
    """Closes sessions whose browser has been gone for `grace` seconds."""

    def __init__(self, grace: float = GRACE) -> None:
        """Nobody is gone yet."""
        self._grace = grace
        self._seen: dict[str, float] = {}

    def sweep(self, sessions: Sessions, ids: set[str], now: float) -> list[str]:
        """Close those of these sessions that ended long enough ago; gives them. `now` is of a monotonic clock."""
        closed = []
        for session in ids:
            if sessions.is_active_session(session):
                self._seen[session] = now
            elif now - self._seen.setdefault(session, now) >= self._grace:
                sessions.close_session(session)
                del self._seen[session]
                closed.append(session)
        return closed

    async def watch(self) -> None:
        """Look every few seconds, until it is cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            if not runtime.exists():
                continue
            instance = runtime.get_instance()
            closed = self.sweep(instance, _known | set(held_bytes()), time.monotonic())
            for session in closed:
                instance.uploaded_file_mgr.remove_session_files(session)
                _known.discard(session)
            if closed:
                await to_thread.run_sync(collect)

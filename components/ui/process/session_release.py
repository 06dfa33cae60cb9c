"""Free the memory of ended sessions without waiting for the next visitor.

A closed tab leaves a session that its browser may return to. Streamlit discards it when another one is stored, which
may be much later; so the process looks for itself.
"""

from __future__ import annotations

import asyncio
import gc
import time

from anyio import to_thread

from components.images.decoding.allocator import trim
from components.ui.access.sign_in.live_logins import live_logins
from components.ui.process.streamlit_runtime import Sessions, forget_uploads_of, held_bytes, session_id, sessions

# Seconds in which a browser can return: less than `server.disconnectedSessionTTL`, after which Streamlit does not
# restore its session either. Drafts survive longer, see `ui/session/drafts/restore`.
GRACE = 60.0
EVERY = 5.0

_known: set[str] = set()


def note_session() -> None:
    """Remember the current session; call it whenever a page is drawn."""
    if (session := session_id()) is not None:
        _known.add(session)


class SessionRelease:
    """Close sessions whose browser disconnected at least `grace` seconds ago."""

    def __init__(self, grace: float = GRACE) -> None:
        self._grace = grace
        self._seen: dict[str, float] = {}

    def sweep(self, sessions: Sessions, ids: set[str], now: float) -> list[str]:
        """Close and return those of these sessions that ended long enough ago. `now` comes from a monotonic clock."""
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
        """Sweep every few seconds until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            if (running := sessions()) is None:
                continue
            closed = self.sweep(running, _known | set(held_bytes()), time.monotonic())
            for session in closed:
                forget_uploads_of(session)
                _known.discard(session)
                live_logins.forget_session(session)
            if closed:
                await to_thread.run_sync(_collect)


def _collect() -> None:
    """Free what ended sessions held, and return it to the system."""
    gc.collect()
    trim()

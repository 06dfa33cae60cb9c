"""Logins that are in use: what is open for each, which were signed out, and whose each of Streamlit's sessions is."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from components.ui.access.sign_in.login import Login

MOST_SIGNED_OUT = 100_000
MOST_MEDIA = 100_000  # downloads that pages were sent, the latest
MOST_EVENTS = 10_000  # that wait to be recorded


@dataclass(frozen=True)
class LoginEvent:
    """Someone signed in or out; `until` is when the login ends without that, in Unix seconds."""

    person: str
    key: str
    until: float
    has_ended: bool


class LiveLogins:
    """The process's record of logins. All of it is in memory; threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: deque[LoginEvent] = deque(maxlen=MOST_EVENTS)
        self._signed_out: dict[str, float] = {}  # a login's key, and when it would have ended
        self._ends: dict[str, set[asyncio.Event]] = {}
        self._open: Counter[str] = Counter()
        self._owners: dict[str, str] = {}  # a session's id, and its person's
        self._media: OrderedDict[tuple[str, str], None] = OrderedDict()  # a download's id, and whose page was sent it

    def sign_in(self, login: Login) -> None:
        """Note that someone signed in."""
        self._events.append(LoginEvent(login.id, login.key, login.until, has_ended=False))

    def sign_out(self, login: Login) -> None:
        """End a login whose person signed out, and note it. Call it in the server's loop."""
        self._events.append(LoginEvent(login.id, login.key, login.until, has_ended=True))
        self.end(login.key, login.until)

    def take_events(self) -> list[LoginEvent]:
        """Return what was noted since the last call, in its order."""
        return [self._events.popleft() for _ in range(len(self._events))]

    def end(self, key: str, until: float) -> None:
        """End a login, and everything that is open by it. Call it in the server's loop."""
        with self._lock:
            now = time.time()
            if len(self._signed_out) >= MOST_SIGNED_OUT:
                self._signed_out = {one: end for one, end in self._signed_out.items() if end > now}
            self._signed_out[key] = until
            ends = tuple(self._ends.get(key, ()))
        for end in ends:
            end.set()

    def is_signed_out(self, key: str) -> bool:
        """Return whether a login was signed out."""
        return key in self._signed_out

    @contextmanager
    def opened(self, key: str, person: str) -> Iterator[asyncio.Event]:
        """Count something that a person opened, and yield the event that is set when its login is signed out."""
        end = asyncio.Event()
        with self._lock:
            self._open[person] += 1
            if key:
                self._ends.setdefault(key, set()).add(end)
        try:
            yield end
        finally:
            with self._lock:
                self._open[person] -= 1
                if not self._open[person]:
                    del self._open[person]
                if key:
                    self._ends[key].discard(end)
                    if not self._ends[key]:
                        del self._ends[key]

    def open_of(self, person: str) -> int:
        """Return how many WebSockets a person has open."""
        return self._open[person]

    def note_session(self, session: str, person: str) -> None:
        """Remember whose a session is, so that nobody else takes it up or uploads to it."""
        self._owners[session] = person

    def forget_session(self, session: str) -> None:
        """Forget a session that was closed."""
        self._owners.pop(session, None)

    def is_known(self, session: str) -> bool:
        """Return whether a session is known to be somebody's."""
        return session in self._owners

    def is_session_of(self, session: str, person: str) -> bool:
        """Return whether a session is known to be this person's."""
        return self._owners.get(session) == person

    def note_media(self, ids: Iterable[str], person: str) -> None:
        """Remember that a page of this person was sent downloads. Call it in the server's loop."""
        for one in ids:
            self._media[one, person] = None
            self._media.move_to_end((one, person))
        while len(self._media) > MOST_MEDIA:
            self._media.popitem(last=False)

    def has_media(self, ids: Sequence[str], person: str) -> bool:
        """Return whether each of these downloads was sent to a page of this person."""
        return bool(ids) and all((one, person) in self._media for one in ids)


live_logins = LiveLogins()

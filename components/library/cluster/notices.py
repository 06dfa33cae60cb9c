"""Short notices between the processes of a library on PostgreSQL, by LISTEN and NOTIFY.

A notice is a hint to look: it holds ids alone, and what it is about stands in the database. So a lost one costs a few
seconds, until the next poll.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, text

from components.library.db.dialects import is_postgresql
from components.library.errors import explained
from components.library.store import Library

log = logging.getLogger(__name__)

CHANNEL = "image_workbench"

# Kinds of notices, with the id of a run: what it shows has changed; someone asks to cancel it. LOST has no id: notices
# may have been missed.
CHANGED, CANCEL, LOST = "changed", "cancel", "lost"
# With the id of a batch that someone asks to cancel, and of a connection that its person has forgotten.
BATCH, FORGOTTEN = "batch", "forgotten"
# Planned starts have changed.
START = "start"
# Of relays, with the relay's id: someone asks who has a page's file, and adds its path; a process does not have it, and
# adds its own id; a piece was written or taken; it has ended. With the hash of a channel: it follows another run.
ASKED, DECLINED, PIECE, ENDED = "asked", "declined", "piece", "ended"
SWITCHED = "switched"

AGAIN_SECONDS = 2.0  # before a lost connection is opened again
LOOK_SECONDS = 1.0  # between looks whether to stop

OnNotice = Callable[[str, str], None]

_NOTIFY = text("SELECT pg_notify(:channel, :payload)")


def notify(connection: Connection, kind: str, key: str) -> None:
    """Send a notice to all processes when the connection's transaction is committed."""
    payload = json.dumps([kind, key])
    connection.execute(_NOTIFY, {"channel": CHANNEL, "payload": payload})


def tell(library: Library, kind: str, key: str) -> None:
    """Send a notice by itself, on PostgreSQL; elsewhere nobody listens. Raise LibraryUnavailable."""
    if is_postgresql(library.engine):
        with explained(library.folder), library.engine.begin() as connection:
            notify(connection, kind, key)


class Listener:
    """A thread that calls back for each notice, on a connection of its own, and wakes those who wait for one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._callbacks: tuple[OnNotice, ...] = ()
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, str], set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)
        self._stopping = threading.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._work, name="notices", daemon=True)

    def add(self, callback: OnNotice) -> None:
        """Call back with kind and id of each notice, in the thread; it must return at once."""
        self._callbacks = (*self._callbacks, callback)

    @contextmanager
    def woken_by(self, *wanted: tuple[str, str]) -> Iterator[asyncio.Event]:
        """Yield an event that notices of these kinds and ids set; "" stands for every id, and LOST sets all."""
        waiter = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            for one in wanted:
                self._waiting[one].add(waiter)
        try:
            yield waiter[1]
        finally:
            with self._lock:
                for one in wanted:
                    self._waiting[one].discard(waiter)
                    if not self._waiting[one]:
                        del self._waiting[one]

    def start(self) -> None:
        """Start the thread, and wait a moment until it listens."""
        self._thread.start()
        self._listening.wait(LOOK_SECONDS)

    def stop(self) -> None:
        """Stop the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5 * LOOK_SECONDS)

    def _work(self) -> None:
        import psycopg

        while not self._stopping.is_set():
            try:
                self._listen()
            except psycopg.Error as error:
                log.warning("The connection for notices was lost: %s", error)
                self._stopping.wait(AGAIN_SECONDS)

    def _listen(self) -> None:
        import psycopg

        from components.library.db.postgres import conninfo

        with psycopg.connect(conninfo(self._engine), autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._listening.set()
            self._tell(LOST, "")
            while not self._stopping.is_set():
                for notice in connection.notifies(timeout=LOOK_SECONDS):
                    self._take(notice.payload)
                    if self._stopping.is_set():
                        return

    def _take(self, payload: str) -> None:
        try:
            found: Any = json.loads(payload)
            kind, key = str(found[0]), str(found[1])
        except (ValueError, LookupError, TypeError):
            return  # of another program
        self._tell(kind, key)

    def _tell(self, kind: str, key: str) -> None:
        self._wake(kind, key)
        for callback in self._callbacks:
            try:
                callback(kind, key)
            except Exception:
                log.exception("Could not handle a notice")

    def _wake(self, kind: str, key: str) -> None:
        with self._lock:
            if kind == LOST:
                waiters = set().union(*self._waiting.values())
            else:
                waiters = {*self._waiting.get((kind, key), ()), *self._waiting.get((kind, ""), ())}
        for loop, event in waiters:
            with suppress(RuntimeError):  # the loop may have been closed just now
                loop.call_soon_threadsafe(event.set)


async def wait_for_notice(event: asyncio.Event, seconds: float) -> bool:
    """Wait until a notice sets the event; return False after some seconds without one."""
    with suppress(TimeoutError):
        return await asyncio.wait_for(event.wait(), seconds)
    return False

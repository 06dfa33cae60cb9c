"""Track which processes use a library on PostgreSQL: each extends its expiry while it is alive.

It has the interface of `ProcessLock`, which a library in a folder has in its place. It holds a file lock as well: those
who share its folder see by it that it is alive, whatever the database says after an outage.
"""

from __future__ import annotations

import json
import logging
import secrets
import socket
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Engine, text

from components.library.db.postgres import postgres_engine
from components.library.files.process_lock import DEAD_SECONDS, held_locks
from components.library.files.staging import STAGING_FOLDER, clear_staging

log = logging.getLogger(__name__)

BEATS = 5  # heartbeats within the time after which a process counts as dead

# Keys of PostgreSQL's advisory locks: a library has one of each.
SETTLING = 0x1AB5_0001
SETTLING_SECONDS = 60

_BEAT = text(
    """
    INSERT INTO processes (id, kind, host, serves, started, expires)
    VALUES (:id, :kind, :host, CAST(:serves AS JSON), now(), clock_timestamp() + make_interval(secs => :seconds))
    ON CONFLICT (id) DO UPDATE SET expires = excluded.expires, serves = excluded.serves
    """
)
# Just after the database's own restart, the processes from before it have had no time for a heartbeat.
_ALIVE = text(
    """
    SELECT id FROM processes WHERE :patient OR expires > clock_timestamp() OR (started < pg_postmaster_start_time()
        AND pg_postmaster_start_time() > clock_timestamp() - make_interval(secs => :seconds))
    """
)
_BURY = text("DELETE FROM processes WHERE expires <= clock_timestamp() AND id <> ALL(:alive) RETURNING id, host")
_FORGET = (
    text("DELETE FROM live_runs WHERE process NOT IN (SELECT id FROM processes)"),
    text("DELETE FROM live_images WHERE run_id NOT IN (SELECT run_id FROM live_runs)"),
    text("DELETE FROM page_channels WHERE process NOT IN (SELECT id FROM processes)"),
)
_REMOVE = text("DELETE FROM processes WHERE id = :id")
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")


class Heartbeat:
    """This process's row and heartbeat, and its staging folder."""

    spans_machines = True

    def __init__(self, engine: Engine, root: Path, kind: str = "server", seconds: float = DEAD_SECONDS) -> None:
        """Write the row and start the heartbeat; staging folders are in the local folder `root`.

        `kind` is "server", "worker" or "command". After `seconds` without a heartbeat the process counts as dead.
        """
        self.process = secrets.token_hex(8)
        self.kind = kind
        self.host = socket.gethostname()
        self.serves: Sequence[str] = ()
        self._engine = engine
        self._own_engine = postgres_engine(engine.url, kept=1, most=1)  # others may have all of the pool's connections
        self._seconds = seconds
        self._stopping = threading.Event()
        self._last_beat = time.time()  # by the clock that does not stop while the machine sleeps
        self._regular_since = 0.0
        self._locks = root / "processes"
        self._locks.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self._locks / f"{self.process}.lock", thread_local=False)
        self._lock.acquire(timeout=5)
        try:
            self._beat()  # before the folder exists, so that no other process takes it for a dead one's
        except BaseException:
            self._leave()
            raise
        self._staging_root = root / STAGING_FOLDER
        self.staging = self._staging_root / self.process
        self.staging.mkdir(parents=True)
        self._thread = threading.Thread(target=self._work, name="heartbeat", daemon=True)
        self._thread.start()

    def announce(self, serves: Sequence[str]) -> None:
        """Make known which connections this worker sends by."""
        self.serves = tuple(serves)
        self._beat()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold a lock that only one process can hold at a time, after up to 60 seconds of waiting."""
        with self._engine.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = '{SETTLING_SECONDS}s'"))
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # files may take a while
            connection.execute(_LOCK, {"key": SETTLING})
            yield

    def alive_and_dead(self) -> tuple[frozenset[str], tuple[Path, ...]]:
        """Return the names of the live processes with this one, and this machine's staging folders of dead ones.

        After an outage or a sleep every process with a row counts as live, for as long as its heartbeat may take.
        """
        folders = sorted(self._staging_root.iterdir())  # listed first, see `__init__`
        with self._engine.connect() as connection:
            known = connection.execute(_ALIVE, {"patient": self._is_patient(), "seconds": self._seconds}).scalars()
            alive = {self.process, *known, *held_locks(self._locks, self.process)}
        return frozenset(alive), tuple(folder for folder in folders if folder.name not in alive)

    def bury(self, alive: Collection[str]) -> dict[str, str]:
        """Forget dead processes, what their runs showed, and their pages' channels.

        Return the hosts of those that ran elsewhere, by name.
        """
        names = {"alive": list(alive)}
        with self._engine.begin() as connection:
            dead = connection.execute(_BURY, names).all()
            for statement in _FORGET:
                connection.execute(statement)
        return {row.id: row.host for row in dead if row.host != self.host}

    def release(self) -> None:
        """End the heartbeat and remove the row. Images that could not be saved stay in staging for the next start."""
        clear_staging(self.staging)
        # Even an empty one tells the next start on this machine that this process ended, and which runs ended with it.
        self.staging.mkdir(exist_ok=True)
        self._stopping.set()
        self._thread.join(self._seconds)
        try:
            with self._own_engine.begin() as connection:
                connection.execute(_REMOVE, {"id": self.process})
        except Exception:
            log.warning("The database cannot be reached; this process counts as dead in %s s.", self._seconds)
        self._leave()

    def _leave(self) -> None:
        self._own_engine.dispose()
        self._lock.release()
        (self._locks / f"{self.process}.lock").unlink(missing_ok=True)

    def _beat(self) -> None:
        row = {"id": self.process, "kind": self.kind, "host": self.host, "seconds": self._seconds}
        serves = json.dumps(self.serves)
        with self._own_engine.begin() as connection:
            connection.execute(_BEAT, {**row, "serves": serves})
        if self._has_missed():
            self._regular_since = time.time()
        self._last_beat = time.time()

    def _has_missed(self) -> bool:
        return abs(time.time() - self._last_beat) > 2 * self._seconds / BEATS

    def _is_patient(self) -> bool:
        """Return whether the others may have been cut off from the database as this process was."""
        return self._has_missed() or 0 <= time.time() - self._regular_since < self._seconds

    def _work(self) -> None:
        while not self._stopping.wait(self._seconds / BEATS):
            try:
                self._beat()
            except Exception as error:
                log.warning("The heartbeat did not reach the database: %s", getattr(error, "orig", error))

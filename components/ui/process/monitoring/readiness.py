"""Whether this process can serve people: its database, files, queue and disk, each looked at within a bounded time.

What is found is shown to anybody who asks, so its sentences contain no paths; causes go to the log.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from sqlalchemy import select

from components.library.db.schema import runs
from components.library.files.disk_space import BYTES_PER_IMAGE, RESERVED_BYTES, free_bytes
from components.ui.process.workbench import Workbench, workbench

log = logging.getLogger(__name__)

OK = "ok"
# Seconds that a part has to answer, and that its answer is used again, however many ask.
PATIENCE = 3.0
FRESH = 2.0


def _database(bench: Workbench) -> str:
    with bench.full_library.engine.connect() as connection:
        connection.execute(select(runs.c.id).limit(1)).all()
    return OK


def _files(bench: Workbench) -> str:
    probe = bench.full_library.staging / f"ready-{secrets.token_hex(4)}"
    try:
        probe.write_bytes(b"ready")
        bench.full_library.files.ping()
        return OK if probe.read_bytes() == b"ready" else "A test file read back differently from what was written."
    finally:
        probe.unlink(missing_ok=True)


def _queue(bench: Workbench) -> str:
    if not bench.full_runner.accepts_runs:
        return "The app is stopping."
    bench.ask(asyncio.sleep(0), PATIENCE)
    return OK


def _disk(bench: Workbench) -> str:
    free = free_bytes(bench.full_library.folder)
    if free >= RESERVED_BYTES + BYTES_PER_IMAGE:
        return OK
    return f"The disk has {free / 1e6:,.0f} MB left, too little for a run."


_FAILURES: Mapping[str, tuple[Callable[[Workbench], str], str]] = {
    "database": (_database, "The database cannot be read."),
    "files": (_files, "Files cannot be written and read."),
    "queue": (_queue, "Runs do not advance."),
    "disk": (_disk, "The free space of the disk is unknown."),
}


class ReadinessCheck:
    """One part, looked at by one thread at a time: one that hangs, as on a lost network disk, is not joined by more."""

    def __init__(self, look: Callable[[], str], failure: str) -> None:
        """`look` returns OK or a sentence; `failure` is the sentence for an exception."""
        self._look = look
        self._failure = failure
        self._lock = threading.Lock()
        self._begun = 0.0
        self._found: Future[str] | None = None

    def begin(self) -> Future[str]:
        """Return what is found, or the last finding if it is fresh or still awaited."""
        with self._lock:
            now = time.monotonic()
            if self._found is None or (self._found.done() and now - self._begun >= FRESH):
                self._begun, self._found = now, Future()
                threading.Thread(target=self._work, args=(self._found,), name="readiness", daemon=True).start()
            return self._found

    def _work(self, found: Future[str]) -> None:
        try:
            found.set_result(self._look())
        except Exception as error:
            log.warning("Not ready: %s %s", self._failure, error)
            found.set_result(self._failure)


def _part(look: Callable[[Workbench], str], failure: str) -> ReadinessCheck:
    return ReadinessCheck(lambda: look(workbench()), failure)


PARTS: Mapping[str, ReadinessCheck] = {name: _part(*how) for name, how in _FAILURES.items()}


async def readiness(parts: Mapping[str, ReadinessCheck] = PARTS, patience: float = PATIENCE) -> dict[str, str]:
    """Return for each part OK or a sentence, after at most `patience` seconds."""
    asked = {name: asyncio.wrap_future(part.begin()) for name, part in parts.items()}
    await asyncio.wait(asked.values(), timeout=patience)
    late = f"No answer within {patience:g} seconds."
    return {name: found.result() if found.done() else late for name, found in asked.items()}

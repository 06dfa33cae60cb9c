"""What a library needs from time to time: runs of dead processes settled, and what nobody wants any more removed."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from components.library import trash
from components.library.db.chunks import pieces
from components.library.db.schema import inputs, runs
from components.library.errors import LibraryUnavailable, explained
from components.library.maintenance.recovery import settle, unsettled
from components.library.maintenance.use_clock import DAY, HOUR, Use, note_use

if TYPE_CHECKING:
    from components.library.store import Library

log = logging.getLogger(__name__)

# A process that died is noticed so soon, in seconds.
LOOK_SECONDS = 4.0

# That the library is in use is noted so often, and so often it is tidied.
NOTE_SECONDS = 60.0
TIDY_SECONDS = HOUR

# What could not be settled, since the disk refuses it, is tried again after so long.
AGAIN_SECONDS = 300.0

BIN_SECONDS = trash.BIN_DAYS * DAY

# How long an input stays that no run used and no form holds.
UNUSED_SECONDS = DAY


def tidy(library: Library) -> None:
    """Throw away for good what is in the bin for long, and inputs that no run used. Raises LibraryUnavailable."""
    with explained(library.folder), library.lease.alone():
        use = _note(library)
        trash.empty_bin(library, before=use.before(BIN_SECONDS, gap_counts=DAY))
        count = remove_unused_inputs(library, use.before(UNUSED_SECONDS, gap_counts=DAY / 2))
    if count:
        log.info("%s inputs that no run used were removed.", count)


def _note(library: Library) -> Use:
    with library.engine.connect() as connection:
        newest = connection.execute(select(func.max(runs.c.created))).scalar_one()
    return note_use(library.folder, time.time(), otherwise=newest)


def remove_unused_inputs(library: Library, before: float) -> int:
    """Remove inputs that no run used and that nobody brought or held since `before` (unix seconds); how many went."""
    for aside in (library.folder / "inputs").glob("*/gone-*"):  # a process died while it removed this one
        library.files.bring_back("input", aside.stem.rpartition("-")[2])
    old = {path.stem: path for path in (library.folder / "inputs").glob("*/*") if _touched(path) < before}
    used: set[str] = set()
    with library.engine.connect() as connection:
        for piece in pieces(list(old)):
            used.update(connection.execute(select(inputs.c.sha256).where(inputs.c.sha256.in_(piece))).scalars())
    return sum(_remove(library, sha256, before) for sha256 in old.keys() - used)


def _remove(library: Library, sha256: str, before: float) -> bool:
    def is_wanted(moved: Path) -> bool:
        query = select(inputs.c.run_id).where(inputs.c.sha256 == sha256).limit(1)
        with library.engine.connect() as connection:
            return _touched(moved) >= before or connection.execute(query).first() is not None

    return library.files.remove("input", sha256, is_wanted)


def _touched(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


class Housekeeper:
    """A thread that looks after a library as long as the process has it open."""

    def __init__(self, library: Library, look_seconds: float = LOOK_SECONDS) -> None:
        """Nothing happens before `start`."""
        self._library = library
        self._look_seconds = look_seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="housekeeping", daemon=True)
        self._left: frozenset[str] = frozenset()
        now = time.monotonic()
        self._settled_at, self._noted_at, self._tidied_at = now, now, now

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, after what it is doing just now."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def _work(self) -> None:
        wait = self._look_seconds
        while not self._over.wait(wait):
            try:
                self._look()
                wait = self._look_seconds
            except LibraryUnavailable:  # `explained` has told the log why
                wait = min(2 * wait, NOTE_SECONDS)
            except Exception:
                log.exception("the library could not be looked after")
                wait = NOTE_SECONDS

    def _look(self) -> None:
        now = time.monotonic()
        with explained(self._library.folder):
            left = unsettled(self._library)
            if left and (left != self._left or now - self._settled_at >= AGAIN_SECONDS):
                count = settle(self._library)
                log.info("%s runs of a process that ended were marked as interrupted.", count)
                self._left, self._settled_at = unsettled(self._library), now
            if now - self._noted_at >= NOTE_SECONDS:
                self._noted_at = now
                _note(self._library)
        if now - self._tidied_at >= TIDY_SECONDS:
            self._tidied_at = now
            tidy(self._library)

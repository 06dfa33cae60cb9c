"""Periodic maintenance: settle the runs of dead processes, empty the trash, remove unused inputs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout
from sqlalchemy import func, select, text

from components.library import trash
from components.library.db.chunks import chunks
from components.library.db.dialects import is_postgresql
from components.library.db.schema import runs
from components.library.db.tables.input_tables import stored_inputs
from components.library.errors import LibraryUnavailable, explained
from components.library.maintenance.daily_backup import DailyBackup
from components.library.maintenance.recovery import settle, unsettled
from components.library.maintenance.use_clock import DAY, HOUR, Use, note_use
from components.library.store import Library
from components.library.team.audit import record
from components.library.team.drafts import drafted_inputs, remove_drafts

log = logging.getLogger(__name__)

# Seconds between checks for dead processes.
LOOK_SECONDS = 4.0

# Seconds between records of use (see `use_clock`), and between cleanups.
NOTE_SECONDS = 60.0
TIDY_SECONDS = HOUR

# Seconds before recovery is retried after the disk failed.
AGAIN_SECONDS = 300.0

# What a cleanup counts.
COUNTS = ("in_trash", "failed_runs", "drafts", "unused_inputs")


# Key of PostgreSQL's advisory lock for cleanups; that of recovery is another, so that no start waits for a cleanup.
TIDYING = 0x1AB5_0007
_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")


@contextmanager
def alone(library: Library) -> Iterator[bool]:
    """Yield whether no other process cleans up; if so, none begins to meanwhile."""
    if is_postgresql(library.engine):
        with library.engine.begin() as connection:
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # files may take a while
            yield bool(connection.execute(_TRY_LOCK, {"key": TIDYING}).scalar_one())
        return
    lock = FileLock(library.folder / "processes" / "tidying", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def tidy(library: Library, *, dry_run: bool = False) -> dict[str, int]:
    """Remove what is older than the library's retention says; return how much of each. Raise LibraryUnavailable.

    With `dry_run`, only count what would be removed. While another process does this, do nothing.
    """
    keep = library.retention
    with explained(library.folder), alone(library) as is_alone:
        if not is_alone:
            return dict.fromkeys(COUNTS, 0)
        use = _note(library)
        in_trash_before = use.before(keep.trash_days * DAY, gap_counts=DAY)
        failed = (
            trash.failed_runs(library, use.before(keep.failed_days * DAY, gap_counts=DAY)) if keep.failed_days else []
        )
        unused_before = use.before(keep.unused_days * DAY, gap_counts=DAY / 2)
        drafts_before = use.before(keep.draft_days * DAY, gap_counts=DAY / 2)
        if dry_run:
            purged = trash.count_trash(library, before=in_trash_before)
            unused = len(unused_inputs(library, unused_before))
        else:
            purged = trash.empty_trash(library, before=in_trash_before)
            trash.move_to_trash(library, (), run_ids=failed)
        drafts = remove_drafts(library, drafts_before, dry_run=dry_run)
        if not dry_run:
            unused = remove_unused_inputs(library, unused_before)
    counts = dict(zip(COUNTS, (purged, len(failed), drafts, unused), strict=True))
    if not dry_run and (purged or failed):
        record(library, None, "output.purged", detail={name: count for name, count in counts.items() if count})
    if not dry_run and any(counts.values()):
        log.info("Removed items past their retention", extra={"facts": counts})
    return counts


def _note(library: Library) -> Use:
    with library.engine.connect() as connection:
        newest = connection.execute(select(func.max(runs.c.created))).scalar_one()
    return note_use(library.folder, time.time(), otherwise=newest)


def remove_unused_inputs(library: Library, before: float) -> int:
    """Remove inputs without a run or sheet that were last added or held before `before` (unix seconds).

    Return their number.
    """
    library.files.restore_removed("input")  # what a process left that died during a removal
    return sum(_remove(library, sha256, before) for sha256 in unused_inputs(library, before))


def unused_inputs(library: Library, before: float) -> set[str]:
    """Return the SHA-256 of inputs without a run, sheet or draft that were last added or held before a time."""
    old = {file.sha256 for file in library.files.listing("input") if file.touched < before}
    used = drafted_inputs(library) if old else set()
    with library.engine.connect() as connection:
        for piece in chunks(list(old)):
            query = select(stored_inputs.c.sha256).where(stored_inputs.c.sha256.in_(piece))
            used.update(connection.execute(query).scalars())
    return old - used


def _remove(library: Library, sha256: str, before: float) -> bool:
    def is_wanted(touched: float) -> bool:
        query = select(stored_inputs.c.of).where(stored_inputs.c.sha256 == sha256).limit(1)
        with library.engine.connect() as connection:
            return touched >= before or connection.execute(query).first() is not None

    return library.files.remove("input", sha256, is_wanted)


class Housekeeper:
    """A thread that maintains a library while this process has it open."""

    def __init__(
        self,
        library: Library,
        look_seconds: float = LOOK_SECONDS,
        daily_backup: DailyBackup | None = None,
        *,
        removes: bool = True,
    ) -> None:
        """Prepare the thread; `start` starts it, and with it the daily backup, which has a thread of its own.

        Without `removes` it settles runs, and deletes nothing by the library's retention.
        """
        self._library = library
        self._removes = removes
        self._daily_backup = daily_backup
        self._look_seconds = look_seconds
        self._stopping = threading.Event()
        # Called in the thread once a minute, as for what else dead processes have left.
        self.each_minute: Callable[[], object] = lambda: None
        self._thread = threading.Thread(target=self._work, name="housekeeping", daemon=True)
        self._left: frozenset[str] = frozenset()
        now = time.monotonic()
        self._settled_at, self._noted_at, self._tidied_at = now, now, now

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()
        if self._daily_backup is not None:
            self._daily_backup.start()

    def stop(self) -> None:
        """Stop the thread after its current step; wait up to 10 seconds."""
        self._stopping.set()
        if self._daily_backup is not None:
            self._daily_backup.stop()
        if self._thread.is_alive():
            self._thread.join(10)

    def _work(self) -> None:
        wait = self._look_seconds
        while not self._stopping.wait(wait):
            try:
                self._look()
                wait = self._look_seconds
            except LibraryUnavailable:  # `explained` has logged the cause
                wait = min(2 * wait, NOTE_SECONDS)
            except Exception:
                log.exception("Maintenance of the library failed.")
                wait = NOTE_SECONDS

    def _look(self) -> None:
        now = time.monotonic()
        with explained(self._library.folder):
            left = unsettled(self._library)
            if left and (left != self._left or now - self._settled_at >= AGAIN_SECONDS):
                count = settle(self._library)
                log.info("Marked %s runs of a dead process as interrupted.", count)
                # Not those that died since: they are settled at the next look.
                self._left, self._settled_at = left & unsettled(self._library), now
            is_minute = now - self._noted_at >= NOTE_SECONDS
            if is_minute:
                self._noted_at = now
                _note(self._library)
        if is_minute:
            self.each_minute()
        if now - self._tidied_at >= TIDY_SECONDS:
            self._tidied_at = now
            if self._removes:
                tidy(self._library)
            with explained(self._library.folder):
                self._library.files.drop_removed_copies()

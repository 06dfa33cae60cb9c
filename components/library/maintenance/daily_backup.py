"""A backup every day into a folder, of which the newest 14 are kept.

Each is a folder of its own that can be restored by itself. Files that an earlier one has are hard links to it, where
the disk supports them, so that each backup takes only the room of what is new.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from components.library.db.engine import NAME
from components.library.errors import LibraryUnavailable
from components.library.maintenance.backup import BackupRefused, Copied, back_up
from components.library.maintenance.use_clock import DAY, HOUR
from components.library.transfer.location import StoreLocation, location_of
from components.settings import SettingError, Settings

log = logging.getLogger(__name__)

KEPT = 14
_PREFIX = "workbench-"
_UNFINISHED = "unfinished"

# Seconds between looks whether a backup is due, and before another attempt after a failure.
_LOOK_SECONDS = 60.0
_AGAIN_SECONDS = HOUR


def backups(folder: Path) -> list[Path]:
    """Return the complete backups in a folder, oldest first."""
    return sorted(path for path in folder.glob(f"{_PREFIX}*") if (path / NAME).is_file())


def newest_backup(folder: Path) -> float | None:
    """Return when the newest backup in a folder was made, in unix seconds, or None."""
    made = backups(folder)
    return _made(made[-1]) if made else None


def back_up_if_due(here: StoreLocation, folder: Path, now: float) -> Copied | None:
    """Make a backup unless one is less than a day old, or another process makes one; remove the oldest over KEPT.

    Raise BackupRefused, SettingError, LibraryUnavailable and OSError.
    """
    if not _is_due(folder, now):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(Timeout), FileLock(folder / ".lock", timeout=0):
        if not _is_due(folder, now):  # another process has just made it
            return None
        unfinished = folder / _UNFINISHED
        shutil.rmtree(unfinished, ignore_errors=True)  # of a process that died
        earlier = backups(folder)
        copied = back_up(here, unfinished, earlier=earlier[-1] if earlier else None)
        unfinished.rename(folder / f"{_PREFIX}{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M%S}")
        for old in backups(folder)[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return copied
    return None


def _is_due(folder: Path, now: float) -> bool:
    made = newest_backup(folder)
    return made is None or not 0 <= now - made < DAY


def _made(backup: Path) -> float:
    try:
        moment = datetime.strptime(backup.name.removeprefix(_PREFIX), "%Y%m%d-%H%M%S")
    except ValueError:  # renamed by somebody
        return backup.stat().st_mtime
    return moment.replace(tzinfo=UTC).timestamp()


class DailyBackup:
    """A thread that backs a library up every day while this process has it open."""

    def __init__(self, here: StoreLocation, folder: Path) -> None:
        """Prepare the thread; `start` starts it."""
        self._here = here
        self._folder = folder
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="daily-backup", daemon=True)

    @classmethod
    def by(cls, settings: Settings) -> DailyBackup | None:
        """Return what makes the backups that the settings ask for, or None."""
        return cls(location_of(settings), Path(settings.backups).resolve()) if settings.backups else None

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking. A backup that is being made ends with the process, and the next start begins it again."""
        self._stopping.set()

    def _work(self) -> None:
        wait = 0.0
        while not self._stopping.wait(wait):
            wait = _LOOK_SECONDS if self._attempt() else _AGAIN_SECONDS

    def _attempt(self) -> bool:
        began = time.monotonic()
        try:
            copied = back_up_if_due(self._here, self._folder, time.time())
        except (BackupRefused, LibraryUnavailable, SettingError, OSError) as problem:
            log.error("The daily backup failed, and is tried again in an hour: %s", problem)
            return False
        except Exception:
            log.exception("The daily backup failed, and is tried again in an hour.")
            return False
        if copied is not None:
            seconds = time.monotonic() - began
            log.info("Daily backup made: %s files, %.1f MB, %.1f s.", copied.files, copied.bytes / 1e6, seconds)
            for sha256 in copied.missing:
                log.error("The library lacks a file that its database names: %s", sha256)
        return True

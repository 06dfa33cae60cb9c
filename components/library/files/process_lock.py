"""Track which processes use a library: each holds a file lock, which the system releases when the process dies."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock, Timeout

from components.library.files.staging import STAGING_FOLDER, clear_staging

# Seconds without a heartbeat after which a process of a library on PostgreSQL counts as dead; see `cluster.heartbeat`.
DEAD_SECONDS = 15.0


class Processes(Protocol):
    """This process among those that use a library."""

    process: str
    staging: Path
    spans_machines: bool  # whether some of them may be on other machines

    def exclusive(self) -> AbstractContextManager[Any]:
        """Return a lock that only one process can hold at a time."""

    def alive_and_dead(self) -> tuple[frozenset[str], tuple[Path, ...]]:
        """Return the names of the live processes, and this machine's staging folders of dead ones."""

    def bury(self, alive: Collection[str]) -> dict[str, str]:
        """Forget dead processes, and return the hosts of those that ran on other machines."""

    def announce(self, serves: Sequence[str]) -> None:
        """Make known which connections this worker sends by."""

    def release(self) -> None:
        """Stop counting as one of the library's processes."""


def held_locks(folder: Path, own: str) -> set[str]:
    """Return the names of the processes, except `own`, that hold a lock in a folder; remove the files of others."""
    held = set()
    for path in folder.glob("*.lock"):
        if path.stem == own:
            continue
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            held.add(path.stem)
            continue
        # Unlinked while locked: a process that is about to lock it notices the missing file and creates another.
        if os.name != "nt":
            path.unlink(missing_ok=True)
        lock.release()
        if os.name == "nt":
            path.unlink(missing_ok=True)
    return held


class ProcessLock:
    """This process's file lock in the library, and its staging folder."""

    spans_machines = False

    def __init__(self, root: Path) -> None:
        """Acquire the lock in the library's folder `root`."""
        self.process = secrets.token_hex(8)
        self._folder = root / "processes"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self._folder / f"{self.process}.lock")
        self._lock.acquire(timeout=5)
        self._staging_root = root / STAGING_FOLDER
        self.staging = self._staging_root / self.process
        self.staging.mkdir(parents=True)

    def exclusive(self) -> FileLock:
        """Return a lock that only one process can hold at a time, for up to 60 seconds of waiting."""
        return FileLock(self._folder / "settling", timeout=60)

    def alive_and_dead(self) -> tuple[frozenset[str], tuple[Path, ...]]:
        """Return the names of the live processes, including this one, and the staging folders of dead processes."""
        # Listed first: a process locks its file before it creates its folder, so no live one is missed below.
        folders = sorted(self._staging_root.iterdir())
        alive = {self.process, *held_locks(self._folder, self.process)}
        return frozenset(alive), tuple(folder for folder in folders if folder.name not in alive)

    def bury(self, alive: Collection[str]) -> dict[str, str]:
        """Return the hosts of dead processes that ran on other machines: none, as a folder is on one."""
        return {}

    def announce(self, serves: Sequence[str]) -> None:
        """Do nothing: a library in a folder has no workers."""

    def release(self) -> None:
        """Release the lock. Images that could not be saved stay in staging for the next start."""
        clear_staging(self.staging)
        self._lock.release()
        (self._folder / f"{self.process}.lock").unlink(missing_ok=True)

"""Which processes use a library now: each holds a locked file, so that a dead one is known by its open lock."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from filelock import FileLock, Timeout

from components.library.files.staging import clear


class ProcessLock:
    """This process's claim on the library, with a scratch folder of its own."""

    def __init__(self, root: Path) -> None:
        """Take the claim. `root` is the library's folder."""
        self.process = secrets.token_hex(8)
        self._folder = root / "processes"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self._folder / f"{self.process}.lock")
        self._lock.acquire(timeout=5)
        self._scratches = root / "scratch"
        self.scratch = self._scratches / self.process
        self.scratch.mkdir(parents=True)

    def alone(self) -> FileLock:
        """A lock that one process at a time holds, for what must not be done twice at once."""
        return FileLock(self._folder / "settling", timeout=60)

    def dead(self) -> tuple[frozenset[str], tuple[Path, ...]]:
        """Names of the processes that live, this one too, and the scratch folders of those that do not."""
        # Looked at first: whoever has a folder by now took its lock before, so it cannot be missed below.
        folders = sorted(self._scratches.iterdir())
        alive = {self.process}
        for path in self._folder.glob("*.lock"):
            if path.stem == self.process:
                continue
            lock = FileLock(path)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                alive.add(path.stem)
                continue
            # While it is locked: a process that is just about to lock it sees that its file is gone, and makes another.
            if os.name != "nt":
                path.unlink(missing_ok=True)
            lock.release()
            if os.name == "nt":
                path.unlink(missing_ok=True)
        return frozenset(alive), tuple(folder for folder in folders if folder.name not in alive)

    def release(self) -> None:
        """Give the claim up. Pictures that could not be saved stay in scratch, for the next start."""
        clear(self.scratch)
        self._lock.release()
        (self._folder / f"{self.process}.lock").unlink(missing_ok=True)

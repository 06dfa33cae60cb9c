"""Which processes use a library now: each holds a locked file, so that a dead one is known by its open lock."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from filelock import FileLock, Timeout


class Lease:
    """This process's claim on the library, with a scratch folder of its own."""

    def __init__(self, root: Path) -> None:
        """Take the claim. `root` is the library's folder."""
        self.process = secrets.token_hex(8)
        self._folder = root / "processes"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self._folder / f"{self.process}.lock")
        self._lock.acquire(timeout=5)
        self.scratch = root / "scratch" / self.process
        self.scratch.mkdir(parents=True)

    def bury_the_dead(self) -> frozenset[str]:
        """Remove what processes left that live no more; gives the names of those that still live, this one too."""
        # Looked at first: whoever has a folder by now took its lock before, so it cannot be missed below.
        folders = list(self.scratch.parent.iterdir())
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
            path.unlink(missing_ok=True)
            lock.release()
        for folder in folders:
            if folder.name not in alive:
                shutil.rmtree(folder, ignore_errors=True)
        return frozenset(alive)

    def release(self) -> None:
        """Give the claim up."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self._lock.release()
        (self._folder / f"{self.process}.lock").unlink(missing_ok=True)

"""Copies of stored files on this disk, up to a number of bytes: the least recently used are removed first.

Several processes may share the folder: a copy appears by a rename, complete, and a removed one is only downloaded
again. What was used within SPARED_SECONDS stays, because its path may be in use.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from components.library.files.content_store import Files, sync_file

SPARED_SECONDS = 900.0

# A copy's time of use is written at most this often.
_NOTED_SECONDS = 60.0

# After removing copies, this share of the limit is left.
_FILLED = 0.9

# The folder is measured again at the latest after this share of the limit was added.
_MEASURED = 1 / 16


class FileCache:
    """A bounded folder of copies, laid out as the library's folder of files is."""

    def __init__(self, folder: Path, limit: int) -> None:
        """Use `folder` for at most `limit` bytes."""
        self._folder = folder
        self._files = Files(folder)
        self._limit = limit
        self._lock = threading.Lock()
        self._added = limit  # measure at the first addition

    def find(self, kind: str, sha256: str) -> Path | None:
        """Return a copy and note its use, or None."""
        path = self._files.find(kind, sha256)
        if path is None:
            return None
        try:
            if time.time() - path.stat().st_mtime > _NOTED_SECONDS:
                os.utime(path)
        except FileNotFoundError:  # removed in this moment
            return None
        return path

    def owns(self, path: Path) -> bool:
        """Return whether a path is that of an input's copy."""
        return self._files.owns(path)

    def part(self) -> Path:
        """Return an unused path in the folder, for a file that is being downloaded."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{secrets.token_hex(8)}.part"

    def add(
        self, source: Path, kind: str, sha256: str, suffix: str, *, keep: bool = False, synced: bool = True
    ) -> Path:
        """Move a complete file into the cache, or link it there with `keep`; return its path."""
        path = self._files.path_for(kind, sha256, suffix)
        size = source.stat().st_size
        if not synced:
            sync_file(source)  # after a power cut no copy may be there with other bytes
        if keep:
            part = self.part()
            try:
                os.link(source, part)
            except OSError:  # a disk without hard links
                part.write_bytes(source.read_bytes())
                sync_file(part)
            source = part
        os.utime(source)
        os.replace(source, path)
        self._note(size)
        return path

    def remove(self, kind: str, sha256: str) -> None:
        """Remove a copy, if there is one."""
        path = self._files.find(kind, sha256)
        if path is not None:
            path.unlink(missing_ok=True)

    def names(self, kind: str) -> set[str]:
        """Return the names of the copies of a kind."""
        return {file.sha256 for file in self._files.listing(kind)}

    def _note(self, size: int) -> None:
        with self._lock:
            self._added += size
            if self._added < self._limit * _MEASURED:
                return
            self._added = 0
            self._trim()

    def _trim(self) -> None:
        copies = sorted(self._copies())
        total = sum(size for _, size, _ in copies)
        if total <= self._limit:
            return
        spared = time.time() - SPARED_SECONDS
        for used, size, path in copies:
            if total <= self._limit * _FILLED or used > spared:
                return
            with suppress(OSError):
                path.unlink(missing_ok=True)
                total -= size

    def _copies(self) -> Iterator[tuple[float, int, Path]]:
        """Yield when each copy was used last (unix seconds), its bytes and its path."""
        for path in self._folder.rglob("*"):
            with suppress(FileNotFoundError):
                status = path.stat()
                if path.is_file():
                    yield status.st_mtime, status.st_size, path

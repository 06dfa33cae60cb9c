"""Libraries of tests on S3: a place of its own for each folder that a test opens a library in."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path

from components.library.files.file_store import CACHE_BYTES, FileStore
from components.library.files.opening import open_files as open_files_of_app
from tests.servers.s3 import new_bucket


class S3Locations:
    """Where this process keeps the files of its libraries: those of the running test, by folder."""

    def __init__(self) -> None:
        self._bucket = new_bucket()
        self._numbers = itertools.count(1)
        self._in_use: dict[Path, str] = {}

    def url(self, folder: Path) -> str:
        """The address of a folder's files, the same for the whole test."""
        folder = folder.resolve()
        if folder not in self._in_use:
            self._in_use[folder] = f"{self._bucket}/{next(self._numbers)}"
        return self._in_use[folder]

    def open_files(self, folder: Path, url: str = "", cache_bytes: int = CACHE_BYTES) -> FileStore:
        """Open a folder's place where the app would open the folder."""
        return open_files_of_app(folder, url or self.url(folder), cache_bytes)

    def forget(self) -> None:
        """End a test."""
        self._in_use.clear()


@cache
def places() -> S3Locations:
    """The places of this process; its server is started now if need be."""
    return S3Locations()

"""Open what holds a library's files, by the setting."""

from __future__ import annotations

from pathlib import Path

from components.library.files.content_store import Files
from components.library.files.file_store import CACHE_BYTES, FileStore


def open_files(folder: Path, url: str = "", cache_bytes: int = CACHE_BYTES) -> FileStore:
    """Return the files in a library's folder, or those on `s3://bucket/prefix`.

    Raises SettingError for another address, and StorageError if the bucket cannot be reached.
    """
    if not url:
        return Files(folder)
    from components.library.files.s3.store import open_s3  # obstore takes time to load

    return open_s3(url, folder, cache_bytes)

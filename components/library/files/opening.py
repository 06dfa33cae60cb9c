"""Open what holds a library's files, by the setting."""

from __future__ import annotations

from pathlib import Path

from components.library.files.content_store import Files
from components.library.files.file_store import CACHE_BYTES, FileStore
from components.settings import SettingError


def open_files(folder: Path, url: str = "", cache_bytes: int = CACHE_BYTES) -> FileStore:
    """Return the files in a library's folder, or those on `s3://bucket/prefix`.

    Raise SettingError for another address, and StorageError if the bucket cannot be reached.
    """
    if not url:
        return Files(folder)
    from components.library.files.s3.store import open_s3  # obstore takes time to load

    return open_s3(url, folder, cache_bytes)


def require_links(url: str, seconds: int) -> None:
    """Raise SettingError unless files at this address can be read by signed links; 0 seconds stands for no links."""
    if not seconds:
        return
    if not url:
        raise SettingError("IMAGE_WORKBENCH_SIGNED_LINK_SECONDS needs files on S3, by IMAGE_WORKBENCH_FILES.")
    from components.library.files.s3.objects import require_signing

    require_signing(seconds)

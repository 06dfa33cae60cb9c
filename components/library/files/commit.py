"""Brings a finished picture from scratch to its place, around the writing of its row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from components.images.probe import ImageInfo, thumbnail_extension
from components.library.files.content_store import extension
from components.library.files.thumbnails import new_thumbnail

if TYPE_CHECKING:
    from components.library.store import Library


@contextmanager
def filed(
    library: Library, scratch: Path, sha256: str, picture: ImageInfo, thumbnail: Path | None, *, synced: bool = False
) -> Iterator[None]:
    """Inside, the picture's row is to be written: file and thumbnail are at their place by then, and afterwards.

    The scratch file goes only when the row is there; whatever stops the writing leaves it for the next start. `synced`
    says that its bytes are on the disk already. Raises OSError.
    """
    suffix = extension(picture.format)
    original = library.files.adopt(scratch, "original", sha256, suffix, synced=synced, keep=True)
    small = None
    if thumbnail is not None and thumbnail.exists():
        small = library.files.adopt(thumbnail, "thumbnail", sha256, thumbnail_extension(picture))
    yield
    # Until the row was there, an equal picture may have been thrown away for good, see `Files.remove`.
    if not original.is_file() and scratch.exists():
        library.files.adopt(scratch, "original", sha256, suffix, synced=synced, keep=True)
    if small is not None and not small.is_file():
        new_thumbnail(library, original, sha256)
    scratch.unlink(missing_ok=True)

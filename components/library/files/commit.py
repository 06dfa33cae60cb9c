"""Move a finished image from staging into the library, around the insertion of its row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.images.decoding.probe import ImageInfo, thumbnail_extension
from components.library.files.content_store import extension
from components.library.files.handle import LibraryHandle
from components.library.files.thumbnails import remake_thumbnail


@contextmanager
def commit_image(
    library: LibraryHandle,
    staged: Path,
    sha256: str,
    image: ImageInfo,
    thumbnail: Path | None,
    *,
    synced: bool = False,
) -> Iterator[None]:
    """Store an image and its thumbnail; the caller inserts the image's row in the body of the `with` statement.

    The staged file is removed only after the body succeeds; after a failure the next start finds it. `synced` says
    that its bytes are already synced to the disk. Raise OSError.
    """
    suffix = extension(image.format)
    original = library.files.adopt(staged, "original", sha256, suffix, synced=synced, keep=True)
    has_thumbnail = thumbnail is not None and thumbnail.exists()
    if thumbnail is not None and has_thumbnail:
        library.files.adopt(thumbnail, "thumbnail", sha256, thumbnail_extension(image))
    yield
    # Before the row existed, deleting an identical image may have removed the file; see `Files.remove`.
    if library.files.info("original", sha256) is None and staged.exists():
        library.files.adopt(staged, "original", sha256, suffix, synced=synced, keep=True)
    if has_thumbnail and library.files.info("thumbnail", sha256) is None:
        remake_thumbnail(library, original, sha256)
    staged.unlink(missing_ok=True)

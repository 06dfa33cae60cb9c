"""Create missing thumbnails."""

from __future__ import annotations

import secrets
from pathlib import Path

from components.images.decoding.probe import NotAnImage, inspect, thumbnail_extension
from components.library.files.handle import LibraryHandle


def remake_thumbnail(library: LibraryHandle, original: Path, sha256: str) -> str:
    """Create the thumbnail of an original again; return what was done, as words for a report. Raise OSError."""
    staged = library.staging / f"{secrets.token_hex(8)}.small"
    try:
        image = inspect(original, max_pixels=library.max_pixels, thumbnail=staged)
    except NotAnImage as refusal:
        return f"it cannot be created: {refusal}"
    library.files.adopt(staged, "thumbnail", sha256, thumbnail_extension(image))
    return "created again"

"""Makes a missing thumbnail anew."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from components.images.probe import NotAnImage, inspect, thumbnail_extension

if TYPE_CHECKING:
    from components.library.store import Library


def new_thumbnail(library: Library, original: Path, sha256: str) -> str:
    """Make a thumbnail anew; gives what was done. Raises OSError."""
    scratch = library.scratch / f"{secrets.token_hex(8)}.small"
    try:
        picture = inspect(original, max_pixels=library.max_pixels, thumbnail=scratch)
    except NotAnImage as refusal:
        return f"it cannot be made: {refusal}"
    library.files.adopt(scratch, "thumbnail", sha256, thumbnail_extension(picture))
    return "made anew"

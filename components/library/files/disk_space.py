"""Check the free disk space before a run is sent or an archive is imported."""

from __future__ import annotations

import shutil
from pathlib import Path

from components.library.errors import LibraryUnavailable, explained

# Bytes that must be free: for the database, and for each image.
RESERVED_BYTES = 16_000_000
BYTES_PER_IMAGE = 24_000_000


def free_bytes(folder: Path) -> int:
    """Return the free bytes of the disk of `folder`. Raise OSError."""
    return shutil.disk_usage(folder).free


def require_room(folder: Path, images: int, *, what: str = "this run", again: str = "run it again") -> None:
    """Raise LibraryUnavailable unless the disk of `folder` has space for this many images.

    `what` names what needs the space, and `again` what to do once there is space; both are parts of the message.
    """
    require_bytes(folder, images * BYTES_PER_IMAGE, what=what, again=again)


def require_bytes(folder: Path, more: int, *, what: str, again: str) -> None:
    """Raise LibraryUnavailable unless the disk of `folder` has space for this many bytes."""
    with explained(folder):
        free = free_bytes(folder)
    needed = RESERVED_BYTES + more
    if free < needed:
        raise LibraryUnavailable(
            f"The disk of the library has {free / 1e6:.0f} MB left, and {what} may need {needed / 1e6:.0f} MB.",
            f"Make room there, then {again}.",
        )

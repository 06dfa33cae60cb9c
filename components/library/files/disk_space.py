"""Room on the disk for what is about to be ordered."""

from __future__ import annotations

import shutil
from pathlib import Path

from components.library.errors import LibraryUnavailable, explained

# Bytes that must be free before a run is sent: for the database, and for each picture.
ROOM_TO_WORK = 16_000_000
ROOM_FOR_PICTURE = 24_000_000


def require_room(folder: Path, pictures: int, *, what: str = "this run", again: str = "run it again") -> None:
    """Raise LibraryUnavailable when the disk of a library's folder has no room for so many pictures.

    `what` may need it, and `again` is what to do once there is room.
    """
    require_bytes(folder, pictures * ROOM_FOR_PICTURE, what=what, again=again)


def require_bytes(folder: Path, more: int, *, what: str, again: str) -> None:
    """The same for so many bytes, before the first of them is written."""
    with explained(folder):
        free = shutil.disk_usage(folder).free
    needed = ROOM_TO_WORK + more
    if free < needed:
        raise LibraryUnavailable(
            f"The disk of the library has {free / 1e6:.0f} MB left, and {what} may need {needed / 1e6:.0f} MB.",
            f"Make room there, then {again}.",
        )

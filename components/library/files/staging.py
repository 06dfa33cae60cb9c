"""The scratch folder of a process: what is being received, in one folder a run, until it is in the library.

A picture that came whole is renamed at once, so that it can be told from previews and halves if the app dies or the
disk refuses it: it has been paid for, and the next start takes it in (see `recovery`).
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

# With this begins the name of the folder that an archive is unpacked in.
IMPORTING = "import-"

# How the name of a note ends that says which files may have no row, see `unsure`.
UNSURE = ".unsure"

# What follows the name of a whole picture, by its role: those that came, and those that this app made of them.
_ENDINGS = {"image": ".image", "composite": ".composite"}


def clear(scratch: Path) -> None:
    """Remove a process's scratch folder, but for pictures that were not saved, and notes."""
    if not scratch.is_dir():
        return
    for path in scratch.iterdir():
        if path.is_dir():
            discard_run(path)
        elif path.suffix != UNSURE:
            _remove(path)
    with contextlib.suppress(OSError):  # pictures are left in it
        scratch.rmdir()


def arrived(folder: Path) -> list[Path]:
    """The pictures in a run's scratch folder that came whole, see `arrived_name`; after them those made of them."""
    return [path for ending in _ENDINGS.values() for path in sorted(folder.glob(f"[0-9]*-*{ending}"))]


def arrived_name(index: int, sha256: str, role: str = "image") -> str:
    """What a picture that came whole is called in its run's scratch folder until it is in the library."""
    return f"{index}-{sha256}{_ENDINGS[role]}"


def place_of(path: Path) -> int:
    """Which picture of its run a file is that `arrived` gives, from 0."""
    return int(path.stem.partition("-")[0])


def role_of(path: Path) -> str:
    """The role of a file that `arrived` gives."""
    return next(role for role, ending in _ENDINGS.items() if path.suffix == ending)


def discard_run(folder: Path) -> None:
    """Remove a run's or an import's scratch folder, but for pictures that came whole, and notes."""
    if not folder.is_dir():
        return
    kept = [*arrived(folder), *folder.glob(f"*{UNSURE}")]
    if not kept:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for path in folder.iterdir():
        if path not in kept:
            _remove(path)


def _remove(path: Path) -> None:
    # A disk that has become read-only must not keep a run from ending; the next start tries again.
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)

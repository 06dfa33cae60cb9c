"""A process's staging folder, with one folder for each run that is receiving images.

A completely received image is renamed at once, which distinguishes it from previews and partial files. It has been
paid for, so if the app dies or the disk is full, the next start adds it to the library (see `recovery`).
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

# The name on disk, in the library's folder, of what holds the staging folders; libraries in use have it.
STAGING_FOLDER = "scratch"

# Prefix of a folder that an archive is unpacked into.
IMPORT_PREFIX = "import-"

# Suffix of a journal, see `orphan_journal`.
JOURNAL_SUFFIX = ".unsure"

# Suffix of a complete image by its role: received from the server, or made from it by this app.
_SUFFIXES = {"image": ".image", "composite": ".composite", "cutout": ".cutout"}


def clear_staging(staging: Path) -> None:
    """Remove a process's staging folder, except unsaved images and journals."""
    if not staging.is_dir():
        return
    for path in staging.iterdir():
        if path.is_dir():
            discard_run(path)
        elif path.suffix != JOURNAL_SUFFIX:
            _remove(path)
    with contextlib.suppress(OSError):  # unsaved images are left in it
        staging.rmdir()


def received_images(folder: Path) -> list[Path]:
    """Return the completely received images in a run's staging folder, followed by the versions made from them."""
    return [path for suffix in _SUFFIXES.values() for path in sorted(folder.glob(f"[0-9]*-*{suffix}"))]


def received_name(index: int, sha256: str, role: str = "image") -> str:
    """Return the file name of a completely received image in its run's staging folder."""
    return f"{index}-{sha256}{_SUFFIXES[role]}"


def index_of(path: Path) -> int:
    """Return the index in its run, from 0, of a file that `received_images` returned."""
    return int(path.stem.partition("-")[0])


def role_of(path: Path) -> str:
    """Return the role of a file that `received_images` returned."""
    return next(role for role, suffix in _SUFFIXES.items() if path.suffix == suffix)


def discard_run(folder: Path) -> None:
    """Remove a run's or an import's staging folder, except completely received images and journals."""
    if not folder.is_dir():
        return
    kept = [*received_images(folder), *folder.glob(f"*{JOURNAL_SUFFIX}")]
    if not kept:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for path in folder.iterdir():
        if path not in kept:
            _remove(path)


def _remove(path: Path) -> None:
    # A read-only disk must not keep a run from ending; the next start tries again.
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)

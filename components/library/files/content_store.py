"""The library's files: named by the SHA-256 of their bytes, whole or not there at all.

A file is written under a scratch name on the same disk, synced, renamed, and its folder synced, so that after a
power cut it is either there with all its bytes or not there.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

EXTENSIONS = {"jpeg": "jpg"}
KINDS = {"original": "originals", "thumbnail": "thumbnails", "input": "inputs", "unopened": "unopened"}

# Before the name of a file that is about to be removed.
_GONE = "gone-"


README = """\
This folder is a library of the Image Workbench.

originals/    every picture that was made, exactly as it came. The files are ordinary pictures that any viewer
              opens; each is named by the SHA-256 of its bytes, in a folder of the name's first two signs.
inputs/       what went into the runs: pictures, masks, markups; named in the same way.
unopened/     answers that came as images and could not be opened here, as they came. Their runs name them.
thumbnails/   small copies for the app's pages. They can be made anew.
workbench.sqlite3 (with -wal and -shm while it is in use)
              the database: prompts, settings, costs, titles, notes, tags. Any SQLite program reads it; the table
              "outputs" says which picture is of which run, by its SHA-256.
lost-and-found/
              files and rows that belonged to nothing, if there ever were any.
processes/, scratch/
              what running apps need. Leave them alone while one runs.

For a copy with names that people can read, and a list of everything for spreadsheets:

    python -m components.library export pictures.zip

To look whether every picture is there and whole:

    python -m components.library check --thorough

For a backup, also while the app runs, and to put one back into an empty folder:

    python -m components.library backup FOLDER-OR-FILE.tar
    python -m components.library restore FOLDER-OR-FILE.tar NEW-FOLDER
"""


def leave_readme(root: Path) -> None:
    """Put a text into a library's folder that says what is what, unless there is one."""
    path = root / "README.txt"
    if not path.exists():
        path.write_text(README, encoding="utf-8")


def extension(image_format: str) -> str:
    """The usual file name extension of a format, such as "jpg" for "jpeg"."""
    return EXTENSIONS.get(image_format, image_format)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut. Systems that cannot open folders keep their own order."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make a file's bytes survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class Files:
    """The folders under a library's root: originals, thumbnails and inputs, each split by two hex digits."""

    root: Path

    def place(self, kind: str, sha256: str, suffix: str) -> Path:
        """Where a file of this kind belongs; its folder exists afterwards."""
        folder = self.root / KINDS[kind] / sha256[:2]
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)
        return folder / f"{sha256}.{suffix}"

    def find(self, kind: str, sha256: str) -> Path | None:
        """The file of this kind with this content, whatever its extension; None where there is none."""
        if len(sha256) != 64 or not sha256.isalnum():
            return None
        folder = self.root / KINDS[kind] / sha256[:2]
        for suffix in ("png", "jpg", "webp", "gif", "svg"):
            path = folder / f"{sha256}.{suffix}"
            if path.is_file():
                return path
        return next((path for path in folder.glob(f"{sha256}.*") if path.is_file()), None)

    def adopt(
        self, scratch: Path, kind: str, sha256: str, suffix: str, *, synced: bool = False, keep: bool = False
    ) -> Path:
        """Move a finished scratch file to its place. The same content that is there already stays as it is.

        With `keep` the scratch file stays as a second name of the same bytes, where the disk can do that, until
        whoever asked for it removes it: a crash before the row is written then leaves no picture without its run.
        """
        target = self.place(kind, sha256, suffix)
        # A thumbnail is named by its picture's content, not by its own.
        if _holds(target, scratch.stat().st_size, None if kind == "thumbnail" else sha256):
            if not keep:
                scratch.unlink()
            return target
        if not synced:
            sync_file(scratch)
        os.replace(_second_name(scratch) if keep else scratch, target)
        sync_folder(target.parent)
        return target

    def copy_in(self, source: Path, scratch: Path, kind: str, sha256: str, suffix: str) -> Path:
        """Like `adopt`, but the source stays where it is. `scratch` is a name that nobody else uses."""
        target = self.place(kind, sha256, suffix)
        if _holds(target, source.stat().st_size, sha256):
            return target
        try:
            shutil.copyfile(source, scratch)
            return self.adopt(scratch, kind, sha256, suffix)
        finally:
            scratch.unlink(missing_ok=True)

    def remove(self, kind: str, sha256: str, is_wanted: Callable[[Path], bool]) -> bool:
        """Remove a file unless somebody wants it, if it is there; gives whether it was removed.

        It is moved away first and `is_wanted` is asked then, with where it lies. Whoever writes a row for the same
        content meanwhile either wrote it before, and is seen here, or finds the file gone and puts it there anew.
        After a crash in between, `bring_back` has it again.
        """
        path = self.find(kind, sha256)
        if path is None:
            return False
        aside = path.with_name(f"{_GONE}{secrets.token_hex(4)}-{path.name}")
        try:
            os.replace(path, aside)
        except FileNotFoundError:  # another thread or process was faster
            return False
        if is_wanted(aside):
            os.replace(aside, path)
            return False
        aside.unlink(missing_ok=True)
        return True

    def bring_back(self, kind: str, sha256: str) -> None:
        """Put a file back that a dead process was just removing, if there is one."""
        for aside in (self.root / KINDS[kind] / sha256[:2]).glob(f"{_GONE}*{sha256}.*"):
            os.replace(aside, aside.with_name(aside.name.rpartition("-")[2]))


def _second_name(path: Path) -> Path:
    second = path.with_suffix(".link")
    try:
        second.unlink(missing_ok=True)
        os.link(path, second)
    except OSError:
        return path  # a disk without hard links
    return second


def _holds(target: Path, size: int, sha256: str | None) -> bool:
    # Equal pictures are rare, so there is time to read the one that is there before the new one is let go of.
    try:
        if not target.is_file() or target.stat().st_size != size or (sha256 and digest(target) != sha256):
            return False
        os.utime(target)  # it has a new reason to be there, see `checking`
    except FileNotFoundError:  # the bin was emptied at this very moment
        return False
    sync_folder(target.parent)  # whoever put it there may not have come to this yet
    return True


def digest(path: Path) -> str:
    """The SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def set_aside(root: Path, path: Path) -> Path:
    """Move a file that belongs to nothing to the library's `lost-and-found`, where a person can look at it."""
    folder = root / "lost-and-found"
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    os.replace(path, target)
    return target

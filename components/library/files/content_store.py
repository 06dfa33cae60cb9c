"""Content-addressed files: each is named by the SHA-256 of its bytes.

A file is written under a temporary name on the same disk, synced and renamed, and its folder is synced. After a power
cut it is either complete or absent.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from components.library.files.file_store import (
    HELD_SECONDS,
    ServedFile,
    StoredFile,
    is_content_name,
    part_of,
    served_copy,
)

EXTENSIONS = {"jpeg": "jpg"}
KINDS = {"original": "originals", "thumbnail": "thumbnails", "input": "inputs", "unopened": "unopened"}

# Prefix of a file that is being removed.
_REMOVAL_PREFIX = "gone-"


README = """\
This folder is a library of the Image Workbench.

originals/    every generated image, byte for byte as the server sent it. Any image viewer opens the files. Each is
              named by the SHA-256 of its bytes and lies in a folder named by the first two characters.
inputs/       input images, masks and markup, named in the same way.
unopened/     images that the server sent and this app could not open. The errors of their runs list them.
thumbnails/   small copies for the app's pages. The app can create them again.
workbench.sqlite3 (with -wal and -shm while it is in use)
              the database: prompts, settings, costs, titles, notes, tags. Any SQLite program can read it. The table
              "outputs" assigns images to runs by SHA-256.
lost-and-found/
              orphaned files and rows, if a check found any.
processes/, scratch/
              working files of running apps. Do not change them while an app runs.

To export everything with readable file names and a table for spreadsheets:

    python -m components.library export images.zip

To check that every image is present and undamaged:

    python -m components.library check --thorough

To make a backup, also while the app runs, and to restore one into an empty folder:

    python -m components.library backup FOLDER-OR-FILE.tar
    python -m components.library restore FOLDER-OR-FILE.tar NEW-FOLDER
"""


def leave_readme(root: Path) -> None:
    """Write a README.txt that explains the folder, unless there is one."""
    path = root / "README.txt"
    if not path.exists():
        path.write_text(README, encoding="utf-8")


def extension(image_format: str) -> str:
    """Return the usual file name extension of a format, for example "jpg" for "jpeg"."""
    return EXTENSIONS.get(image_format, image_format)


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that a rename in it survives a power cut. Windows cannot do that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Sync a file, so that its bytes survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class Files:
    """A folder as a `FileStore`: folders of files under a root, each split by the first two hex digits of the name."""

    root: Path

    def path_for(self, kind: str, sha256: str, suffix: str) -> Path:
        """Return the path of a file of this kind, and create its folder."""
        folder = self.root / KINDS[kind] / sha256[:2]
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)
        return folder / f"{sha256}.{suffix}"

    def find(self, kind: str, sha256: str) -> Path | None:
        """Return the file of this kind with this content, whatever its extension, or None."""
        if not is_content_name(sha256):
            return None
        folder = self.root / KINDS[kind] / sha256[:2]
        for suffix in ("png", "jpg", "webp", "gif", "svg"):
            path = folder / f"{sha256}.{suffix}"
            if path.is_file():
                return path
        return next((path for path in folder.glob(f"{sha256}.*") if path.is_file()), None)

    @contextmanager
    def reading(self, kind: str, sha256: str, staging: Path) -> Iterator[Path]:
        """Yield the path of a file. Raise FileNotFoundError if it is not there."""
        path = self.find(kind, sha256)
        if path is None:
            raise FileNotFoundError(sha256)
        yield path

    def served(self, kind: str, sha256: str) -> ServedFile | None:
        """Return the size and the extension of a file, or None."""
        path = self.find(kind, sha256)
        return None if path is None else served_copy(kind, path)

    def open_part(self, kind: str, sha256: str, first: int, last: int) -> Iterator[bytes]:
        """Open the bytes of a file from `first` to `last`, both included. Raise FileNotFoundError."""
        path = self.find(kind, sha256)
        if path is None:
            raise FileNotFoundError(sha256)
        return part_of(path, first, last)

    def signed_link(self, kind: str, sha256: str, seconds: int, headers: Mapping[str, str]) -> str | None:
        """Return None: a folder has no addresses."""
        return None

    def info(self, kind: str, sha256: str) -> StoredFile | None:
        """Return what is known of a file without reading it, or None."""
        path = self.find(kind, sha256)
        return None if path is None else _stored_file(kind, path)

    def listing(self, kind: str) -> Iterator[StoredFile]:
        """Yield all files of a kind, in the order of their names."""
        for path in sorted((self.root / KINDS[kind]).glob("*/*")):
            found = None if path.name.startswith(_REMOVAL_PREFIX) else _stored_file(kind, path)
            if found is not None:
                yield found

    def adopt(
        self, staged: Path, kind: str, sha256: str, suffix: str, *, synced: bool = False, keep: bool = False
    ) -> Path:
        """Move a finished staged file into the store and return its path. An identical file there stays untouched.

        With `keep` the staged file stays as a hard link, where the disk supports them, until the caller removes it:
        after a crash before the row is inserted, the next start can still assign the image to its run.
        """
        target = self.path_for(kind, sha256, suffix)
        # A thumbnail is named by the content of its image.
        if _holds(target, staged.stat().st_size, None if kind == "thumbnail" else sha256):
            if not keep:
                staged.unlink()
            return target
        if not synced:
            sync_file(staged)
        os.replace(_hard_link(staged) if keep else staged, target)
        sync_folder(target.parent)
        return target

    def copy_in(self, source: Path, staged: Path, kind: str, sha256: str, suffix: str) -> Path:
        """Copy a file into the store, by way of the unused path `staged`, and return its path."""
        target = self.path_for(kind, sha256, suffix)
        if _holds(target, source.stat().st_size, sha256):
            return target
        try:
            shutil.copyfile(source, staged)
            return self.adopt(staged, kind, sha256, suffix)
        finally:
            staged.unlink(missing_ok=True)

    def renew(self, sha256: str) -> Path | None:
        """Mark a stored input as used now and return its path, or None."""
        path = self.find("input", sha256)
        if path is not None:
            self.hold([sha256])
        return path

    def hold(self, contents: Iterable[str]) -> None:
        """Keep inputs from being removed for another day, by the time of their file."""
        now = time.time()
        for sha256 in contents:
            path = self.find("input", sha256)
            with suppress(OSError):
                if path is not None and abs(now - path.stat().st_mtime) > HELD_SECONDS:
                    os.utime(path)

    def owns(self, path: Path) -> bool:
        """Return whether a path is that of a stored input."""
        return path.is_relative_to(self.root / KINDS["input"])

    def remove(self, kind: str, sha256: str, is_wanted: Callable[[float], bool]) -> bool:
        """Rename a file, then remove it unless it is in use; see `FileStore.remove`."""
        path = self.find(kind, sha256)
        if path is None:
            return False
        aside = path.with_name(f"{_REMOVAL_PREFIX}{secrets.token_hex(4)}-{path.name}")
        try:
            os.replace(path, aside)
            touched = aside.stat().st_mtime
        except FileNotFoundError:  # another thread or process removed it
            return False
        if is_wanted(touched):
            os.replace(aside, path)
            return False
        aside.unlink(missing_ok=True)
        return True

    def restore_removed(self, kind: str, sha256: str | None = None) -> None:
        """Restore what a process was removing when it died: one file, or all of this kind."""
        found = f"{_REMOVAL_PREFIX}*{sha256}.*" if sha256 else f"{_REMOVAL_PREFIX}*"
        for aside in (self.root / KINDS[kind]).glob(f"{sha256[:2] if sha256 else '*'}/{found}"):
            os.replace(aside, aside.with_name(aside.name.rpartition("-")[2]))

    def drop_removed_copies(self) -> None:
        """Do nothing: a folder has no copies."""

    def set_aside(self, kind: str, sha256: str) -> None:
        """Move a stored file to `lost-and-found`. Raise FileNotFoundError if it is not there."""
        path = self.find(kind, sha256)
        if path is None:
            raise FileNotFoundError(sha256)
        move_to_lost_and_found(self.root, path)

    def digest(self, kind: str, sha256: str) -> str:
        """Return the SHA-256 of a file's bytes. Raise FileNotFoundError if it is not there."""
        path = self.find(kind, sha256)
        if path is None:
            raise FileNotFoundError(sha256)
        return digest(path)

    def ping(self) -> None:
        """Do nothing: a folder has no connection that could be lost."""

    def close(self) -> None:
        """Do nothing: a folder has no connections."""


def _stored_file(kind: str, path: Path) -> StoredFile | None:
    try:
        status = path.stat()
    except FileNotFoundError:  # removed in this moment
        return None
    return StoredFile(kind, path.stem, status.st_size, status.st_mtime)


def _hard_link(path: Path) -> Path:
    second = path.with_suffix(".link")
    try:
        second.unlink(missing_ok=True)
        os.link(path, second)
    except OSError:
        return path  # a disk without hard links
    return second


def _holds(target: Path, size: int, sha256: str | None) -> bool:
    # Identical images are rare, so reading the stored file before the new one is dropped costs little.
    try:
        if not target.is_file() or target.stat().st_size != size or (sha256 and digest(target) != sha256):
            return False
        os.utime(target)  # `check` treats old files without a row as strays
    except FileNotFoundError:  # deleted in this moment
        return False
    sync_folder(target.parent)  # its writer may not have synced it yet
    return True


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def move_to_lost_and_found(root: Path, path: Path) -> Path:
    """Move an orphaned file to the library's `lost-and-found` folder; return its new path."""
    folder = root / "lost-and-found"
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    os.replace(path, target)
    return target

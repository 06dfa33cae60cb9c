"""Back up a library consistently while the app runs, to a folder or a tar file.

The database is copied as a snapshot first, then the files that it names. If a file was deleted since, the snapshot is
taken again, until every file that it refers to is in the backup. A backup is the same wherever the library is.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tarfile
import time
from collections.abc import Callable, Container, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from components.library.db.engine import NAME
from components.library.errors import StorageError, explained
from components.library.files.content_store import KINDS, Files, leave_readme, sync_file, sync_folder
from components.library.files.file_store import FileStore
from components.library.maintenance.snapshot import lost, referenced, take_snapshot
from components.library.transfer.contents import Name
from components.library.transfer.location import StoreLocation, opened

# Bytes that stay free on the disk of the backup.
_SPARE = 50_000_000

# Files that are copied to a folder at the same time.
_AT_ONCE = 8
# A file that is about to be removed is away for a moment, and comes back if somebody needs it: look again so often,
# with this many seconds between, before it counts as missing.
_LOOKS = 3
_PAUSE = 0.3


class BackupRefused(Exception):
    """A backup cannot be made or restored; the message is for a person."""


@dataclass(frozen=True)
class Copied:
    """The number of copied files, their total `bytes`, and the SHA-256 of files that the library itself lacks."""

    files: int
    bytes: int
    missing: tuple[str, ...] = ()


def back_up(here: StoreLocation, target: Path, *, earlier: Path | None = None) -> Copied:
    """Copy a library to `target`: a tar file if it ends in .tar, else a folder.

    An earlier backup in the folder is updated: only new files are copied, and it stays restorable until the end. Of an
    `earlier` backup in another folder of the same disk the files are linked instead of copied.
    Images that are being received are not included; their runs are "interrupted" in the backup.
    Raise BackupRefused, and LibraryUnavailable where the library or the target cannot be read or written.
    """
    if not here.has_library:
        raise BackupRefused(f"There is no library in {here.folder}.")
    if target.resolve().is_relative_to(here.folder.resolve()):
        raise BackupRefused("A backup inside the library would be lost with it. Choose another folder.")
    with explained(here.folder), _writing(target, here.folder), opened(here) as (engine, files):
        _try_out(target.parent if target.suffix == ".tar" or not target.exists() else target)
        if target.suffix == ".tar":
            return _to_tar(engine, files, target)
        return _to_folder(engine, files, target, earlier)


def _try_out(folder: Path) -> None:
    """Raise OSError unless files can be written to a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    tried = folder / f".{secrets.token_hex(8)}.part"
    try:
        tried.touch(exist_ok=False)
    finally:
        tried.unlink(missing_ok=True)


@contextmanager
def _writing(target: Path, library: Path) -> Iterator[None]:
    """Raise errors of the backup's disk as BackupRefused, which names it; leave those of the library's own files."""
    try:
        yield
    except StorageError:  # the library's files are there
        raise
    except OSError as error:
        named = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else target
        if named.resolve().is_relative_to(library.resolve()):
            raise
        raise BackupRefused(
            f"The backup cannot be written to {target}: {error.strerror or type(error).__name__}. Make room there and "
            "make it writable, or name another place. The library is as it was."
        ) from error


def _to_folder(engine: Engine, files: FileStore, target: Path, earlier: Path | None) -> Copied:
    known = target / NAME
    if target.exists() and not known.is_file() and any(target.iterdir()):
        raise BackupRefused(f"{target} contains other files than a backup; nothing was written.")
    target.mkdir(parents=True, exist_ok=True)
    snapshot, there = target / f"{NAME}.part", Files(target)

    def put(kind: str, sha256: str, size: int) -> None:
        before = there.info(kind, sha256)
        if before is not None and before.bytes == size:
            return
        if earlier is not None and _link(Files(earlier), there, kind, sha256, size):
            return
        with files.reading(kind, sha256, target) as source:
            path = there.path_for(kind, sha256, source.suffix.lstrip("."))
            part = path.with_name(f"{path.name}.part")
            shutil.copyfile(source, part)
        sync_file(part)
        os.replace(part, path)

    try:
        copied, names = _copy(engine, files, snapshot, put, _AT_ONCE)
        for name in ("-wal", "-shm"):
            (target / f"{NAME}{name}").unlink(missing_ok=True)  # left by a program that opened the earlier backup
        sync_file(snapshot)
        os.replace(snapshot, known)
        sync_folder(target)
    finally:
        snapshot.unlink(missing_ok=True)
    keep_only(target, names)
    leave_readme(target)
    return copied


def _link(earlier: Files, there: Files, kind: str, sha256: str, size: int) -> bool:
    path = earlier.find(kind, sha256)
    try:
        if path is None or path.stat().st_size != size:
            return False
        os.link(path, there.path_for(kind, sha256, path.suffix.lstrip(".")))
    except OSError:  # a disk without hard links
        return False
    return True


def keep_only(copy: Path, names: Container[Name]) -> None:
    """Remove files that were deleted in the library since an earlier backup, or during this one."""
    for kind, folder in KINDS.items():
        for path in copy.glob(f"{folder}/*/*"):
            if (kind, path.stem) not in names:
                path.unlink()


def _to_tar(engine: Engine, files: FileStore, target: Path) -> Copied:
    if target.exists():
        raise BackupRefused(f"{target} already exists; nothing was written.")
    token = secrets.token_hex(4)
    part, snapshot = target.with_name(f"{target.name}.{token}.part"), target.with_name(f"{target.name}.{token}.db")
    try:
        with tarfile.open(part, "w") as archive:

            def put(kind: str, sha256: str, _: int) -> None:
                with files.reading(kind, sha256, target.parent) as source:
                    name = f"{KINDS[kind]}/{sha256[:2]}/{sha256}{source.suffix}"
                    archive.add(source, name, recursive=False)

            copied, _ = _copy(engine, files, snapshot, put, 1)
            archive.add(snapshot, NAME, recursive=False)
        sync_file(part)
        os.replace(part, target)
        sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)
        snapshot.unlink(missing_ok=True)
    return copied


def _copy(
    engine: Engine, files: FileStore, snapshot: Path, put: Callable[[str, str, int], None], at_once: int
) -> tuple[Copied, set[Name]]:
    """Take snapshots until every file that the last one names was put; return those files' names too."""
    done: dict[Name, int] = {}
    before: set[Name] | None = None
    looks = 0

    def attempt(name: Name) -> bool:
        try:
            put(*name, found[name])
        except FileNotFoundError:  # deleted in this moment
            return False
        return True

    while True:
        take_snapshot(engine, snapshot)
        found, missing = referenced(files, snapshot)
        new = [name for name in found if name not in done]
        require_room(snapshot.parent, sum(found[name] for name in new))
        with ThreadPoolExecutor(at_once) as pool:
            for name, is_put in zip(new, pool.map(attempt, new), strict=True):
                if is_put:
                    done[name] = found[name]
                else:
                    missing.add(name)
        looks = looks + 1 if missing == before else 0
        if not missing or looks == _LOOKS:
            sizes = [done[name] for name in found if name in done]
            return Copied(len(sizes), sum(sizes), lost(missing)), set(found)
        before = missing
        if looks:
            time.sleep(_PAUSE)


def require_room(folder: Path, needed: int) -> None:
    """Raise BackupRefused unless a disk has space for that many bytes."""
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        raise BackupRefused(f"The disk has {free / 1e6:,.0f} MB free; {(needed + _SPARE) / 1e6:,.0f} MB are needed.")

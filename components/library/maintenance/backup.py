"""Back up a library consistently while the app runs, to a folder or a tar file, and restore a backup.

SQLite's online backup copies the database as a snapshot. A file is stored before its row is written, so a snapshot
never refers to a file that does not exist yet. If a file was deleted since, the snapshot is taken again, until every
file that it refers to is in the backup.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Container, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from components.library.db.engine import NAME
from components.library.errors import LibraryUnavailable, explained
from components.library.files.content_store import KINDS, Files, leave_readme, sync_file, sync_folder
from components.library.files.unopened import unopened_of

# A file in a backup, for example "originals/ab/ab….png"; no other names are restored.
_MEMBER = re.compile(rf"(?:{'|'.join(KINDS.values())})/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})\.([0-9a-z]{{1,8}})")

_KIND_OF = {folder: kind for kind, folder in KINDS.items()}

# Bytes that stay free on the disk of the backup.
_SPARE = 50_000_000
_PIECE = 1 << 20


class BackupRefused(Exception):
    """A backup cannot be made or restored; the message is for a person."""


@dataclass(frozen=True)
class Copied:
    """The number of copied files, their total `bytes`, and the SHA-256 of files that the library itself lacks."""

    files: int
    bytes: int
    missing: tuple[str, ...] = ()


def back_up(folder: Path, target: Path) -> Copied:
    """Copy the library in `folder` to `target`: a tar file if it ends in .tar, else a folder.

    An earlier backup in the folder is updated: only new files are copied, and it stays restorable until the end.
    Images that are being received are not included; their runs are "interrupted" in the backup.
    Raises BackupRefused, and LibraryUnavailable where the library or the target cannot be read or written.
    """
    if not (folder / NAME).is_file():
        raise BackupRefused(f"There is no library in {folder}.")
    if target.resolve().is_relative_to(folder.resolve()):
        raise BackupRefused("A backup inside the library would be lost with it. Choose another folder.")
    with explained(target):
        if target.suffix == ".tar":
            return _to_tar(folder, target)
        return _to_folder(folder, target)


def _to_folder(folder: Path, target: Path) -> Copied:
    known = target / NAME
    if target.exists() and not known.is_file() and any(target.iterdir()):
        raise BackupRefused(f"{target} contains other files than a backup; nothing was written.")
    target.mkdir(parents=True, exist_ok=True)
    snapshot = target / f"{NAME}.part"

    def put(name: str, source: Path) -> None:
        path = target / name
        if path.is_file() and path.stat().st_size == source.stat().st_size:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        shutil.copyfile(source, part)
        sync_file(part)
        os.replace(part, path)

    try:
        copied, names = _copy(folder, snapshot, put)
        for name in ("-wal", "-shm"):
            (target / f"{NAME}{name}").unlink(missing_ok=True)  # left by a program that opened the earlier backup
        sync_file(snapshot)
        os.replace(snapshot, known)
        sync_folder(target)
    finally:
        snapshot.unlink(missing_ok=True)
    _keep_only(target, names)
    leave_readme(target)
    return copied


def _keep_only(copy: Path, names: Container[str]) -> None:
    """Remove files that were deleted in the library since an earlier backup, or during this one."""
    for kind in KINDS.values():
        for path in copy.glob(f"{kind}/*/*"):
            if path.relative_to(copy).as_posix() not in names:
                path.unlink()


def _to_tar(folder: Path, target: Path) -> Copied:
    if target.exists():
        raise BackupRefused(f"{target} already exists; nothing was written.")
    token = secrets.token_hex(4)
    part, snapshot = target.with_name(f"{target.name}.{token}.part"), target.with_name(f"{target.name}.{token}.db")
    try:
        with tarfile.open(part, "w") as archive:
            copied, _ = _copy(folder, snapshot, lambda name, source: archive.add(source, name, recursive=False))
            archive.add(snapshot, NAME, recursive=False)
        sync_file(part)
        os.replace(part, target)
        sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)
        snapshot.unlink(missing_ok=True)
    return copied


def _copy(folder: Path, snapshot: Path, put: Callable[[str, Path], None]) -> tuple[Copied, set[str]]:
    """Take snapshots until every file that the last one names was put; `names` are those files."""
    done: dict[str, int] = {}
    before: set[tuple[str, str]] | None = None
    while True:
        _take_snapshot(folder, snapshot)
        found, missing = _referenced(folder, snapshot)
        _require_room(snapshot.parent, sum(size for name, (_, size) in found.items() if name not in done))
        for name, (path, size) in found.items():
            if name in done:
                continue
            try:
                put(name, path)
                done[name] = size
            except FileNotFoundError:
                missing.add((_KIND_OF[name.split("/", 1)[0]], path.stem))  # deleted in this moment
        if not missing or missing == before:
            sizes = [done[name] for name in found if name in done]
            return Copied(len(sizes), sum(sizes), _lost(missing)), set(found)
        before = missing


def _lost(missing: set[tuple[str, str]]) -> tuple[str, ...]:
    """Return the SHA-256 of missing files that cannot be created again."""
    return tuple(sorted({sha256 for kind, sha256 in missing if kind != "thumbnail"}))


def _take_snapshot(folder: Path, snapshot: Path) -> None:
    snapshot.unlink(missing_ok=True)
    with _database(folder / NAME) as source, _database(snapshot) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # a single file, without a log


def _referenced(folder: Path, snapshot: Path) -> tuple[dict[str, tuple[Path, int]], set[tuple[str, str]]]:
    """Return the files that a snapshot refers to, by their names in a backup, with their sizes; and those missing."""
    files, found = Files(folder), dict[str, tuple[Path, int]]()
    missing: set[tuple[str, str]] = set()
    for kind, sha256, is_needed in _contents(snapshot):
        path = files.find(kind, sha256)
        try:
            if path is not None:
                found[path.relative_to(folder).as_posix()] = (path, path.stat().st_size)
        except FileNotFoundError:
            path = None
        if path is None and is_needed:
            missing.add((kind, sha256))
    return found, missing


def _contents(snapshot: Path) -> Iterator[tuple[str, str, bool]]:
    """Yield kind, SHA-256 and whether the file should exist. An SVG has no thumbnail."""
    with _database(snapshot) as database:
        query = "SELECT DISTINCT sha256, format FROM outputs WHERE sha256 != ''"
        for sha256, image_format in database.execute(query).fetchall():
            yield "original", sha256, True
            # If an identical image was just deleted, its thumbnail is created again a moment after the row.
            yield "thumbnail", sha256, image_format != "svg"
        tables = "SELECT name FROM sqlite_master WHERE name IN ('inputs', 'sheet_inputs')"  # an old backup has one
        for (table,) in database.execute(tables).fetchall():
            for (sha256,) in database.execute(f"SELECT DISTINCT sha256 FROM {table}").fetchall():  # noqa: S608
                yield "input", sha256, True
        for (error,) in database.execute("SELECT error FROM runs WHERE error LIKE '%\"unopened\"%'").fetchall():
            for one in unopened_of(json.loads(error)):
                yield "unopened", str(one["sha256"]), False


@contextmanager
def _database(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=60)) as database:
            yield database
    except sqlite3.Error as error:
        raise LibraryUnavailable(f"The database {path.name} cannot be read: {error}.", "Check its disk.") from error


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        raise BackupRefused(f"The disk has {free / 1e6:,.0f} MB free; {(needed + _SPARE) / 1e6:,.0f} MB are needed.")


def restore(source: Path, folder: Path) -> Copied:
    """Restore a backup into an empty `folder`, and compare every file with its SHA-256.

    After an error the folder is unchanged. When the app opens the restored library, it settles the runs that were under
    way. Raises BackupRefused, and LibraryUnavailable if the folder cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupRefused(f"{folder} is not empty; nothing was written. Name an empty folder or a new one.")
    with explained(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.part")
        part.mkdir()
        try:
            copied = _restore_files(source, part)
            leave_readme(part)
            if folder.exists():
                folder.rmdir()
            os.replace(part, folder)
            sync_folder(folder.parent)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return copied


def _restore_files(source: Path, part: Path) -> Copied:
    count = size = 0
    for name, length, file in _members(source):
        match = _MEMBER.fullmatch(name)
        if match is None and name != NAME:
            continue
        _require_room(part, length)
        path = part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with path.open("wb") as target:
            while piece := file.read(_PIECE):
                digest.update(piece)
                target.write(piece)
        # A thumbnail is named by its image's content.
        if match is not None and not name.startswith(KINDS["thumbnail"]) and digest.hexdigest() != match[2]:
            raise BackupRefused(f"{name} in the backup is damaged; nothing was restored.")
        sync_file(path)
        count, size = count + (match is not None), size + length
    if not (part / NAME).is_file():
        raise BackupRefused(f"{source} contains no backup of a library; nothing was restored.")
    return Copied(count, size, _checked(part))


def _checked(part: Path) -> tuple[str, ...]:
    """Check a restored database; return the SHA-256 of the files that it refers to and that are missing."""
    with _database(part / NAME) as database:
        if (result := database.execute("PRAGMA integrity_check").fetchone()) != ("ok",):
            raise BackupRefused(f"The database in the backup is damaged: {result[0]}; nothing was restored.")
    found, missing = _referenced(part, part / NAME)
    _keep_only(part, found)
    return _lost(missing)


def _members(source: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Yield the name, size and content of each file in a backup."""
    if source.is_dir():
        for path in (one for one in source.rglob("*") if one.is_file() and not one.is_symlink()):
            with path.open("rb") as file:
                yield path.relative_to(source).as_posix(), path.stat().st_size, file
        return
    try:
        with tarfile.open(source, "r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is not None:
                    yield member.name, member.size, content
    except tarfile.TarError as error:
        raise BackupRefused(f"{source} cannot be read as a backup: {error}; nothing was restored.") from error

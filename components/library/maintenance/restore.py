"""Restore a backup to an empty folder, PostgreSQL database, place on S3. Each file is compared with its SHA-256."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sqlalchemy import Engine

from components.library.db import migrate
from components.library.db.dialects import snapshot
from components.library.db.engine import NAME, open_engine
from components.library.errors import explained
from components.library.files.content_store import KINDS, Files, leave_readme, sync_file, sync_folder
from components.library.files.file_store import FileStore
from components.library.maintenance.backup import BackupRefused, Copied, keep_only, require_room
from components.library.maintenance.snapshot import lost, open_database, referenced
from components.library.transfer.contents import Name, list_files
from components.library.transfer.location import StoreLocation, opened
from components.library.transfer.rows import copy_rows, is_unused, sum_rows

# A file in a backup, for example "originals/ab/ab….png"; no other names are restored.
_MEMBER = re.compile(rf"({'|'.join(KINDS.values())})/([0-9a-f]{{2}})/(\2[0-9a-f]{{62}})\.([0-9a-z]{{1,8}})")

_KIND_OF = {folder: kind for kind, folder in KINDS.items()}
_PIECE = 1 << 20
_SQLITE = b"SQLite format 3\0"  # how its files begin
_FILES = (NAME, f"{NAME}-wal", f"{NAME}-shm", f"{NAME}-journal")  # a SQLite database, with its logs if it has any


def restore(source: Path, there: StoreLocation) -> Copied:
    """Restore a backup to an empty place.

    After an error the place is as empty as before. When the app opens the restored library, it settles the runs that
    were under way. Raise BackupRefused, and LibraryUnavailable if the place cannot be written.
    """
    with explained(there.folder):
        return _to_folder(source, there.folder) if there.is_local else _to_services(source, there)


def restore_database(source: Path, there: StoreLocation) -> Copied:
    """Restore a backup's database alone, or a copy from before an upgrade, to a place that has files but no rows.

    Files stay as they are; the result names those that the database refers to and that are missing. Raise
    BackupRefused, also for the log of a former SQLite database, which SQLite would apply to the restored one, and
    LibraryUnavailable if the place cannot be written.
    """
    with explained(there.folder):
        if not there.database_url:
            _require_no_database(there.folder)
        there.folder.mkdir(parents=True, exist_ok=True)
        part = there.folder / f"restore-{secrets.token_hex(4)}"
        part.mkdir()
        try:
            with opened(there) as (engine, files):
                if there.database_url:
                    _require_unused(engine)
                _take_database(source, part)
                missing = _check(source, part / NAME, files)
                if there.database_url:
                    _insert(part, engine)
                else:
                    os.replace(part / NAME, there.folder / NAME)
                    sync_folder(there.folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return Copied(0, 0, missing)


def _require_no_database(folder: Path) -> None:
    found = [name for name in _FILES if (folder / name).exists()]
    if found:
        raise BackupRefused(
            f"In {folder} {' and '.join(found)} {'is' if len(found) == 1 else 'are'} there already; nothing was "
            "written. Stop the app, then move the database away, always together with its -wal, -shm and -journal."
        )


def _require_unused(engine: Engine) -> None:
    migrate.upgrade(engine)  # refuses one of an older version
    with engine.connect() as connection:
        if not is_unused(sum_rows(connection)):
            raise BackupRefused("The database is not empty; nothing was written. Name an empty one.")


def _to_folder(source: Path, folder: Path) -> Copied:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupRefused(f"{folder} is not empty; nothing was written. Name an empty folder or a new one.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.part")
    part.mkdir()
    names: dict[Name, int] = {}
    try:
        _restore_files(source, part, Files(part), names)
        missing = _check(source, part / NAME, Files(part))
        keep_only(part, referenced(Files(part), part / NAME)[0])
        leave_readme(part)
        if folder.exists():
            folder.rmdir()
        os.replace(part, folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Copied(len(names), sum(names.values()), missing)


def _to_services(source: Path, there: StoreLocation) -> Copied:
    """Restore by way of a temporary folder; the rows appear last, in one transaction."""
    there.folder.mkdir(parents=True, exist_ok=True)
    part = there.folder / f"restore-{secrets.token_hex(4)}"
    part.mkdir()
    names: dict[Name, int] = {}
    try:
        with opened(there) as (engine, files):
            _require_unused(engine)
            if list_files(files):
                raise BackupRefused("The place for files is not empty; nothing was written. Name an empty one.")
            try:
                _restore_files(source, part, files, names)
                missing = _check(source, part / NAME, files)
                _insert(part, engine)
            except BaseException:
                for kind, sha256 in names:
                    files.remove(kind, sha256, lambda _: False)
                raise
        leave_readme(there.folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Copied(len(names), sum(names.values()), missing)


def _insert(part: Path, engine: Engine) -> None:
    backup = open_engine(part)
    try:
        migrate.upgrade(backup)
        with snapshot(backup) as source, engine.begin() as target:
            if copy_rows(source, target) != sum_rows(target):
                raise BackupRefused("The restored rows differ from the backup's; nothing was restored.")
    finally:
        backup.dispose()


def _restore_files(source: Path, part: Path, files: FileStore, names: dict[Name, int]) -> None:
    """Store a backup's files, and its database in `part`; add each file's name with its bytes to `names` before."""
    for name, length, file in _members(source):
        match = _MEMBER.fullmatch(name)
        if match is None and name != NAME:
            continue
        path = part / (NAME if match is None else f"{match[3]}.part")
        digest = _write(file, length, path)
        if match is None:
            sync_file(path)
            continue
        kind, sha256 = _KIND_OF[match[1]], match[3]
        # A thumbnail is named by its image's content.
        if kind != "thumbnail" and digest != sha256:
            raise BackupRefused(f"{name} in the backup is damaged; nothing was restored.")
        names[kind, sha256] = length
        files.adopt(path, kind, sha256, match[4])


def _take_database(source: Path, part: Path) -> None:
    """Write the database of a backup, or a SQLite file itself, to `part`."""
    if _is_sqlite(source):
        with source.open("rb") as copy:
            _write(copy, source.stat().st_size, part / NAME)
        return
    for name, length, file in _members(source):
        if name == NAME:
            _write(file, length, part / NAME)
            return


def _is_sqlite(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _write(file: IO[bytes], length: int, path: Path) -> str:
    """Write what a file contains to another one; return its SHA-256."""
    require_room(path.parent, length)
    digest = hashlib.sha256()
    with path.open("wb") as target:
        while piece := file.read(_PIECE):
            digest.update(piece)
            target.write(piece)
    return digest.hexdigest()


def _check(source: Path, database: Path, files: FileStore) -> tuple[str, ...]:
    """Check a restored database; return the SHA-256 of the files that it refers to and that are missing."""
    if not database.is_file():
        raise BackupRefused(f"{source} contains no backup of a library; nothing was restored.")
    with open_database(database) as opened_database:
        if (result := opened_database.execute("PRAGMA integrity_check").fetchone()) != ("ok",):
            raise BackupRefused(f"The database in the backup is damaged: {result[0]}; nothing was restored.")
    return lost(referenced(files, database)[1])


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

"""Open a library: create its folder, migrate its database and recover from crashes."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from filelock import Timeout
from sqlalchemy import Engine

from components.library.db import migrate
from components.library.db.dialects import is_postgresql
from components.library.db.engine import open_engine
from components.library.errors import LibraryUnavailable, explained
from components.library.files.content_store import leave_readme
from components.library.files.file_store import CACHE_BYTES
from components.library.files.handle import Retention
from components.library.files.opening import open_files
from components.library.files.process_lock import DEAD_SECONDS, Processes, ProcessLock
from components.library.maintenance import housekeeping, recovery
from components.library.store import MAX_PIXELS, Library
from components.settings import Settings

log = logging.getLogger(__name__)


def open_for(settings: Settings, folder: Path | None = None, *, kind: str = "server", removes: bool = True) -> Library:
    """Open the library that the settings name, in another folder than theirs if one is given; see `open_library`."""
    retention = Retention(
        settings.trash_days, settings.failed_days, max(1, settings.unused_days), max(1, settings.draft_days)
    )
    return open_library(
        folder or settings.data,
        database_url=settings.database_url,
        max_pixels=settings.max_pixels,
        files=settings.files,
        cache_bytes=settings.files_cache_bytes,
        kind=kind,
        heartbeat_seconds=settings.heartbeat_seconds,
        retention=retention,
        removes=removes,
    )


def open_library(
    folder: Path,
    *,
    database_url: str = "",
    max_pixels: int = MAX_PIXELS,
    files: str = "",
    cache_bytes: int = CACHE_BYTES,
    kind: str = "server",
    heartbeat_seconds: float = DEAD_SECONDS,
    retention: Retention = Retention(),  # noqa: B008 - frozen
    removes: bool = True,
) -> Library:
    """Open the library in a folder, or create one, and settle the runs of dead processes.

    Its database is the PostgreSQL one at `database_url`; without a URL, a SQLite file in the folder. With `files`, for
    example s3://bucket/prefix, its files are there, and copies of up to `cache_bytes` of them in the folder.

    On PostgreSQL this process counts as dead `heartbeat_seconds` after its last sign of life, and others see which
    `kind` it is: "server", "worker" or "command".

    What is older than `retention` says is removed at once, unless `removes` is False, and later by a `Housekeeper`.

    Images of dead processes with more than `max_pixels` are kept unopened. Raise LibraryUnavailable if the folder or
    its database cannot be used, and SettingError for an address of neither a database nor S3.
    """
    folder = folder.resolve()
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        leave_readme(folder)
        store = open_files(folder, files, cache_bytes)
        engine = open_engine(folder, database_url)
        library = Library(folder, engine, store, _join(folder, engine, kind, heartbeat_seconds), max_pixels, retention)
    try:
        try:
            recovery.settle(library)
        except LibraryUnavailable as problem:
            if not _is_busy(problem):
                raise
            log.warning("Another process is recovering runs; this one starts, and its `Housekeeper` does the rest.")
        with suppress(LibraryUnavailable):  # on a full disk the library can still be read
            if removes:
                housekeeping.tidy(library)
    except BaseException:
        library.close()
        raise
    return library


def _is_busy(problem: LibraryUnavailable) -> bool:
    """Return whether another process held a lock for too long."""
    cause = problem.__cause__
    return isinstance(cause, Timeout) or getattr(getattr(cause, "orig", None), "sqlstate", None) == "55P03"


def _join(folder: Path, engine: Engine, kind: str, heartbeat_seconds: float) -> Processes:
    """Migrate the database, and count this process among those that use it."""
    try:
        if is_postgresql(engine):
            from components.library.cluster.heartbeat import Heartbeat

            migrate.upgrade(engine, folder)
            return Heartbeat(engine, folder, kind, heartbeat_seconds)
        return _lock(folder, engine)
    except BaseException:
        engine.dispose()
        raise


def _lock(folder: Path, engine: Engine) -> ProcessLock:
    lock = ProcessLock(folder)
    try:
        with lock.exclusive():
            migrate.upgrade(engine)
    except BaseException:
        lock.release()
        raise
    return lock

"""Content-addressed files on S3-compatible storage, with copies in a cache on this disk.

An object lies under `originals/ab/ab…`, with its extension in its metadata: one request finds and reads it. It is put
create-only, so that no object is ever written over. S3 cannot rename: what is being removed is copied aside, deleted,
and put back if it turns out to be wanted. An empty object under `held/` has the time when an input was last used.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

from components.library.errors import StorageError
from components.library.files.content_store import KINDS
from components.library.files.file_store import (
    HELD_SECONDS,
    ServedFile,
    StoredFile,
    is_content_name,
    part_of,
    served_copy,
)
from components.library.files.s3.cache import FileCache
from components.library.files.s3.client import connect, no_bucket, storage_errors
from components.library.files.s3.objects import (
    attributes_of,
    fetch,
    head_of,
    key_of,
    open_part,
    require_intact,
    served_object,
    signed_link,
)

if TYPE_CHECKING:
    from obstore import ObjectMeta

# Larger files are uploaded in parts; create-only puts would hold them in memory.
WHOLE_BYTES = 32 << 20
_PART_BYTES = 8 << 20
_PAGE = 1000
_LOCKS = 64
_MOST_HELD = 10_000


def open_s3(url: str, folder: Path, cache_bytes: int) -> S3Files:
    """Return the files on `s3://bucket/prefix`, with a cache in the library's folder, after one request to it.

    Raise SettingError for another address, and StorageError if the bucket cannot be reached.
    """
    files = S3Files(connect(url), FileCache(folder / "cache", cache_bytes))
    files.ping()
    return files


class S3Files:
    """S3-compatible storage as a `FileStore`. Threads and processes on several machines may share it."""

    def __init__(self, store: S3Store, cache: FileCache) -> None:
        """Use a connection and a cache."""
        self._store = store
        self._cache = cache
        self._locks = tuple(threading.Lock() for _ in range(_LOCKS))
        self._held: dict[str, float] = {}
        self._background = ThreadPoolExecutor(1, thread_name_prefix="held-inputs")

    def ping(self) -> None:
        """Ask the storage for one page of a listing. Raise StorageError if it does not answer as it should."""
        with storage_errors():
            next(iter(obstore.list(self._store, "held", chunk_size=1)), None)

    def find(self, kind: str, sha256: str) -> Path | None:
        """Return a file's copy on this disk, downloading it if necessary; None if it is not in the storage."""
        if not is_content_name(sha256):
            return None
        with self._locks[hash((kind, sha256)) % _LOCKS]:
            return self._cache.find(kind, sha256) or self._download(kind, sha256)

    def _download(self, kind: str, sha256: str) -> Path | None:
        part = self._cache.part()
        try:
            suffix = fetch(self._store, kind, sha256, part)
            return self._cache.add(part, kind, sha256, suffix, synced=False)
        except FileNotFoundError:
            return None
        finally:
            part.unlink(missing_ok=True)

    @contextmanager
    def reading(self, kind: str, sha256: str, staging: Path) -> Iterator[Path]:
        """Yield the path of a temporary copy, or of one in the cache. Raise FileNotFoundError."""
        copy = self._cache.find(kind, sha256)
        if copy is not None:
            yield copy
            return
        part = staging / f"{secrets.token_hex(8)}.part"
        complete = part
        try:
            complete = part.with_suffix(f".{fetch(self._store, kind, sha256, part)}")
            part.rename(complete)
            yield complete
        finally:
            part.unlink(missing_ok=True)
            complete.unlink(missing_ok=True)

    def served(self, kind: str, sha256: str) -> ServedFile | None:
        """Return the size and the extension of a file, by its copy in the cache or its object's header, or None."""
        with suppress(FileNotFoundError):  # the copy was removed in this moment
            if copy := self._cache.find(kind, sha256):
                return served_copy(kind, copy)
        return served_object(self._store, kind, sha256) if is_content_name(sha256) else None

    def open_part(self, kind: str, sha256: str, first: int, last: int) -> Iterator[bytes]:
        """Open the bytes from `first` to `last`, of the copy in the cache or by range reads; nothing is cached."""
        with suppress(FileNotFoundError):  # the copy was removed in this moment
            if copy := self._cache.find(kind, sha256):
                return part_of(copy, first, last)
        return open_part(self._store, key_of(kind, sha256), first, last)

    def signed_link(self, kind: str, sha256: str, seconds: int, headers: Mapping[str, str]) -> str | None:
        """Return an address of the storage from which a file can be read for a while."""
        return signed_link(self._store, key_of(kind, sha256), seconds, headers)

    def info(self, kind: str, sha256: str) -> StoredFile | None:
        """Return what is known of an object, by one request for its header, or None."""
        found = head_of(self._store, key_of(kind, sha256)) if is_content_name(sha256) else None
        return None if found is None else StoredFile(kind, sha256, found["size"], found["last_modified"].timestamp())

    def listing(self, kind: str) -> Iterator[StoredFile]:
        """Yield all objects of a kind, in pages of up to 1,000."""
        held = dict(self._objects("held")) if kind == "input" else {}
        for sha256, found in self._objects(KINDS[kind]):
            touched = max(one["last_modified"].timestamp() for one in (found, held.get(sha256, found)))
            yield StoredFile(kind, sha256, found["size"], touched)

    def _objects(self, prefix: str) -> Iterator[tuple[str, ObjectMeta]]:
        with storage_errors():
            for page in obstore.list(self._store, prefix, chunk_size=_PAGE):
                for found in page:
                    yield found["path"].rpartition("/")[2], found

    def adopt(
        self, staged: Path, kind: str, sha256: str, suffix: str, *, synced: bool = False, keep: bool = False
    ) -> Path:
        """Put a finished staged file into the storage, then move or link it into the cache; return its path there."""
        self._put(staged, kind, sha256, suffix)
        return self._cache.add(staged, kind, sha256, suffix, keep=keep, synced=synced)

    def copy_in(self, source: Path, staged: Path, kind: str, sha256: str, suffix: str) -> Path:
        """Store a copy of a file, by way of the unused path `staged`, and return the path of its copy."""
        try:
            shutil.copyfile(source, staged)
            return self.adopt(staged, kind, sha256, suffix)
        finally:
            staged.unlink(missing_ok=True)

    def _put(self, source: Path, kind: str, sha256: str, suffix: str) -> None:
        """Upload a file unless it is there with this size. The storage compares the SHA-256 of what arrives."""
        key, size, attributes = key_of(kind, sha256), source.stat().st_size, attributes_of(suffix)
        if size > WHOLE_BYTES:
            self._put_parts(source, key, size, kind, sha256, attributes)
            return
        data = source.read_bytes()
        require_intact(kind, sha256, hashlib.sha256(data).hexdigest())
        try:
            with storage_errors():
                try:
                    obstore.put(self._store, key, data, mode="create", attributes=attributes)
                except AlreadyExistsError:
                    if not self._is_still_there(kind, sha256, size):
                        obstore.put(self._store, key, data, attributes=attributes)
        except FileNotFoundError:
            raise no_bucket() from None

    def _put_parts(self, source: Path, key: str, size: int, kind: str, sha256: str, attributes: dict[str, str]) -> None:
        with source.open("rb") as file:
            require_intact(kind, sha256, hashlib.file_digest(file, "sha256").hexdigest())
        if self._is_still_there(kind, sha256, size):
            return
        try:
            with storage_errors():
                obstore.put(self._store, key, source, attributes=attributes, chunk_size=_PART_BYTES, max_concurrency=4)
        except FileNotFoundError:
            raise no_bucket() from None
        if not self._is_still_there(kind, sha256, size):
            raise StorageError("The storage did not keep a file as it was sent.", "Try again; see the app's log.")

    def _is_still_there(self, kind: str, sha256: str, size: int) -> bool:
        """Return whether an object has this size. An input is marked first, so that nobody removes it after that."""
        if kind == "input":
            self._mark(sha256)
        found = head_of(self._store, key_of(kind, sha256))
        return found is not None and found["size"] == size

    def renew(self, sha256: str) -> Path | None:
        """Mark a stored input as used now; put a copy back that the storage no longer has. Return its path, or None."""
        self._mark(sha256)
        if head_of(self._store, key_of("input", sha256)) is not None:
            return self.find("input", sha256)
        copy = self._cache.find("input", sha256)
        if copy is not None:
            self._put(copy, "input", sha256, copy.suffix.lstrip("."))
        return copy

    def hold(self, contents: Iterable[str]) -> None:
        """Mark inputs as used, and keep their copies, in the background and at most once in HELD_SECONDS."""
        now = time.monotonic()
        for sha256 in contents:
            if now - self._held.get(sha256, -HELD_SECONDS) >= HELD_SECONDS:
                if len(self._held) >= _MOST_HELD:
                    self._held.clear()
                self._held[sha256] = now
                with suppress(RuntimeError):  # closed
                    self._background.submit(self._hold, sha256)

    def _hold(self, sha256: str) -> None:
        try:
            self._mark(sha256)
            self.find("input", sha256)
        except OSError:  # `storage_errors` has logged it
            self._held.pop(sha256, None)

    def _mark(self, sha256: str) -> None:
        with storage_errors():
            obstore.put(self._store, f"held/{sha256[:2]}/{sha256}", b"")

    def owns(self, path: Path) -> bool:
        """Return whether a path is that of an input's copy in the cache."""
        return self._cache.owns(path)

    def remove(self, kind: str, sha256: str, is_wanted: Callable[[float], bool]) -> bool:
        """Copy an object aside and delete it; put it back if it is in use. See `FileStore.remove`."""
        key = key_of(kind, sha256)
        aside = f"gone/{KINDS[kind]}/{sha256}/{secrets.token_hex(4)}"
        found = head_of(self._store, key)
        if found is None:
            return False
        try:
            self._move(key, aside)
        except FileNotFoundError:  # another thread or process removed it
            return False
        held = head_of(self._store, f"held/{sha256[:2]}/{sha256}") if kind == "input" else None
        touched = max(one["last_modified"].timestamp() for one in (found, held or found))
        if is_wanted(touched):
            self._move(aside, key)
            return False
        self._cache.remove(kind, sha256)
        with storage_errors():
            obstore.delete(self._store, [aside, f"held/{sha256[:2]}/{sha256}"] if held else aside)
        return True

    def drop_removed_copies(self) -> None:
        """Remove the copies in the cache of what others have removed from the storage."""
        for kind, prefix in KINDS.items():
            if copies := self._cache.names(kind):  # before the listing: what is added later is in the storage
                for sha256 in copies.difference(sha256 for sha256, _ in self._objects(prefix)):
                    self._cache.remove(kind, sha256)

    def restore_removed(self, kind: str, sha256: str | None = None) -> None:
        """Put back what a process was removing when it died: one object, or all of this kind."""
        prefix = f"gone/{KINDS[kind]}" + (f"/{sha256}" if sha256 else "")
        for _, found in list(self._objects(prefix)):
            aside = found["path"]
            with suppress(FileNotFoundError):
                self._move(aside, key_of(kind, aside.split("/")[2]))

    def set_aside(self, kind: str, sha256: str) -> None:
        """Move an object to `lost-and-found/`. Raise FileNotFoundError if it is not there."""
        self._move(key_of(kind, sha256), f"lost-and-found/{KINDS[kind]}/{sha256}")
        self._cache.remove(kind, sha256)

    def digest(self, kind: str, sha256: str) -> str:
        """Return the SHA-256 of an object's bytes, as the storage has them now. Raise FileNotFoundError."""
        digest = hashlib.sha256()
        with storage_errors():
            for piece in obstore.get(self._store, key_of(kind, sha256)).stream():
                digest.update(piece)
        return digest.hexdigest()

    def close(self) -> None:
        """Stop marking inputs."""
        self._background.shutdown(wait=False, cancel_futures=True)

    def _move(self, source: str, target: str) -> None:
        with storage_errors():
            obstore.copy(self._store, source, target)
            obstore.delete(self._store, source)

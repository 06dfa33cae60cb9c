"""The interface of what holds a library's files: a folder, or S3-compatible storage with a cache on this disk.

A file's kind is "original", "thumbnail", "input" or "unopened"; its name is the SHA-256 of its bytes, a thumbnail's
that of its image. Every method raises OSError, which `explained` translates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# Seconds before an input is marked as held again.
HELD_SECONDS = 600.0

# Bytes that a cache of files on S3 may take on this disk.
CACHE_BYTES = 5_000_000_000

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class StoredFile:
    """A file in the store: its size in bytes, and when it was last stored or held (unix seconds)."""

    kind: str
    sha256: str
    bytes: int
    touched: float


@dataclass(frozen=True)
class ServedFile:
    """What the headers of an answer say of a file: its size in bytes, and its extension without a dot."""

    kind: str
    sha256: str
    bytes: int
    suffix: str


class FileStore(Protocol):
    """What holds a library's files. Threads and processes may share it."""

    def find(self, kind: str, sha256: str) -> Path | None:
        """Return the file on this disk, whatever its extension, or None; from S3 it is downloaded into the cache."""

    def reading(self, kind: str, sha256: str, staging: Path) -> AbstractContextManager[Path]:
        """Yield the path of a file for one reading; a copy from S3 is in the folder `staging`, not in the cache.

        Raise FileNotFoundError if it is not there.
        """

    def served(self, kind: str, sha256: str) -> ServedFile | None:
        """Return the size and the extension of a file without reading it, or None. A copy on this disk suffices."""

    def open_part(self, kind: str, sha256: str, first: int, last: int) -> Iterator[bytes]:
        """Open the bytes of a file from `first` to `last`, both included, in pieces that are read as they are taken.

        Raise FileNotFoundError if it is not there. They are not compared with the file's SHA-256.
        """

    def signed_link(self, kind: str, sha256: str, seconds: int, headers: Mapping[str, str]) -> str | None:
        """Return an address from which anybody can read a file for `seconds`, past this app.

        The answer has these headers. None if the files are in a folder.
        """

    def info(self, kind: str, sha256: str) -> StoredFile | None:
        """Return what is known of a file without reading it, or None."""

    def listing(self, kind: str) -> Iterator[StoredFile]:
        """Yield all files of a kind."""

    def adopt(
        self, staged: Path, kind: str, sha256: str, suffix: str, *, synced: bool = False, keep: bool = False
    ) -> Path:
        """Store a finished staged file durably and return its path on this disk. An identical file stays untouched.

        The staged file is gone afterwards unless it is to be kept.
        """

    def copy_in(self, source: Path, staged: Path, kind: str, sha256: str, suffix: str) -> Path:
        """Store a copy of a file, by way of the unused path `staged`, and return its path on this disk."""

    def renew(self, sha256: str) -> Path | None:
        """Mark a stored input as used now, so that it is not removed, and return its path; None if there is none."""

    def hold(self, contents: Iterable[str]) -> None:
        """Keep inputs from being removed for another day. Cheap enough for every rerun; it never raises."""

    def owns(self, path: Path) -> bool:
        """Return whether a path is that of a stored input."""

    def remove(self, kind: str, sha256: str, is_wanted: Callable[[float], bool]) -> bool:
        """Remove a file unless it is in use; return whether it was removed.

        The file is moved aside first; `is_wanted`, called with the time when it was last touched, decides then. A
        concurrent writer of a row for the same content has either written it before, so that `is_wanted` sees it, or
        finds the file missing and stores it again. After a crash in between, `restore_removed` undoes the move.
        """

    def restore_removed(self, kind: str, sha256: str | None = None) -> None:
        """Restore what a process was removing when it died: one file, or all of this kind."""

    def drop_removed_copies(self) -> None:
        """Remove copies on this disk of what another server has removed for good. Call it now and then."""

    def set_aside(self, kind: str, sha256: str) -> None:
        """Move a stored file to `lost-and-found`. Raise FileNotFoundError if it is not there."""

    def digest(self, kind: str, sha256: str) -> str:
        """Return the SHA-256 of the bytes that the store has now. Raise FileNotFoundError if it has none."""

    def ping(self) -> None:
        """Raise OSError if the store does not answer; a folder always does."""

    def close(self) -> None:
        """Stop what works in the background."""


def is_content_name(sha256: str) -> bool:
    """Return whether a text can name a file: 64 letters and digits."""
    return len(sha256) == 64 and sha256.isalnum()


def served_copy(kind: str, path: Path) -> ServedFile:
    """Return what is known of a file on this disk, named by its SHA-256. Raise FileNotFoundError."""
    return ServedFile(kind, path.stem, path.stat().st_size, path.suffix.lstrip("."))


def part_of(path: Path, first: int, last: int) -> Iterator[bytes]:
    """Open a file on this disk from one byte to another, both included. Raise FileNotFoundError."""
    file = path.open("rb")

    def pieces() -> Iterator[bytes]:
        with file:
            file.seek(first)
            left = last + 1 - first
            while left > 0 and (piece := file.read(min(left, _PIECE_BYTES))):
                left -= len(piece)
                yield piece

    return pieces()

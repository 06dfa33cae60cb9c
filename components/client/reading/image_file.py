"""An image on its way from base64 to a file; in memory only when the disk does not take it."""

from __future__ import annotations

import binascii
import builtins
import contextlib
import errno
import hashlib
import os
import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

_UNFINISHED = ".part"
_FINISHED = ".image"
_PREVIEW = ".preview"
_WHITESPACE = b" \t\r\n"


class InvalidBase64Text(ValueError):
    """The text is not base64, or stops too early."""


@dataclass(frozen=True)
class SavedFile:
    """A finished file: its path, the SHA-256 of its bytes in hex, and its size in bytes.

    With `data`, the disk did not take it: there is no file at `path`, and these are the bytes.
    """

    path: Path
    sha256: str
    bytes: int
    data: builtins.bytes | None = field(default=None, repr=False)


class ImageFile:
    """Takes base64 (``write_base64``) or bytes (``write``) in pieces; ends with ``finish`` or ``discard``.

    Methods may be called from different threads, one after the other; ``discard`` at any time, also during the others.
    When the disk does not take the bytes, they stay in memory, since they are paid for. Raise OSError when the bytes
    already on disk can no longer be read.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{secrets.token_hex(12)}{_UNFINISHED}"
        self._file: BinaryIO | None = None
        self._lock = threading.Lock()
        self._hash = hashlib.sha256()
        self._carry = b""
        self._padded = False
        self._discarded = False
        self._memory: bytearray | None = None
        self.bytes = 0

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the bytes so far, in hex."""
        return self._hash.hexdigest()

    def write_base64(self, text: bytes) -> None:
        """Decode and write the next piece of the text, cut anywhere. Raise InvalidBase64Text."""
        text = self._carry + text if self._carry else text
        aligned = len(text) & ~3
        self._carry = text[aligned:]
        if aligned:
            try:
                self.write(self._decode(text[:aligned] if self._carry else text))
            except binascii.Error:
                # Some servers break base64 into lines, which shifts the groups of four: try again without.
                compact = text.translate(None, _WHITESPACE)
                if len(compact) == len(text):
                    raise InvalidBase64Text("it has characters outside base64") from None
                self._carry = b""
                self.write_base64(compact)

    def _decode(self, text: bytes) -> bytes:
        if self._padded:
            if text.translate(None, _WHITESPACE):
                raise InvalidBase64Text("text after the padding")
            return b""
        data = binascii.a2b_base64(text, strict_mode=True)
        self._padded = text.endswith(b"=")
        return data

    def write(self, data: bytes) -> None:
        """Write the next bytes."""
        with self._lock:
            if self._discarded:
                return
            if self._memory is None:
                try:
                    self._append(data)
                except OSError:
                    self._memory = self._from_disk()
            if self._memory is not None:
                self._memory += data
            self._hash.update(data)
            self.bytes += len(data)

    def _append(self, data: bytes) -> None:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(self._path, "xb", buffering=0)  # noqa: SIM115 - closed by finish or discard
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def _from_disk(self) -> bytearray:
        """Return the bytes that the disk took, and delete the file to free its space."""
        if self._file is None:
            return bytearray()
        with contextlib.suppress(OSError):
            self._file.close()
        with self._path.open("rb") as file:
            found = bytearray(file.read(self.bytes))
        if len(found) != self.bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        with contextlib.suppress(OSError):
            self._path.unlink()
        return found

    def end_base64(self) -> None:
        """Mark the text as complete. Raise InvalidBase64Text when it stops inside a group of four."""
        rest = self._carry.translate(None, _WHITESPACE)
        self._carry = b""
        if rest:
            raise InvalidBase64Text("it stops in the middle")

    def finish(self, *, preview: bool = False) -> SavedFile:
        """Close the file under its final name, synced to disk.

        Previews are not synced; their own suffix tells them from images after a crash.
        """
        with self._lock:
            assert self._file is not None or self._memory is not None
            if self._discarded:
                raise FileNotFoundError(self._path)
            finished, sha256 = self._path.with_suffix(_PREVIEW if preview else _FINISHED), self._hash.hexdigest()
            if self._memory is None:
                try:
                    self._close_as(finished, synced=not preview)
                except OSError:
                    self._memory = self._from_disk()
                    if hashlib.sha256(self._memory).hexdigest() != sha256:  # a disk may lose unwritten data
                        raise
            data = None if self._memory is None else bytes(self._memory)
            return SavedFile(finished, sha256, self.bytes, data)

    def _close_as(self, finished: Path, *, synced: bool) -> None:
        assert self._file is not None
        if synced:
            os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self._path, finished)
        self._path = finished

    def discard(self) -> None:
        """Delete the file, and ignore further writes."""
        with self._lock:
            self._discarded = True
            self._memory = None
            if self._file is not None:
                with contextlib.suppress(OSError):  # a failing disk may refuse this as well
                    self._file.close()
                    self._path.unlink(missing_ok=True)

"""Unpack an untrusted archive: entries by name, within limits, and check each image.

Names in the ZIP are only looked up, never used as paths, and entries that the manifest does not name are not read.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from components.images.decoding.probe import ImageInfo, NotAnImage, inspect
from components.library.archive.budget import ImportBudget
from components.library.archive.columns import ManifestError
from components.library.archive.validation import parse_manifest
from components.library.files.disk_space import BYTES_PER_IMAGE, require_bytes, require_room
from components.library.store import Library

LARGEST_ENTRY = 200_000_000
LARGEST_MANIFEST = 64_000_000
LARGEST_DIRECTORY = 64_000_000
PIECE = 256 * 1024

# Limit of all unpacked bytes: a multiple of the archive's size, plus a constant.
EXPANSION = 20
EXPANSION_MORE = 1_000_000_000

# Errors that zipfile raises for broken or forged ZIPs.
BROKEN = (BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError, RuntimeError, OverflowError)
_EXPANDS = "The ZIP unpacks to far more than its own size, so it was not read."
_ENDS = re.compile(rb"PK\x05\x06.{8}(.{4})|PK\x06\x06.{36}(.{8})", re.DOTALL)


class ArchiveRefused(ValueError):
    """The file is not an archive of the Image Workbench; the message is for a person."""


@contextmanager
def open_archive(path: Path) -> Iterator[ZipFile]:
    """Open a ZIP for the body of a `with` statement. Raise ArchiveRefused if it is not one."""
    try:
        _check_directory(path)
        archive = ZipFile(path)
    except OSError as error:
        raise ArchiveRefused(f"The file cannot be read: {error.strerror or 'it does not exist'}.") from error
    except BROKEN as error:
        if isinstance(error, ArchiveRefused):
            raise
        raise ArchiveRefused("This is not a ZIP file, or it is damaged or incomplete.") from error
    with archive:
        yield archive


def _check_directory(path: Path) -> None:
    """Refuse a ZIP whose central directory, which zipfile reads at once, is too large for memory."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 70_000))
        for found in _ENDS.finditer(file.read()):
            size = int.from_bytes(found[1] or found[2], "little")
            if LARGEST_DIRECTORY < size < 0xFFFF_FFFF or size > 0xFFFF_FFFF:
                raise ArchiveRefused("The ZIP lists more entries than can be read.")


class Unpacker:
    """Reads a ZIP's entries. `size` is that of the ZIP in bytes, which limits the unpacked size."""

    def __init__(self, library: Library, archive: ZipFile, size: int) -> None:
        """Check the declared sizes of the entries; nothing is unpacked yet.

        Raise ArchiveRefused or LibraryUnavailable if they are too large.
        """
        self._library = library
        self._archive = archive
        self._left = size * EXPANSION + EXPANSION_MORE
        self._budget = ImportBudget(size)
        self._seen: dict[str, ImageInfo | str] = {}  # by SHA-256: the image, or why it is refused
        self._with_thumbnail: set[str] = set()
        declared = sum(info.file_size for info in archive.infolist())
        if declared > self._left:
            raise ArchiveRefused(_EXPANDS)
        require_bytes(library.folder, declared, what="this archive", again="import it again")

    def _entry(self, name: str, most: int) -> ZipInfo:
        try:
            info = self._archive.getinfo(name)
        except KeyError:
            raise ManifestError("It is not in the archive.") from None
        if info.file_size > most:
            raise ManifestError(f"It has {info.file_size / 1e6:,.0f} MB; at most {most / 1e6:.0f} MB are allowed.")
        # For other methods zipfile limits the packed bytes of a read, not the unpacked ones.
        if info.compress_type not in {ZIP_STORED, ZIP_DEFLATED} or info.flag_bits & 1:
            raise ManifestError("It uses an unsupported compression method or a password.")
        return info

    def _pieces(self, info: ZipInfo, most: int) -> Iterator[bytes]:
        count = 0
        try:
            with self._archive.open(info) as source:
                while piece := source.read(PIECE):
                    count += len(piece)
                    self._left -= len(piece)
                    if count > most:
                        raise ManifestError(f"It unpacks to more than {most / 1e6:.0f} MB.")
                    if self._left < 0:
                        raise ArchiveRefused(_EXPANDS)
                    yield piece
        except (*BROKEN, OSError) as error:
            if isinstance(error, ManifestError | ArchiveRefused):
                raise
            raise ManifestError("Its data is damaged or incomplete.") from error

    def manifest(self, name: str) -> dict[str, Any]:
        """Return the content of one of the manifest's files. Raise ManifestError."""
        try:
            return parse_manifest(b"".join(self._pieces(self._entry(name, LARGEST_MANIFEST), LARGEST_MANIFEST)))
        except ManifestError as refusal:
            raise ManifestError(f"{name}: {refusal}") from refusal

    def image(self, name: str | None, sha256: str, target: Path, thumbnail: Path | None = None) -> ImageInfo:
        """Unpack an entry to `target`, check it and create its thumbnail. Raise ManifestError, and removes `target`.

        Each content is decoded once, however often it is named, and its thumbnail created once.
        """
        seen = self._seen.get(sha256)
        if isinstance(seen, str):
            raise ManifestError(seen)
        if name is None:
            raise ManifestError("Its file was already missing when the archive was created.")
        if seen is None:
            self._budget.require()
        self._unpack(self._entry(name, LARGEST_ENTRY), sha256, target)
        if thumbnail is not None:
            thumbnail.unlink(missing_ok=True)  # left from an earlier image that was refused
        if seen is not None and (thumbnail is None or sha256 in self._with_thumbnail):
            return seen
        try:
            found = inspect(target, max_pixels=self._library.max_pixels, thumbnail=thumbnail)
        except NotAnImage as refusal:
            target.unlink(missing_ok=True)
            self._seen[sha256] = str(refusal)
            raise ManifestError(str(refusal)) from refusal
        self._budget.use(found)
        self._seen[sha256] = found
        if thumbnail is not None:
            self._with_thumbnail.add(sha256)
        return found

    def _unpack(self, info: ZipInfo, sha256: str, target: Path) -> None:
        images = 1 + info.file_size // BYTES_PER_IMAGE
        require_room(self._library.folder, images, what="the next image", again="import it again")
        digest = hashlib.sha256()
        try:
            with target.open("wb") as file:
                for piece in self._pieces(info, LARGEST_ENTRY):
                    digest.update(piece)
                    file.write(piece)
            if digest.hexdigest() != sha256:
                raise ManifestError("Its bytes do not match the SHA-256 in the manifest.")
        except ManifestError:
            target.unlink(missing_ok=True)
            raise

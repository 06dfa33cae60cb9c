"""Stored files without a copy on this disk, for whoever may see them: what is known of one, a part, a signed link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from components.library.errors import explained
from components.library.files.file_store import ServedFile
from components.library.store import Library
from components.library.visible.visible_library import VisibleLibrary


def known_file(library: Library, kind: str, sha256: str) -> ServedFile | None:
    """Return the size and the extension of a file that may be seen, or None. Raise LibraryUnavailable."""
    if isinstance(library, VisibleLibrary) and not library.sees_content(sha256):
        return None
    with explained(library.folder):
        return library.files.served(kind, sha256)


def open_part(library: Library, file: ServedFile, first: int, last: int) -> Iterator[bytes] | None:
    """Open bytes of a file that `known_file` returned, both ends included; None if it has been removed.

    Raise LibraryUnavailable; what comes while the bytes are taken stays an OSError.
    """
    with explained(library.folder):
        try:
            return library.files.open_part(file.kind, file.sha256, first, last)
        except FileNotFoundError:
            return None


def signed_link(library: Library, file: ServedFile, seconds: int, headers: Mapping[str, str]) -> str | None:
    """Return an address of the storage for a file that `known_file` returned; None in a folder.

    Whoever has it can read the file for `seconds`: it goes to one person's browser, and into no log.
    Raise LibraryUnavailable.
    """
    with explained(library.folder):
        return library.files.signed_link(file.kind, file.sha256, seconds, headers)

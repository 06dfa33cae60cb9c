"""Journal of files that a crash could orphan.

While outputs are imported or deleted, their files exist without a row for a moment. Their contents are recorded
before, so that after a crash the next start removes the files without a row. After an exception `abandon` does.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

from components.library.files.handle import LibraryHandle
from components.library.files.staging import JOURNAL_SUFFIX

_KINDS = ("original", "thumbnail")


def record_contents(staging: Path, contents: Iterable[str]) -> Path:
    """Write a journal of these SHA-256 into a staging folder; the caller removes it when no file can be orphaned."""
    journal = staging / f"{secrets.token_hex(8)}{JOURNAL_SUFFIX}"
    journal.write_text("\n".join(dict.fromkeys(contents)), encoding="ascii")
    return journal


def remove_orphans(library: LibraryHandle, contents: Iterable[str]) -> None:
    """Remove the files of those contents that no output and no input refers to."""
    for sha256 in dict.fromkeys(contents):
        if not library.known_content(sha256):
            for kind in _KINDS:
                library.files.remove(kind, sha256, lambda _, sha256=sha256: library.known_content(sha256))  # type: ignore[misc]


def abandon(library: LibraryHandle, staging: Path) -> None:
    """Remove a staging folder of this process, and the files in its journals that have no row.

    Raise OSError and SQLAlchemy's DBAPIError; the journals then stay for the next start.
    """
    journals = set(staging.rglob(f"*{JOURNAL_SUFFIX}"))
    for path in set(staging.iterdir()) - journals:
        path.unlink(missing_ok=True)
    for journal in journals:
        remove_orphans(library, journal.read_text(encoding="ascii").split())
        journal.unlink()
    shutil.rmtree(staging, ignore_errors=True)


def replay(library: LibraryHandle, staging: Path) -> None:
    """Replay the journals of a dead process: remove the files in them that have no row."""
    for journal in staging.rglob(f"*{JOURNAL_SUFFIX}"):
        contents = journal.read_text(encoding="ascii").split()
        for sha256 in contents:
            for kind in _KINDS:
                library.files.restore_removed(kind, sha256)
        remove_orphans(library, contents)
        journal.unlink()

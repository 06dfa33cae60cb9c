"""Contents whose files are in the library for a moment without a row: while outputs are imported or thrown away.

They are written down before, so that after a crash in that moment the next start removes the files that no row wants.
After a failure without a crash `give_up` does it at once.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from components.library.files.staging import UNSURE

if TYPE_CHECKING:
    from components.library.store import Library

_KINDS = ("original", "thumbnail")


def write_down(scratch: Path, contents: Iterable[str]) -> Path:
    """Note these SHA-256 in a scratch folder; whoever did removes the note when all files have rows or are gone."""
    note = scratch / f"{secrets.token_hex(8)}{UNSURE}"
    note.write_text("\n".join(dict.fromkeys(contents)), encoding="ascii")
    return note


def remove_unknown(library: Library, contents: Iterable[str]) -> None:
    """Remove the files of those contents that no output and no input has."""
    for sha256 in dict.fromkeys(contents):
        if not library.known_content(sha256):
            for kind in _KINDS:
                library.files.remove(kind, sha256, lambda _, sha256=sha256: library.known_content(sha256))  # type: ignore[misc]


def give_up(library: Library, scratch: Path) -> None:
    """Remove a scratch folder of this process, and the files written down in it that no row wants.

    Raises what the disk and the database do; then what was written down stays, for the next start.
    """
    notes = set(scratch.rglob(f"*{UNSURE}"))
    for path in set(scratch.iterdir()) - notes:
        path.unlink(missing_ok=True)
    for note in notes:
        remove_unknown(library, note.read_text(encoding="ascii").split())
        note.unlink()
    shutil.rmtree(scratch, ignore_errors=True)


def complete(library: Library, scratch: Path) -> None:
    """Do what a dead process could not: remove what it had written down and no row wants."""
    for note in scratch.rglob(f"*{UNSURE}"):
        contents = note.read_text(encoding="ascii").split()
        for sha256 in contents:
            for kind in _KINDS:
                library.files.bring_back(kind, sha256)
        remove_unknown(library, contents)
        note.unlink()

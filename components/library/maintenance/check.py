"""Compare the library's files with its rows, and repair differences."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, not_, select, union

from components.library.answers import HAS_WORDS
from components.library.db.input_tables import stored_inputs
from components.library.db.schema import IS_ANSWER, outputs, runs
from components.library.errors import explained
from components.library.files.content_store import digest, move_to_lost_and_found
from components.library.files.staging import IMPORT_PREFIX
from components.library.files.thumbnails import remake_thumbnail
from components.library.maintenance.recovery import UNFINISHED, WITHOUT_PROCESS, settle

if TYPE_CHECKING:
    from components.library.store import Library

# A file is stored shortly before its row. While runs or imports are active, files younger than this are not strays.
YOUNG_SECONDS = 3600.0


@dataclass(frozen=True)
class Finding:
    """One problem: its kind, a sentence for a person, and what was done about it ("" for nothing).

    Kinds: "no original", "changed original", "no thumbnail", "no answer", "no input", "stray original",
    "stray thumbnail", "open run", "leftover".
    """

    kind: str
    what: str
    done: str = ""


@dataclass(frozen=True)
class Report:
    """The number of images (`outputs`) and files that were checked, and the findings."""

    outputs: int
    files: int
    findings: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """Whether there are no findings."""
        return not self.findings


def check_library(library: Library, *, repair: bool = False, thorough: bool = False) -> Report:
    """Compare files and rows. `thorough` reads every original and compares its SHA-256; else only sizes are compared.

    `repair` creates missing thumbnails and settles the runs of dead processes. It moves the row of an output whose
    original or text is missing or changed to `lost-and-found/rows.jsonl`, and changed and stray originals to
    `lost-and-found`; no original is deleted. A missing input is only reported. An input without a row is not a finding:
    inputs are stored when a person adds them, before any run.

    Raises LibraryUnavailable.
    """
    with explained(library.folder):
        # Files are listed before the rows are read. A listed file without a row belongs to an unfinished run, or has
        # its row when `_strays` checks again.
        files = {kind: sorted((library.folder / kind).glob("*/*")) for kind in ("originals", "thumbnails")}
        with library.engine.connect() as connection:
            rows = connection.execute(select(outputs).where(not_(IS_ANSWER))).all()
            without_text = select(outputs).join(runs, runs.c.id == outputs.c.run_id).where(IS_ANSWER, not_(HAS_WORDS))
            empty = connection.execute(without_text).all()
            missing = select(*(stored_inputs.c[name] for name in ("kind", "of", "name", "sha256")))
            kept = connection.execute(missing).all()
            unfinished = connection.execute(select(runs.c.id, runs.c.process).where(runs.c.state.in_(UNFINISHED))).all()
        alive, leftovers = library.process_lock.alive_and_dead()
        imports = {path.parent.name for path in library.scratch.parent.glob(f"*/{IMPORT_PREFIX}*")}
        busy = bool(imports & alive) or any(row.process in alive | set(WITHOUT_PROCESS) for row in unfinished)
        findings = [finding for row in rows for finding in _output(library, row, repair, thorough)]
        findings += [_no_answer(library, row, repair) for row in empty]
        findings += [_no_input(row) for row in kept if library.file("input", row.sha256) is None]
        with library.engine.connect() as connection:
            # A file that is also an input stays when its output is deleted.
            known = set(connection.execute(union(select(outputs.c.sha256), select(stored_inputs.c.sha256))).scalars())
        findings += _strays(library, files, known, repair=repair, busy=busy)
        findings += [_open_run(row, repair) for row in unfinished if row.process not in alive | set(WITHOUT_PROCESS)]
        findings += [_leftover(folder, repair) for folder in leftovers]
        if repair:
            settle(library)
    return Report(len(rows), sum(map(len, files.values())), tuple(findings))


def _output(library: Library, row: Row[Any], repair: bool, thorough: bool) -> Iterator[Finding]:
    path = library.file("original", row.sha256)
    if path is None:
        yield Finding("no original", f"Output {row.id} has no file.", _drop_row(library, row) if repair else "")
    elif path.stat().st_size != row.bytes or (thorough and digest(path) != row.sha256):
        done = ""
        if repair:
            done = f"{_drop_row(library, row)}; its file moved to lost-and-found"
            with suppress(FileNotFoundError):  # another row with the same content was handled first
                move_to_lost_and_found(library.folder, path)
        yield Finding("changed original", f"The file of output {row.id} has changed.", done)
    elif row.format != "svg" and not _is_complete(library.file("thumbnail", row.sha256)):
        done = remake_thumbnail(library, path, row.sha256) if repair else ""
        yield Finding("no thumbnail", f"Output {row.id} has no thumbnail.", done)


def _no_answer(library: Library, row: Row[Any], repair: bool) -> Finding:
    return Finding("no answer", f"Output {row.id} has no text.", _drop_row(library, row) if repair else "")


def _no_input(row: Row[Any]) -> Finding:
    return Finding("no input", f"The input {row.name} of {row.kind} {row.of} has no file.")


def _open_run(row: Row[Any, Any], repair: bool) -> Finding:
    return Finding("open run", f"Run {row.id} never ended.", "marked as interrupted" if repair else "")


def _leftover(folder: Path, repair: bool) -> Finding:
    return Finding("leftover", f"Scratch folder {folder.name} belongs to no process.", "settled" if repair else "")


def _is_complete(path: Path | None) -> bool:
    # Thumbnails are not synced, so after a power cut one may be empty.
    return path is not None and path.stat().st_size > 0


def _drop_row(library: Library, row: Row[Any]) -> str:
    folder = library.folder / "lost-and-found"
    folder.mkdir(exist_ok=True)
    with (folder / "rows.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(dict(row._mapping), ensure_ascii=False) + "\n")
    with library.engine.begin() as connection:
        connection.execute(delete(outputs).where(outputs.c.id == row.id))
    return "row moved to lost-and-found/rows.jsonl"


def _strays(
    library: Library, files: dict[str, list[Path]], known: set[str], *, repair: bool, busy: bool
) -> Iterator[Finding]:
    for kind, paths in files.items():
        name = kind.removesuffix("s")
        for path in paths:
            if path.stem in known or not path.exists() or (busy and time.time() - path.stat().st_mtime < YOUNG_SECONDS):
                continue
            if library.known_content(path.stem):
                continue
            done = ""
            if repair and name == "original":
                move_to_lost_and_found(library.folder, path)
                done = "moved to lost-and-found"
            elif repair:
                path.unlink(missing_ok=True)
                done = "removed"
            yield Finding(f"stray {name}", f"File {path.name} belongs to no output.", done)

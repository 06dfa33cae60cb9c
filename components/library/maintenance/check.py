"""Compare the library's files with its rows, and repair differences."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, delete, not_, select, union

from components.library.answers import HAS_WORDS
from components.library.db.schema import IS_ANSWER, outputs, runs
from components.library.db.tables.input_tables import stored_inputs
from components.library.errors import explained
from components.library.files.file_store import StoredFile
from components.library.files.staging import IMPORT_PREFIX
from components.library.files.thumbnails import remake_thumbnail
from components.library.maintenance.recovery import UNFINISHED, WITHOUT_PROCESS, settle
from components.library.store import Library

_LISTED = ("original", "thumbnail")
_Listed = Mapping[str, Mapping[str, StoredFile]]

# A file is stored shortly before its row. While runs or imports are active, files younger than this are not strays.
YOUNG_SECONDS = 3600.0


@dataclass(frozen=True)
class CheckFinding:
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
    findings: tuple[CheckFinding, ...]

    @property
    def is_clean(self) -> bool:
        """Return whether there are no findings."""
        return not self.findings


def check_library(library: Library, *, repair: bool = False, thorough: bool = False) -> Report:
    """Compare files and rows. `thorough` reads every original and compares its SHA-256; else only sizes are compared.

    `repair` creates missing thumbnails and settles the runs of dead processes. It moves the row of an output whose
    original or text is missing or changed to `lost-and-found/rows.jsonl`, and changed and stray originals to
    `lost-and-found`; no original is deleted. A missing input is only reported. An input without a row is not a finding:
    inputs are stored when a person adds them, before any run.

    Raise LibraryUnavailable.
    """
    with explained(library.folder):
        # Files are listed before the rows are read. A listed file without a row belongs to an unfinished run, or has
        # its row when `_strays` checks again.
        files = {kind: {one.sha256: one for one in library.files.listing(kind)} for kind in _LISTED}
        with library.engine.connect() as connection:
            rows = connection.execute(select(outputs).where(not_(IS_ANSWER))).all()
            without_text = select(outputs).join(runs, runs.c.id == outputs.c.run_id).where(IS_ANSWER, not_(HAS_WORDS))
            empty = connection.execute(without_text).all()
            missing = select(*(stored_inputs.c[name] for name in ("kind", "of", "name", "sha256")))
            kept = connection.execute(missing).all()
            unfinished = connection.execute(select(runs.c.id, runs.c.process).where(runs.c.state.in_(UNFINISHED))).all()
        alive, leftovers = library.process_lock.alive_and_dead()
        imports = {path.parent.name for path in library.staging.parent.glob(f"*/{IMPORT_PREFIX}*")}
        busy = bool(imports & alive) or any(row.process in alive | set(WITHOUT_PROCESS) for row in unfinished)
        findings = [finding for row in rows for finding in _output(library, row, files, repair, thorough)]
        findings += [_no_answer(library, row, repair) for row in empty]
        stored = {one.sha256 for one in library.files.listing("input")} if kept else set()
        lost = (row for row in kept if row.sha256 not in stored and library.files.info("input", row.sha256) is None)
        findings += [_no_input(row) for row in lost]
        with library.engine.connect() as connection:
            # A file that is also an input stays when its output is deleted.
            known = set(connection.execute(union(select(outputs.c.sha256), select(stored_inputs.c.sha256))).scalars())
        findings += _strays(library, files, known, repair=repair, busy=busy)
        findings += [_open_run(row, repair) for row in unfinished if row.process not in alive | set(WITHOUT_PROCESS)]
        findings += [_leftover(folder, repair) for folder in leftovers]
        if repair:
            settle(library)
    return Report(len(rows), sum(map(len, files.values())), tuple(findings))


def _output(library: Library, row: Row[Any], files: _Listed, repair: bool, thorough: bool) -> Iterator[CheckFinding]:
    store = library.files
    # A file that is not listed may have been stored since.
    original = files["original"].get(row.sha256) or store.info("original", row.sha256)
    thumbnail = files["thumbnail"].get(row.sha256) or store.info("thumbnail", row.sha256)
    if original is None:
        yield CheckFinding("no original", f"Output {row.id} has no file.", _drop_row(library, row) if repair else "")
    elif original.bytes != row.bytes or (thorough and store.digest("original", row.sha256) != row.sha256):
        done = ""
        if repair:
            done = f"{_drop_row(library, row)}; its file moved to lost-and-found"
            with suppress(FileNotFoundError):  # another row with the same content was handled first
                store.set_aside("original", row.sha256)
        yield CheckFinding("changed original", f"The file of output {row.id} has changed.", done)
    elif row.format != "svg" and (thumbnail is None or not thumbnail.bytes):  # not synced: a power cut may empty it
        path = store.find("original", row.sha256) if repair else None
        done = remake_thumbnail(library, path, row.sha256) if path is not None else ""
        yield CheckFinding("no thumbnail", f"Output {row.id} has no thumbnail.", done)


def _no_answer(library: Library, row: Row[Any], repair: bool) -> CheckFinding:
    return CheckFinding("no answer", f"Output {row.id} has no text.", _drop_row(library, row) if repair else "")


def _no_input(row: Row[Any]) -> CheckFinding:
    return CheckFinding("no input", f"The input {row.name} of {row.kind} {row.of} has no file.")


def _open_run(row: Row[Any, Any], repair: bool) -> CheckFinding:
    return CheckFinding("open run", f"Run {row.id} never ended.", "marked as interrupted" if repair else "")


def _leftover(folder: Path, repair: bool) -> CheckFinding:
    return CheckFinding("leftover", f"Staging folder {folder.name} belongs to no process.", "settled" if repair else "")


def _drop_row(library: Library, row: Row[Any]) -> str:
    folder = library.folder / "lost-and-found"
    folder.mkdir(exist_ok=True)
    with (folder / "rows.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(dict(row._mapping), ensure_ascii=False) + "\n")
    with library.engine.begin() as connection:
        connection.execute(delete(outputs).where(outputs.c.id == row.id))
    return "row moved to lost-and-found/rows.jsonl"


def _strays(library: Library, files: _Listed, known: set[str], *, repair: bool, busy: bool) -> Iterator[CheckFinding]:
    for kind, listed in files.items():
        for sha256 in listed.keys() - known:
            file = library.files.info(kind, sha256)
            if file is None or (busy and time.time() - file.touched < YOUNG_SECONDS) or library.known_content(sha256):
                continue
            done = ""
            if repair and kind == "original":
                library.files.set_aside(kind, sha256)
                done = "moved to lost-and-found"
            elif repair:
                library.files.remove(kind, sha256, lambda _, sha256=sha256: library.known_content(sha256))  # type: ignore[misc]
                done = "removed"
            yield CheckFinding(f"stray {kind}", f"File {sha256} belongs to no output.", done)

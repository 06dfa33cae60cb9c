"""Imports an archive of outputs and runs. Nothing in it is trusted, and what is there already stays as it is.

As when a run saves a picture, files are whole and synced before their rows, and a run's rows come in one
transaction: whatever stops an import in the middle, the next one of the same archive completes it.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from sqlalchemy import Connection, insert, select, update

from components.images.probe import ImageInfo, NotAnImage, inspect
from components.library.answers import answer_id, keep_answers
from components.library.archive.columns import MOST_OUTPUTS, ManifestError
from components.library.archive.manifest import MANIFEST, VERSION, VERSION_KEY
from components.library.archive.unpack import ArchiveRefused, Unpacker, open_archive
from components.library.archive.validation import (
    FoundInput,
    FoundOutput,
    checked_list,
    parse_input,
    parse_output,
    parse_run,
)
from components.library.db.row_schema import MOST_INPUTS
from components.library.db.schema import collection_outputs, collections, inputs, output_tags, outputs, runs
from components.library.errors import LibraryUnavailable, explained
from components.library.files.commit import commit_image
from components.library.files.content_store import extension
from components.library.files.orphan_journal import abandon, record_contents
from components.library.files.staging import IMPORT_PREFIX
from components.library.maintenance.recovery import UNFINISHED

if TYPE_CHECKING:
    from components.library.store import Library

__all__ = ["ArchiveRefused", "Imported", "import_zip"]

MOST_PARTS = 1000
MOST_RUNS = 1_000_000
_PART = re.compile(r"manifest-[0-9]{1,4}\.json")


@dataclass(frozen=True)
class Imported:
    """What an import did: runs and outputs that are new, outputs that were there, and sentences on what was refused.

    `answers` is how many of the new outputs are no pictures.
    """

    runs: int
    outputs: int
    known: int
    refused: tuple[str, ...]
    answers: int = 0


@dataclass(frozen=True)
class _Staged:
    """An output whose file has been unpacked and looked at."""

    found: FoundOutput
    file: Path
    thumbnail: Path
    picture: ImageInfo


def import_zip(library: Library, path: Path) -> Imported:
    """Take in what an archive has and the library has not.

    Raises ArchiveRefused when it is no archive of the Image Workbench, LibraryUnavailable when the library cannot
    take it; what was taken in by then stays.
    """
    with open_archive(path) as archive, explained(library.folder):
        work = _Import(library, archive, path.stat().st_size)
        try:
            return work.run()
        finally:
            with suppress(LibraryUnavailable), explained(library.folder):
                abandon(library, work.scratch)


class _Import:
    def __init__(self, library: Library, archive: ZipFile, size: int) -> None:
        self.scratch = library.scratch / f"{IMPORT_PREFIX}{secrets.token_hex(8)}"
        self._library = library
        self._unpacker = Unpacker(library, archive, size)
        self.scratch.mkdir()
        self._inputs: dict[str, ImageInfo | None] = {}
        self._refused: list[str] = []
        self._runs = self._outputs = self._known = self._answers = 0

    def run(self) -> Imported:
        """Import all that the manifest names."""
        try:
            manifest = self._unpacker.manifest(MANIFEST)
            version = manifest.get(VERSION_KEY)
            if not isinstance(version, int) or isinstance(version, bool) or version < 1:
                raise ArchiveRefused("This ZIP holds no archive of the Image Workbench.")
            if version > VERSION:
                raise ArchiveRefused("This archive was made by a newer version of the Image Workbench.")
            parts = checked_list(manifest.get("parts"), MOST_PARTS, "What its manifest says of parts")
            checked_list(manifest.get("runs"), MOST_RUNS, "What its manifest says of runs")
        except ManifestError as refusal:
            raise ArchiveRefused(f"This is no archive of the Image Workbench. {refusal}") from refusal
        for name in dict.fromkeys(one for one in parts if isinstance(one, str) and _PART.fullmatch(one)):
            try:
                self._take_all(self._unpacker.manifest(name))
            except ManifestError as refusal:
                self._refused.append(f"A part of the manifest is left out. {refusal}")
        self._take_all(manifest)
        return Imported(self._runs, self._outputs, self._known, tuple(self._refused), self._answers)

    def _take_all(self, manifest: dict[str, Any]) -> None:
        for entry in checked_list(manifest.get("runs"), MOST_RUNS, "What its manifest says of runs"):
            try:
                self._take(entry)
            except ManifestError as refusal:
                self._refused.append(str(refusal))

    # Taking in

    def _take(self, entry: Any) -> None:
        """Take one run in, or what a run that is there lacks."""
        values = parse_run(entry)
        run_id = values["id"]
        named = checked_list(entry.get("outputs"), MOST_OUTPUTS, f"Run {run_id}: what the manifest says of outputs")
        with self._library.engine.connect() as connection:
            state, there = _there(connection, run_id)
        staged: list[_Staged] = []
        wanted = dict[str, FoundOutput]()
        for one in named:
            with self._refusing():
                found = parse_output(run_id, one)
                if self._is_new(found, state, there) and wanted.setdefault(found.id, found) is not found:
                    raise ManifestError(f"Output {found.id} is in the manifest twice; only the first is taken.")
        answer = wanted.pop(answer_id(run_id), None)
        for place, found in enumerate(wanted.values()):
            with self._refusing(f"Output {found.id} is not taken. "):
                file = self.scratch / str(place)
                small = file.with_suffix(".small")
                picture = self._unpacker.picture(found.file, found.sha256, file, small)
                staged.append(_Staged(found, file, small, picture))
        if state is None or staged:
            rows = self._input_rows(run_id, entry) if state is None else []
            note = record_contents(self.scratch, (whole.found.sha256 for whole in staged))
            with ExitStack() as filing:
                for whole in staged:
                    of = whole.file, whole.found.sha256, whole.picture, whole.thumbnail
                    filing.enter_context(commit_image(self._library, *of))
                self._write(values, rows, staged, answer)
            note.unlink()

    def _is_new(self, found: FoundOutput, state: str | None, there: dict[str, str]) -> bool:
        if found.id in there:
            if there[found.id] != found.sha256:
                raise ManifestError(f"Output {found.id} is in the library with other content, which stays as it is.")
            self._known += 1
            return False
        if state in UNFINISHED:
            raise ManifestError(f"Output {found.id} is not taken: its run is still under way here.")
        if state is not None and not found.sha256:
            raise ManifestError(f"Output {found.id} is not taken: its run is in the library without an answer.")
        return True

    @contextmanager
    def _refusing(self, before: str = "") -> Iterator[None]:
        try:
            yield
        except ManifestError as refusal:
            self._refused.append(f"{before}{refusal}")

    def _input_rows(self, run_id: str, entry: dict[str, Any]) -> list[dict[str, Any]]:
        rows: dict[tuple[str, int], dict[str, Any]] = {}
        for one in checked_list(entry.get("inputs"), MOST_INPUTS, f"Run {run_id}: what the manifest says of inputs"):
            with self._refusing():
                found = parse_input(run_id, one)
                picture = self._keep_input(found)
                if picture is None:
                    continue
                kind = "svg+xml" if picture.format == "svg" else picture.format
                rows[found.role, found.position] = {
                    "run_id": run_id,
                    "role": found.role,
                    "position": found.position,
                    "sha256": found.sha256,
                    "name": found.name,
                    "content_type": f"image/{kind}"[:64],
                    **{name: getattr(picture, name) for name in ("width", "height", "bytes", "has_alpha")},
                }
        return list(rows.values())

    def _keep_input(self, found: FoundInput) -> ImageInfo | None:
        """What an input is, its file in the library afterwards; None for one that cannot be had."""
        if found.sha256 in self._inputs:
            return self._inputs[found.sha256]
        file = self.scratch / "input"
        picture: ImageInfo | None = None
        try:
            picture = self._unpacker.picture(found.file, found.sha256, file)
            self._library.files.adopt(file, "input", found.sha256, extension(picture.format))
        except ManifestError as refusal:
            kept = self._library.file("input", found.sha256)
            if kept is None:
                self._refused.append(f"An input, {found.name or found.sha256}, is not taken. {refusal}")
            else:
                with self._refusing(), _readable():
                    picture = inspect(kept, max_pixels=self._library.max_pixels)
        self._inputs[found.sha256] = picture
        return picture

    def _write(
        self,
        values: dict[str, Any],
        input_rows: list[dict[str, Any]],
        staged: list[_Staged],
        answer: FoundOutput | None,
    ) -> None:
        """Write a run's rows, in one transaction; another import may have been faster with some."""
        with self._library.process_lock.exclusive(), self._library.engine.begin() as connection:
            state, there = _there(connection, values["id"])
            if state is None:
                connection.execute(insert(runs).values(**values, imported_at=time.time()))
                if input_rows:
                    connection.execute(insert(inputs), input_rows)
            new = [one for one in staged if one.found.id not in there]
            for one in new:
                _insert_output(connection, one)
            # Whatever the manifest says of an answer, there is one where the run has words.
            answers = keep_answers(connection, runs.c.id == values["id"]) if state is None else 0
            if answer is not None and answers:
                _mark_answer(connection, answer)
        if answer is not None and state is None and not answers:
            self._refused.append(f"Output {answer.id} is not taken: its run has no answer.")
        self._runs += state is None
        self._outputs += len(new) + answers
        self._answers += answers
        self._known += len(staged) - len(new)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except NotAnImage as refusal:
        raise ManifestError(str(refusal)) from refusal


def _there(connection: Connection, run_id: str) -> tuple[str | None, dict[str, str]]:
    """A run's state, None when there is no such run, and its outputs' contents by their ids."""
    state = connection.execute(select(runs.c.state).where(runs.c.id == run_id)).scalar_one_or_none()
    found = connection.execute(select(outputs.c.id, outputs.c.sha256).where(outputs.c.run_id == run_id))
    return state, {row.id: row.sha256 for row in found}


def _insert_output(connection: Connection, one: _Staged) -> None:
    found, picture, now = one.found, one.picture, time.time()
    of_file = {name: getattr(picture, name) for name in ("format", "width", "height", "frames", "has_alpha", "bytes")}
    # What was in the bin there is in the bin here, but its time in it begins anew.
    binned = now if found.values["deleted_at"] else None
    connection.execute(insert(outputs).values(**{**found.values, **of_file, "deleted_at": binned}))
    _insert_marks(connection, found, now)


def _mark_answer(connection: Connection, found: FoundOutput) -> None:
    now = time.time()
    values = {**found.values, **({"deleted_at": now} if "deleted_at" in found.values else {})}
    connection.execute(update(outputs).where(outputs.c.id == found.id).values(**values))
    _insert_marks(connection, found, now)


def _insert_marks(connection: Connection, found: FoundOutput, now: float) -> None:
    if found.tags:
        connection.execute(insert(output_tags), [{"tag": tag, "output_id": found.id} for tag in found.tags])
    for name in found.collections:
        query = select(collections.c.id).where(collections.c.name == name).order_by(collections.c.created).limit(1)
        collection_id = connection.execute(query).scalar()
        if collection_id is None:
            collection_id = secrets.token_hex(16)
            connection.execute(insert(collections).values(id=collection_id, name=name, created=now))
        values = {"collection_id": collection_id, "output_id": found.id, "added": now}
        connection.execute(insert(collection_outputs).values(**values))

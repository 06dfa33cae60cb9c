"""Import an archive of outputs and runs. Nothing in it is trusted, and existing rows and files never change.

Files are synced before their rows are inserted, and a run's rows are inserted in one transaction. After an interrupted
import, importing the same archive again completes it.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from sqlalchemy import Connection, insert, select

from components.images.decoding.probe import ImageInfo, NotAnImage, inspect
from components.library.answers import answer_id, keep_answers
from components.library.archive.columns import MOST_OUTPUTS, ManifestError
from components.library.archive.inserts import insert_output, mark_answer
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
from components.library.db.schema import inputs, outputs, runs
from components.library.errors import LibraryUnavailable, explained
from components.library.files.commit import commit_image
from components.library.files.content_store import extension
from components.library.files.orphan_journal import abandon, record_contents
from components.library.files.staging import IMPORT_PREFIX
from components.library.maintenance.recovery import UNFINISHED
from components.library.store import Library
from components.library.visible.visible_library import VisibleLibrary
from components.team.people import Person

__all__ = ["ArchiveRefused", "Imported", "import_zip"]

MOST_PARTS = 1000
MOST_RUNS = 1_000_000
# The same for what is another's and for what is hidden.
_TAKEN = "{} was not imported: its id is in use."
_PART = re.compile(r"manifest-[0-9]{1,4}\.json")


@dataclass(frozen=True)
class Imported:
    """The result of an import: the numbers of new runs and outputs and of known outputs, and messages on refusals.

    `answers` is how many of the new outputs are texts.
    """

    runs: int
    outputs: int
    known: int
    refused: tuple[str, ...]
    answers: int = 0


@dataclass(frozen=True)
class _Staged:
    """An output whose file has been unpacked and checked."""

    found: FoundOutput
    file: Path
    thumbnail: Path
    image: ImageInfo


def import_zip(library: Library, path: Path, person: Person | None = None) -> Imported:
    """Import the runs and outputs of an archive that the library does not have.

    For a `person` who signed in: what they cannot see is neither used nor named, what is another's is not changed, and
    unless they are an admin the runs are theirs, whoever the archive says.
    Raise ArchiveRefused if the file is not an archive of the Image Workbench, and LibraryUnavailable if the library
    cannot be written; everything imported by then is kept.
    """
    with open_archive(path) as archive, explained(library.folder):
        work = _Import(library, archive, path.stat().st_size, person if person and person.is_verified else None)
        try:
            return work.run()
        finally:
            with suppress(LibraryUnavailable), explained(library.folder):
                abandon(library, work.staging)


class _Import:
    def __init__(self, library: Library, archive: ZipFile, size: int, person: Person | None) -> None:
        self.staging = library.staging / f"{IMPORT_PREFIX}{secrets.token_hex(8)}"
        self._library = library
        self._person = person
        self._seen = library if person is None else VisibleLibrary(library, person)
        self._unpacker = Unpacker(library, archive, size)
        self.staging.mkdir()
        self._inputs: dict[str, ImageInfo | None] = {}
        self._refused: list[str] = []
        self._runs = self._outputs = self._known = self._answers = 0

    def run(self) -> Imported:
        """Import everything that the manifest lists."""
        try:
            manifest = self._unpacker.manifest(MANIFEST)
            version = manifest.get(VERSION_KEY)
            if not isinstance(version, int) or isinstance(version, bool) or version < 1:
                raise ArchiveRefused("This ZIP is not an archive of the Image Workbench.")
            if version > VERSION:
                raise ArchiveRefused("This archive was created by a newer version of the Image Workbench.")
            parts = checked_list(manifest.get("parts"), MOST_PARTS, "The manifest's list of parts")
            checked_list(manifest.get("runs"), MOST_RUNS, "The manifest's list of runs")
        except ManifestError as refusal:
            raise ArchiveRefused(f"This is not an archive of the Image Workbench. {refusal}") from refusal
        for name in dict.fromkeys(one for one in parts if isinstance(one, str) and _PART.fullmatch(one)):
            try:
                self._import_runs(self._unpacker.manifest(name))
            except ManifestError as refusal:
                self._refused.append(f"A part of the manifest was skipped. {refusal}")
        self._import_runs(manifest)
        return Imported(self._runs, self._outputs, self._known, tuple(self._refused), self._answers)

    def _import_runs(self, manifest: dict[str, Any]) -> None:
        for entry in checked_list(manifest.get("runs"), MOST_RUNS, "The manifest's list of runs"):
            try:
                self._import_run(entry)
            except ManifestError as refusal:
                self._refused.append(str(refusal))

    def _import_run(self, entry: Any) -> None:
        """Import a run, or the outputs that a known run lacks."""
        values = parse_run(entry)
        run_id = values["id"]
        if self._person is not None and not self._person.is_admin:
            values["owner"] = self._person.id
        named = checked_list(entry.get("outputs"), MOST_OUTPUTS, f"Run {run_id}: its list of outputs")
        with self._library.engine.connect() as connection:
            state, known = _known_run(connection, run_id)
        may_add = state is None or self._may_add(run_id)
        staged: list[_Staged] = []
        wanted = dict[str, FoundOutput]()
        for one in named:
            with self._refusing():
                found = parse_output(run_id, one)
                if self._is_new(found, state, known, may_add) and wanted.setdefault(found.id, found) is not found:
                    raise ManifestError(f"Output {found.id} is in the manifest twice; only the first was imported.")
        answer = wanted.pop(answer_id(run_id), None)
        for number, found in enumerate(wanted.values()):
            with self._refusing(f"Output {found.id} was not imported. "):
                file = self.staging / str(number)
                small = file.with_suffix(".small")
                image = self._unpacker.image(found.file, found.sha256, file, small)
                staged.append(_Staged(found, file, small, image))
        if state is None or staged:
            rows = self._input_rows(run_id, entry) if state is None else []
            journal = record_contents(self.staging, (one.found.sha256 for one in staged))
            with ExitStack() as filing:
                for one in staged:
                    of = one.file, one.found.sha256, one.image, one.thumbnail
                    filing.enter_context(commit_image(self._library, *of))
                self._write(values, rows, staged, answer)
            journal.unlink()

    def _may_add(self, run_id: str) -> bool:
        """Return whether the person may change a known run. Raise ManifestError for one that they do not see."""
        if self._person is None:
            return True
        run = self._seen.run(run_id)
        if run is None:
            raise ManifestError(_TAKEN.format(f"Run {run_id}"))
        return self._person.may_change(run.owner)

    def _is_new(self, found: FoundOutput, state: str | None, known: dict[str, str], may_add: bool) -> bool:
        if found.id in known:
            if known[found.id] != found.sha256:
                raise ManifestError(f"Output {found.id} is in the library with other content, which was kept.")
            self._known += 1
            return False
        if not may_add:
            raise ManifestError(_TAKEN.format(f"Output {found.id}"))
        if state in UNFINISHED:
            raise ManifestError(f"Output {found.id} was not imported: its run is still under way here.")
        if state is not None and not found.sha256:
            raise ManifestError(f"Output {found.id} was not imported: its run is in the library without an answer.")
        return True

    @contextmanager
    def _refusing(self, before: str = "") -> Iterator[None]:
        try:
            yield
        except ManifestError as refusal:
            self._refused.append(f"{before}{refusal}")

    def _input_rows(self, run_id: str, entry: dict[str, Any]) -> list[dict[str, Any]]:
        rows: dict[tuple[str, int], dict[str, Any]] = {}
        for one in checked_list(entry.get("inputs"), MOST_INPUTS, f"Run {run_id}: its list of inputs"):
            with self._refusing():
                found = parse_input(run_id, one)
                image = self._keep_input(found)
                if image is None:
                    continue
                kind = "svg+xml" if image.format == "svg" else image.format
                rows[found.role, found.position] = {
                    "run_id": run_id,
                    "role": found.role,
                    "position": found.position,
                    "sha256": found.sha256,
                    "name": found.name,
                    "content_type": f"image/{kind}"[:64],
                    **{name: getattr(image, name) for name in ("width", "height", "bytes", "has_alpha")},
                }
        return list(rows.values())

    def _keep_input(self, found: FoundInput) -> ImageInfo | None:
        """Store an input's file and return what it is; None if it is not available."""
        if found.sha256 in self._inputs:
            return self._inputs[found.sha256]
        file = self.staging / "input"
        image: ImageInfo | None = None
        try:
            image = self._unpacker.image(found.file, found.sha256, file)
            self._library.files.adopt(file, "input", found.sha256, extension(image.format))
        except ManifestError as refusal:
            kept = self._seen.file("input", found.sha256)
            if kept is None:
                self._refused.append(f"An input, {found.name or found.sha256}, was not imported. {refusal}")
            else:
                with self._refusing(), _readable():
                    image = inspect(kept, max_pixels=self._library.max_pixels)
        self._inputs[found.sha256] = image
        return image

    def _write(
        self,
        values: dict[str, Any],
        input_rows: list[dict[str, Any]],
        staged: list[_Staged],
        answer: FoundOutput | None,
    ) -> None:
        """Insert a run's rows in one transaction, except those that a concurrent import has inserted."""
        with self._library.process_lock.exclusive(), self._library.engine.begin() as connection:
            state, known = _known_run(connection, values["id"])
            if state is not None and not self._may_add(values["id"]):
                raise ManifestError(_TAKEN.format(f"Run {values['id']}"))
            if state is None:
                connection.execute(insert(runs).values(**values, imported_at=time.time()))
                if input_rows:
                    connection.execute(insert(inputs), input_rows)
            new = [one for one in staged if one.found.id not in known]
            for one in new:
                insert_output(connection, one.found, one.image)
            # A run with text gets an answer, whether or not the manifest lists one.
            answers = keep_answers(connection, runs.c.id == values["id"]) if state is None else 0
            if answer is not None and answers:
                mark_answer(connection, answer)
        if answer is not None and state is None and not answers:
            self._refused.append(f"Output {answer.id} was not imported: its run has no answer.")
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


def _known_run(connection: Connection, run_id: str) -> tuple[str | None, dict[str, str]]:
    """Return a run's state, None for an unknown run, and the SHA-256 of its outputs by id."""
    state = connection.execute(select(runs.c.state).where(runs.c.id == run_id)).scalar_one_or_none()
    found = connection.execute(select(outputs.c.id, outputs.c.sha256).where(outputs.c.run_id == run_id))
    return state, {row.id: row.sha256 for row in found}

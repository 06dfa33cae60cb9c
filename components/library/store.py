"""The library: runs and outputs in SQL, originals and thumbnails as files.

An image's file is synced before its row is inserted, and its row is committed before anyone sees the image.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, insert, not_, select, update

from components.images.decoding.probe import ImageInfo
from components.library.answers import answer_id, keep_answers
from components.library.db.rows import in_micros, input_image, input_rows, run_row, stored_output, stored_run
from components.library.db.schema import IS_ANSWER, inputs, outputs, runs
from components.library.db.tables.input_tables import stored_inputs
from components.library.errors import LibraryUnavailable, explained
from components.library.files.commit import commit_image
from components.library.files.content_store import extension
from components.library.files.handle import LibraryHandle
from components.library.queries.recent import Owned, recent_runs
from components.library.records import IN_BATCH, RunSummary, StoredOutput, StoredRun
from components.library.team.admission import admit
from components.library.team.charges import settle, with_counters
from components.library.team.privacy import content_of, privacy_of
from components.parameters import Estimate, InputImage, Inputs, Request

ID_ENDS = {"composite": "-kept", "cutout": "-cut"}
MAX_PIXELS = 80_000_000


class Library(LibraryHandle):
    """A folder with a database and files. Threads and processes may share it."""

    def begin_run(
        self,
        run_id: str,
        request: Request,
        *,
        connection_id: str,
        connection_name: str,
        owner: str = "",
        parent_output: str | None = None,
        extra: Mapping[str, Any] | None = None,
        created: float | None = None,
        estimate: Estimate | None = None,
        process: str | None = None,
        is_private: bool = False,
        also: Callable[[Connection], None] | None = None,
    ) -> Request:
        """Insert a queued run with its inputs; return the request with the paths of the stored inputs.

        `estimate` is its expected cost. When `process` ends, this one without it, the run is interrupted. What follows
        something private of its owner is private too. `also` is done in the same transaction. Raise NotAllowed where
        the team's limits or budgets refuse the run, and LibraryUnavailable.
        """
        with explained(self.folder):
            request = replace(request, **vars(self.keep_inputs(request.inputs)))
            run = {
                **run_row(run_id, request, estimate),
                "connection_id": connection_id,
                "connection_name": connection_name,
                "owner": owner,
                "state": "queued",
                "process": process or self.process_lock.process,
                "created": time.time() if created is None else created,
                "parent_output": parent_output,
                "extra": dict(extra) if extra else None,
                **privacy_of(owner, is_private, parent_output, extra, content_of(request.inputs)),
            }

        def insert_run(connection: Connection) -> None:
            connection.execute(insert(runs).values(**run))
            if rows := input_rows(request.inputs, run_id=run_id):
                connection.execute(insert(inputs), rows)
            payer = {"owner": owner, "connection_id": connection_id, "created": run["created"]}
            admit(connection, run_id, request, estimate, **payer, is_in_batch=process == IN_BATCH)
            if also is not None:
                also(connection)

        with_counters(self, insert_run)
        return request

    def update_run(self, run_id: str, **values: Any) -> None:
        """Change columns of a run; `cost` is in dollars. When the run ends, its text becomes an output."""
        if "cost" in values:
            values["cost_micros"] = in_micros(values.pop("cost"))
        with explained(self.folder), self.engine.begin() as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(**values))
            if values.keys() & {"state", "text"}:
                keep_answers(connection, runs.c.id == run_id)
            if values.keys() & {"state", "cost_micros", "error"}:
                settle(connection, runs.c.id == run_id)

    def start_run(self, run_id: str, started: float) -> bool:
        """Write that a queued run is running; False if another process ended or has it, so that nothing may be sent."""
        mine = runs.c.process == self.process_lock.process
        is_queued = and_(runs.c.id == run_id, runs.c.state == "queued", mine)
        with explained(self.folder), self.engine.begin() as connection:
            begun = connection.execute(update(runs).where(is_queued).values(state="running", started=started))
        return bool(begun.rowcount)

    def run(self, run_id: str) -> StoredRun | None:
        """Return a run, or None."""
        with explained(self.folder), self.engine.connect() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
        return None if row is None else stored_run(row._mapping)

    def recent(
        self, *, operation: str | None = None, limit: int = 12, owned: Owned | None = None, fold_sheets: bool = False
    ) -> list[RunSummary]:
        """Return the newest runs with their first images, newest first; one person's with `owned`.

        Runs and answers in the trash are left out. With `fold_sheets` the newest run of a sheet stands for all of them.
        """
        with explained(self.folder), self.engine.connect() as connection:
            return recent_runs(connection, operation, limit, owned, fold_sheets=fold_sheets)

    def add_output(
        self,
        run_id: str,
        index: int,
        staged: Path,
        sha256: str,
        image: ImageInfo,
        *,
        thumbnail: Path | None,
        revised_prompt: str | None = None,
        role: str = "image",
        facts: Mapping[str, Any] | None = None,
        synced: bool = False,
    ) -> StoredOutput:
        """Store a finished staged file as a run's output: file, thumbnail and row; then remove it from staging.

        A second attempt completes a first one that failed after it had inserted the row. Raise LibraryUnavailable.
        """
        stored = StoredOutput(
            id=f"{run_id}-{index}{ID_ENDS.get(role, '')}",
            run_id=run_id,
            index=index,
            role=role,
            sha256=sha256,
            format=image.format,
            width=image.width,
            height=image.height,
            frames=image.frames,
            has_alpha=image.has_alpha,
            bytes=image.bytes,
            revised_prompt=revised_prompt,
            created=time.time(),
            facts=facts,
        )
        values = {**vars(stored), "position": stored.index}
        del values["index"]
        filing = commit_image(self, staged, sha256, image, thumbnail, synced=synced)
        same = select(outputs.c.id).where(outputs.c.id == stored.id, outputs.c.sha256 == sha256)
        with explained(self.folder), filing, self.engine.begin() as connection:
            if connection.execute(same).first() is None:
                connection.execute(insert(outputs).values(**values))
        return stored

    def outputs(self, run_id: str) -> list[StoredOutput]:
        """Return a run's images in order."""
        query = select(outputs).where(outputs.c.run_id == run_id, not_(IS_ANSWER))
        query = query.order_by(outputs.c.position, outputs.c.role.desc())
        with explained(self.folder), self.engine.connect() as connection:
            return [stored_output(row._mapping) for row in connection.execute(query)]

    def output(self, output_id: str) -> StoredOutput | None:
        """Return an image, or None."""
        return self._output(outputs.c.id == output_id, not_(IS_ANSWER))

    def answer(self, run_id: str) -> StoredOutput | None:
        """Return the output for the text of an ended run, or None; the text is the run's `text`."""
        return self._output(outputs.c.id == answer_id(run_id))

    def _output(self, *which: ColumnElement[bool]) -> StoredOutput | None:
        with explained(self.folder), self.engine.connect() as connection:
            row = connection.execute(select(outputs).where(*which)).one_or_none()
        return None if row is None else stored_output(row._mapping)

    def set_facts(self, output_id: str, facts: Mapping[str, Any]) -> None:
        """Store facts about an output."""
        with explained(self.folder), self.engine.begin() as connection:
            connection.execute(update(outputs).where(outputs.c.id == output_id).values(facts=dict(facts)))

    def keep_input(self, image: InputImage) -> InputImage:
        """Store an input image; return it with its path in the library.

        A file in staging is moved, any other is copied.
        """
        with explained(self.folder):
            return replace(image, path=self._keep_file(image))

    def keep_inputs(self, given: Inputs) -> Inputs:
        """Store input images with their mask and markup; return them with their paths in the library."""
        return Inputs(
            tuple(self.keep_input(image) for image in given.images),
            self.keep_input(given.mask) if given.mask else None,
            self.keep_input(given.markup) if given.markup else None,
        )

    def _keep_file(self, image: InputImage) -> Path:
        source, sha256 = image.path, image.sha256
        # A staged file that was stored before no longer exists at the image's path.
        is_stored = not source.exists() or self.files.owns(source)
        if is_stored:
            if (found := self.files.renew(sha256)) is not None:
                return found
            raise LibraryUnavailable(f"The image “{image.name}” is no longer in the library.", "Add it again.")
        suffix = extension(image.content_type.removeprefix("image/"))
        if source.parent == self.staging:
            try:
                return self.files.adopt(source, "input", sha256, suffix)
            except FileNotFoundError:
                # Another thread has just stored this file.
                if (found := self.files.find("input", sha256)) is None:
                    raise
                return found
        return self.files.copy_in(source, self.staging / f"{secrets.token_hex(8)}.copy", "input", sha256, suffix)

    def inputs(self, run_id: str) -> dict[str, list[InputImage]]:
        """Return a run's inputs by role: "image", "mask", "markup". Inputs without a file are omitted."""
        query = select(inputs).where(inputs.c.run_id == run_id).order_by(inputs.c.role, inputs.c.position)
        found: dict[str, list[InputImage]] = {}
        with explained(self.folder), self.engine.connect() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            path = self.file("input", row.sha256)
            if path is not None:
                found.setdefault(row.role, []).append(input_image(row._mapping, path))
        return found

    def input(self, sha256: str) -> InputImage | None:
        """Return an input with this content from any run or sheet; None if there is none or its file is missing."""
        path = self.file("input", sha256)
        query = select(stored_inputs).where(stored_inputs.c.sha256 == sha256).limit(1)
        with explained(self.folder), self.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if path is None or row is None else input_image(row._mapping, path)

    def file(self, kind: str, sha256: str) -> Path | None:
        """Return the file of a kind ("original", "thumbnail", "input") with this content on this disk, or None."""
        with explained(self.folder):
            return self.files.find(kind, sha256)

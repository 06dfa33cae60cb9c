"""The trash: outputs, and runs without outputs, are kept for TRASH_DAYS before they are deleted for good."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, func, not_, null, select, update

from components.library.db.chunks import chunks
from components.library.db.schema import ANSWER, ENDED, IN_TRASH, IS_ANSWER, RUN_IN_TRASH, outputs, runs, sheet_cells
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.library.files.orphan_journal import record_contents, remove_orphans
from components.library.files.unopened import remove_unopened


def failed_runs(library: LibraryHandle, before: float) -> list[str]:
    """Return the ids of runs without outputs that failed and were begun before a time (unix seconds).

    Runs of sheets stay: their cells would be empty. Raise LibraryUnavailable.
    """
    has_none = ~exists().where(outputs.c.run_id == runs.c.id)
    is_loose = ~exists().where(sheet_cells.c.run_id == runs.c.id)
    query = select(runs.c.id).where(
        runs.c.state == "failed", runs.c.created < before, runs.c.deleted_at.is_(None), not_(runs.c.purged)
    )
    with explained(library.folder), library.engine.connect() as connection:
        return list(connection.execute(query.where(has_none, is_loose)).scalars())


def move_to_trash(
    library: LibraryHandle, output_ids: Sequence[str], when: float | None = None, *, run_ids: Sequence[str] = ()
) -> None:
    """Move outputs, and ended runs without outputs, to the trash; other runs stay.

    `when` (unix seconds) is the time of deletion, now if None. Items already in the trash keep theirs. Raise
    LibraryUnavailable, and NotAllowed where one belongs to somebody else.
    """
    library.require_own("output", output_ids)
    library.require_own("run", run_ids)
    moment = time.time() if when is None else when
    with explained(library.folder), library.engine.begin() as connection:
        for piece in chunks(output_ids):
            shown = outputs.c.id.in_(piece), outputs.c.deleted_at.is_(None)
            connection.execute(update(outputs).where(*shown).values(deleted_at=moment))
        has_none = ~exists().where(outputs.c.run_id == runs.c.id)
        for piece in chunks(run_ids):
            ended = runs.c.id.in_(piece), runs.c.state.in_(ENDED), runs.c.deleted_at.is_(None), has_none
            connection.execute(update(runs).where(*ended).values(deleted_at=moment))


def restore_from_trash(library: LibraryHandle, output_ids: Sequence[str], *, run_ids: Sequence[str] = ()) -> None:
    """Restore outputs and runs from the trash. Raise LibraryUnavailable, and NotAllowed for those of others."""
    library.require_own("output", output_ids)
    library.require_own("run", run_ids)
    with explained(library.folder), library.engine.begin() as connection:
        for piece in chunks(output_ids):
            connection.execute(update(outputs).where(outputs.c.id.in_(piece), IN_TRASH).values(deleted_at=None))
        for piece in chunks(run_ids):
            connection.execute(update(runs).where(runs.c.id.in_(piece), RUN_IN_TRASH).values(deleted_at=None))


def count_trash(library: LibraryHandle, *, before: float | None = None) -> int:
    """Return the number of outputs in the trash, or of those moved there before a time. Raise LibraryUnavailable."""
    query = select(func.count()).select_from(outputs).where(IN_TRASH)
    if before is not None:
        query = query.where(outputs.c.deleted_at < before)
    with explained(library.folder), library.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def count_trashed_answers(library: LibraryHandle) -> int:
    """Return the number of answers in the trash. Raise LibraryUnavailable."""
    query = select(func.count()).select_from(outputs).where(IN_TRASH, IS_ANSWER)
    with explained(library.folder), library.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def count_trashed_runs(library: LibraryHandle) -> int:
    """Return the number of runs without outputs in the trash. Raise LibraryUnavailable."""
    query = select(func.count()).select_from(runs).where(RUN_IN_TRASH)
    with explained(library.folder), library.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def empty_trash(library: LibraryHandle, *, before: float | None = None) -> int:
    """Delete for good what was moved to the trash before a time (unix seconds), or everything in it.

    Return the number of deleted outputs. Rows are deleted first, then the files that no other output and no input
    refers to; after a crash in between, the next start removes the files. Runs keep their cost and the number of their
    deleted images. With an answer, its run's text is deleted; of a run in the trash, the server's answer too. A person
    who is not an admin empties only what is theirs. Raise LibraryUnavailable.
    """
    library, whose = library.purging()
    of_whom = [] if whose is None else [runs.c.owner == whose]
    purge = delete(outputs).where(IN_TRASH)
    if whose is not None:
        purge = purge.where(outputs.c.run_id.in_(select(runs.c.id).where(*of_whom)))
    if before is not None:
        purge = purge.where(outputs.c.deleted_at < before)
    with explained(library.folder):
        with library.engine.begin() as connection:
            rows = connection.execute(purge.returning(outputs.c.sha256, outputs.c.run_id, outputs.c.role)).all()
            counts = Counter(row.run_id for row in rows if row.role == "image")
            if counts:
                more = (
                    update(runs)
                    .where(runs.c.id == bindparam("of"))
                    .values(purged_count=runs.c.purged_count + bindparam("more"))
                )
                connection.execute(more, [{"of": run_id, "more": count} for run_id, count in counts.items()])
            for piece in chunks([row.run_id for row in rows if row.role == ANSWER]):
                _purge_runs(connection, runs.c.id.in_(piece))
            in_trash = [RUN_IN_TRASH, *of_whom]
            if before is not None:
                in_trash.append(runs.c.deleted_at < before)
            errors = connection.execute(select(runs.c.error).where(*in_trash)).scalars().all()
            _purge_runs(connection, *in_trash)
            contents = [row.sha256 for row in rows if row.role != ANSWER]
            journal = record_contents(library.staging, contents) if contents else None
        remove_orphans(library, contents)
        remove_unopened(library, errors)
        if journal is not None:
            journal.unlink()
    return len(rows)


def _purge_runs(connection: Connection, *which: ColumnElement[bool]) -> None:
    connection.execute(update(runs).where(*which).values(deleted_at=None, purged=True, text="", answer=null()))

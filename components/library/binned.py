"""The bin: outputs wait there for some weeks before their rows and files are thrown away for good."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, select, update

from components.library.errors import explained
from components.library.pieces import pieces
from components.library.schema import IN_BIN, outputs, runs
from components.library.unsure import remove_unknown, write_down

if TYPE_CHECKING:
    from components.library.store import Library

BIN_DAYS = 30


def put_in_bin(library: Library, output_ids: Sequence[str], when: float | None = None) -> None:
    """Put outputs into the bin. `when` is in unix seconds, now if None; for those that are there already it stays.

    Raises LibraryUnavailable.
    """
    moment = time.time() if when is None else when
    with explained(library.folder), library.engine.begin() as connection:
        for piece in pieces(output_ids):
            shown = outputs.c.id.in_(piece), outputs.c.deleted_at.is_(None)
            connection.execute(update(outputs).where(*shown).values(deleted_at=moment))


def take_from_bin(library: Library, output_ids: Sequence[str]) -> None:
    """Put outputs back where they were. Raises LibraryUnavailable."""
    with explained(library.folder), library.engine.begin() as connection:
        for piece in pieces(output_ids):
            connection.execute(update(outputs).where(outputs.c.id.in_(piece), IN_BIN).values(deleted_at=None))


def bin_size(library: Library) -> int:
    """How many outputs are in the bin. Raises LibraryUnavailable."""
    query = select(func.count()).select_from(outputs).where(IN_BIN)
    with explained(library.folder), library.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def empty_bin(library: Library, *, before: float | None = None) -> int:
    """Throw away for good what was put into the bin before a time (unix seconds), or all of it; gives how many.

    Rows go first, then the files that no other output and no input has as its content; after a crash in between the
    next start removes them. Runs stay with what they cost, and know how many of their pictures went. Raises
    LibraryUnavailable.
    """
    gone = delete(outputs).where(IN_BIN)
    if before is not None:
        gone = gone.where(outputs.c.deleted_at < before)
    with explained(library.folder):
        with library.engine.begin() as connection:
            rows = connection.execute(gone.returning(outputs.c.sha256, outputs.c.run_id, outputs.c.role)).all()
            counts = Counter(row.run_id for row in rows if row.role == "image")
            if counts:
                more = update(runs).where(runs.c.id == bindparam("of")).values(thrown=runs.c.thrown + bindparam("more"))
                connection.execute(more, [{"of": run_id, "more": count} for run_id, count in counts.items()])
            contents = [row.sha256 for row in rows]
            note = write_down(library.scratch, contents) if contents else None
        remove_unknown(library, contents)
        if note is not None:
            note.unlink()
    return len(rows)

"""Stored batches: written before anything is sent, so that a restart neither loses one nor sends it twice."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from components.library.cluster.notices import BATCH, notify
from components.library.db.dialects import is_postgresql
from components.library.db.tables.batch_table import sheet_batches
from components.library.errors import explained
from components.library.records import SheetBatch
from components.library.store import Library

NEW, CREATING, UNDER_WAY, ENDED = "new", "creating", "under_way", "ended"


def add_batch(library: Library, cells: Sequence[tuple[int, str]], *, expires: float, **values: str) -> SheetBatch:
    """Store a batch of which nothing was sent: `cells` are positions with the ids of their runs to be.

    `values` are sheet_id, connection_id, connection_name, base_url and owner.
    """
    batch = SheetBatch(
        id=f"{int(time.time() * 1000):011x}{secrets.token_hex(5)}",
        process=library.process_lock.process,
        state=NEW,
        created=time.time(),
        expires=expires,
        cells=tuple(cells),
        remote_id=None,
        problem="",
        cancelled_by=None,
        **values,
    )
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(insert(sheet_batches).values(**{**vars(batch), "cells": [list(one) for one in cells]}))
    return batch


def change_batch(library: Library, batch_id: str, **values: Any) -> None:
    """Change columns of a batch."""
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(update(sheet_batches).where(sheet_batches.c.id == batch_id).values(**values))


def cancel_batch(library: Library, batch_id: str, by: str) -> None:
    """Note who cancels a batch. The process that follows it learns it within a moment, where it listens for notices."""
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(update(sheet_batches).where(sheet_batches.c.id == batch_id).values(cancelled_by=by))
        if is_postgresql(library.engine):
            notify(connection, BATCH, batch_id)


def change_own_batch(library: Library, batch_id: str, **values: Any) -> bool:
    """Change columns of a batch of this process; return False, with nothing written, if it is another's by now."""
    where = sheet_batches.c.id == batch_id, sheet_batches.c.process == library.process_lock.process
    with explained(library.folder), library.engine.begin() as connection:
        return connection.execute(update(sheet_batches).where(*where).values(**values)).rowcount == 1


def end_own_batch(library: Library, batch_id: str, problem: str) -> bool:
    """Write that a batch of this process has ended; return False, with nothing written, if it is another's by now."""
    return change_own_batch(library, batch_id, state=ENDED, problem=problem)


def note_accepted(library: Library, batch_id: str, remote_id: str, expires: float) -> None:
    """Note under which id a batch's server has it, until a time in Unix seconds.

    It is this process's from here on: another one may have ended it as not sent meanwhile, and it will be billed.
    """
    values = {"state": UNDER_WAY, "remote_id": remote_id, "expires": expires, "problem": ""}
    change_batch(library, batch_id, process=library.process_lock.process, **values)


def is_own(library: Library, batch_id: str) -> bool:
    """Return whether this process follows a batch: another one may have taken it over."""
    batch = find_batch(library, batch_id)
    return batch is not None and batch.process == library.process_lock.process


def find_batch(library: Library, batch_id: str) -> SheetBatch | None:
    """Return a batch, or None for an unknown id."""
    return next(iter(_batches(library, sheet_batches.c.id == batch_id)), None)


def batches_of(library: Library, sheet_id: str) -> list[SheetBatch]:
    """Return the batches of a sheet, oldest first."""
    return _batches(library, sheet_batches.c.sheet_id == sheet_id)


def positions_in_batches(library: Library, sheet_id: str) -> set[int]:
    """Return the positions of a sheet's cells that are in batches which have not ended."""
    found = _batches(library, sheet_batches.c.sheet_id == sheet_id, sheet_batches.c.state != ENDED)
    return {position for batch in found for position, _ in batch.cells}


def open_batches(library: Library) -> list[SheetBatch]:
    """Return the batches that have not ended, oldest first."""
    return _batches(library, sheet_batches.c.state != ENDED)


def take_over(library: Library) -> list[SheetBatch]:
    """Make the open batches of dead processes those of this one, and return them."""
    with explained(library.folder), library.process_lock.exclusive():
        alive, _ = library.process_lock.alive_and_dead()
        found = [one for one in open_batches(library) if one.process not in alive]
        for batch in found:
            change_batch(library, batch.id, process=library.process_lock.process)
    return found


def take_from(library: Library, batch: SheetBatch) -> bool:
    """Make a batch this process's own, and clear its problem, which ends here; return whether this call did it.

    It does not if the batch has another process or problem by now.
    """
    where = (
        sheet_batches.c.id == batch.id,
        sheet_batches.c.process == batch.process,
        sheet_batches.c.problem == batch.problem,
    )
    values = {"process": library.process_lock.process, "problem": ""}
    with explained(library.folder), library.engine.begin() as connection:
        return connection.execute(update(sheet_batches).where(*where).values(**values)).rowcount == 1


def begin_creating(library: Library, batch_id: str) -> bool:
    """Note that a new batch is about to be created at its server; return False if it may not be.

    It was cancelled, or another process has taken it over, which then has said that nothing was sent.
    """
    where = (
        sheet_batches.c.id == batch_id,
        sheet_batches.c.process == library.process_lock.process,
        sheet_batches.c.state == NEW,
        sheet_batches.c.cancelled_by.is_(None),
    )
    with explained(library.folder), library.engine.begin() as connection:
        return connection.execute(update(sheet_batches).where(*where).values(state=CREATING)).rowcount == 1


def _batches(library: Library, *which: ColumnElement[bool]) -> list[SheetBatch]:
    query = select(sheet_batches).where(*which).order_by(sheet_batches.c.created, sheet_batches.c.id)
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query).all()
    return [
        SheetBatch(**{**row._mapping, "cells": tuple((int(one[0]), str(one[1])) for one in row.cells)}) for row in rows
    ]

"""Planned starts: cells of a sheet that are sent at a time, by whichever process can, and by one alone."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from components.library.cluster.notices import START, tell
from components.library.db.schema import sheet_cells
from components.library.db.tables.start_table import sheet_starts
from components.library.errors import explained
from components.library.records import SheetStart

if TYPE_CHECKING:
    from components.library.store import Library


def add_start(library: Library, positions: Sequence[int], **values: Any) -> SheetStart:
    """Store that cells are sent later; those that were left out wait from here on.

    `values` are the other fields but id, process and problem.
    """
    start_id = f"{int(time.time() * 1000):011x}{secrets.token_hex(5)}"
    start = SheetStart(id=start_id, positions=tuple(positions), process=None, problem="", **values)
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(insert(sheet_starts).values(**{**vars(start), "positions": list(positions)}))
        _let_wait(connection, start)
    return start


def _let_wait(connection: Connection, start: SheetStart) -> None:
    of_sheet = sheet_cells.c.sheet_id == start.sheet_id
    left_out = select(sheet_cells.c.position).where(
        of_sheet, sheet_cells.c.skipped != "", sheet_cells.c.recipe.is_not(None), sheet_cells.c.run_id.is_(None)
    )
    found = [{"at": one} for one in set(start.positions).intersection(connection.execute(left_out).scalars())]
    if found:
        change = update(sheet_cells).where(of_sheet, sheet_cells.c.position == bindparam("at"))
        connection.execute(change.values(skipped=""), found)


def starts_of(library: Library, sheet_id: str) -> list[SheetStart]:
    """Return the planned starts of a sheet, the next one first."""
    return _starts(library, sheet_starts.c.sheet_id == sheet_id)


def planned_starts(library: Library) -> list[SheetStart]:
    """Return all planned starts that no process works on, the next one first."""
    return _starts(library, sheet_starts.c.process.is_(None))


def claim_start(library: Library, start_id: str, now: float) -> bool:
    """Make a start that is due this process's own; return whether this call did it."""
    where = sheet_starts.c.id == start_id, sheet_starts.c.process.is_(None), sheet_starts.c.not_before <= now
    return _changed(library, *where, process=library.process_lock.process)


def release_start(library: Library, start_id: str, problem: str) -> None:
    """Let a start of this process wait again; `problem` says why it could not be done."""
    where = sheet_starts.c.id == start_id, sheet_starts.c.process == library.process_lock.process
    _changed(library, *where, process=None, problem=problem)


def end_start(library: Library, start_id: str) -> None:
    """Forget a start whose cells are sent."""
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(delete(sheet_starts).where(sheet_starts.c.id == start_id))


def start_at_once(library: Library, sheet_id: str) -> None:
    """Let the planned starts of a sheet be due now. Raise NotAllowed for somebody else's sheet."""
    library.require_own("sheet", [sheet_id])
    _changed(library, sheet_starts.c.sheet_id == sheet_id, sheet_starts.c.process.is_(None), not_before=time.time())
    tell(library, START, sheet_id)


def cancel_starts(library: Library, sheet_id: str) -> int:
    """Forget the planned starts of a sheet; return how many there were. Raise NotAllowed for somebody else's sheet."""
    library.require_own("sheet", [sheet_id])
    where = sheet_starts.c.sheet_id == sheet_id, sheet_starts.c.process.is_(None)
    with explained(library.folder), library.engine.begin() as connection:
        return connection.execute(delete(sheet_starts).where(*where)).rowcount


def take_over_starts(library: Library) -> None:
    """Let the starts wait again on which processes worked that are dead."""
    with explained(library.folder), library.process_lock.exclusive():
        alive, _ = library.process_lock.alive_and_dead()
        for start in _starts(library, sheet_starts.c.process.is_not(None)):
            if start.process not in alive:
                _changed(library, sheet_starts.c.id == start.id, sheet_starts.c.process == start.process, process=None)


def _changed(library: Library, *which: ColumnElement[bool], **values: Any) -> bool:
    with explained(library.folder), library.engine.begin() as connection:
        return connection.execute(update(sheet_starts).where(*which).values(**values)).rowcount > 0


def _starts(library: Library, *which: ColumnElement[bool]) -> list[SheetStart]:
    query = select(sheet_starts).where(*which).order_by(sheet_starts.c.not_before, sheet_starts.c.id)
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query).all()
    return [SheetStart(**{**row._mapping, "positions": tuple(map(int, row.positions))}) for row in rows]

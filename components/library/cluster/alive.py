"""How many processes share a library, for monitoring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from components.library.cluster.tables import processes
from components.library.errors import explained

if TYPE_CHECKING:
    from components.library.store import Library


def processes_alive(library: Library) -> Mapping[str, int]:
    """Return how many processes share the library, by kind: "server" or "worker". Raises LibraryUnavailable."""
    if not library.process_lock.spans_machines:
        return {"server": len(library.process_lock.alive_and_dead()[0])}
    query = select(processes.c.kind, func.count()).where(processes.c.expires > func.now()).group_by(processes.c.kind)
    with explained(library.folder), library.engine.connect() as connection:
        return {"server": 0, "worker": 0, **{row.kind: int(row[1]) for row in connection.execute(query)}}

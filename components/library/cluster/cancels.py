"""Requests to cancel runs of other processes, kept in the database until the run's process obeys."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from components.library.cluster.notices import CANCEL, CHANGED, notify
from components.library.cluster.queue import take_out
from components.library.db.schema import runs
from components.library.db.tables.cluster_tables import cancel_requests
from components.library.errors import explained
from components.library.maintenance.recovery import UNFINISHED, settle

if TYPE_CHECKING:
    from components.library.store import Library


def cancel_waiting(library: Library, run_id: str, error: dict[str, Any]) -> bool:
    """Cancel a run that no worker has taken yet; False if it is not in the queue. Raises LibraryUnavailable."""
    with explained(library.folder):
        if not take_out(library, run_id):
            return False
    library.update_run(run_id, state="cancelled", error=error, ended=time.time())
    with explained(library.folder), library.engine.begin() as connection:
        notify(connection, CHANGED, run_id)
    return True


def request_cancel(library: Library, run_id: str, by: str) -> None:
    """Ask the process of a run to cancel it. Runs of dead processes are settled at once.

    Ended and unknown runs are ignored. Raises LibraryUnavailable.
    """
    settle(library)
    unfinished = select(runs.c.id).where(runs.c.state.in_(UNFINISHED))
    with explained(library.folder), library.engine.begin() as connection:
        # Requests for runs that ended before their process saw them.
        connection.execute(delete(cancel_requests).where(cancel_requests.c.run_id.not_in(unfinished)))
        if connection.execute(unfinished.where(runs.c.id == run_id)).first() is not None:
            connection.execute(insert(cancel_requests).values(run_id=run_id, by=by).on_conflict_do_nothing())
            notify(connection, CANCEL, run_id)


def take_requests(library: Library, run_ids: Collection[str]) -> list[tuple[str, str]]:
    """Return those of these runs that are to be cancelled, each with the person who asks, and remove the requests.

    Raises LibraryUnavailable.
    """
    mine = delete(cancel_requests).where(cancel_requests.c.run_id.in_(list(run_ids)))
    with explained(library.folder), library.engine.begin() as connection:
        rows = connection.execute(mine.returning(cancel_requests.c.run_id, cancel_requests.c.by)).all()
    return [(row.run_id, row.by) for row in rows]

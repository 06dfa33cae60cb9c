"""Requests to cancel runs of other processes, kept in the database until the run's process obeys."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from components.library.answers import keep_answers
from components.library.cluster.notices import CANCEL, CHANGED, notify
from components.library.db.schema import runs
from components.library.db.tables.cluster_tables import cancel_requests, waiting_runs
from components.library.errors import explained
from components.library.maintenance.recovery import IN_QUEUE, UNFINISHED, settle
from components.library.store import Library
from components.library.team.charges import settle as settle_charges


def cancel_waiting(library: Library, run_id: str, error: dict[str, Any]) -> bool:
    """Cancel a run that no worker has taken yet; False if it is not in the queue. Raise LibraryUnavailable."""
    in_queue = and_(runs.c.id == run_id, runs.c.state == "queued", runs.c.process == IN_QUEUE)
    end = {"process": library.process_lock.process, "state": "cancelled", "error": error, "ended": time.time()}
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(delete(waiting_runs).where(waiting_runs.c.run_id == run_id))
        if not connection.execute(update(runs).where(in_queue).values(**end)).rowcount:
            return False
        keep_answers(connection, runs.c.id == run_id)
        settle_charges(connection, runs.c.id == run_id)
        notify(connection, CHANGED, run_id)
    return True


def request_cancel(library: Library, run_id: str, by: str) -> None:
    """Ask the process of a run to cancel it. Runs of dead processes are settled at once.

    Ended and unknown runs are ignored. Raise LibraryUnavailable.
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

    Raise LibraryUnavailable.
    """
    mine = delete(cancel_requests).where(cancel_requests.c.run_id.in_(list(run_ids)))
    with explained(library.folder), library.engine.begin() as connection:
        rows = connection.execute(mine.returning(cancel_requests.c.run_id, cancel_requests.c.by)).all()
    return [(row.run_id, row.by) for row in rows]

"""Put a claimed run of which nothing was sent back into the queue."""

from __future__ import annotations

from sqlalchemy import and_, update

from components.library.cluster.notices import CHANGED, notify
from components.library.cluster.queue import Claim, put_in_queue
from components.library.db.schema import runs
from components.library.errors import explained
from components.library.maintenance.recovery import IN_QUEUE
from components.library.store import Library
from components.team.fair_queue import fairness_key


def put_back(library: Library, claim: Claim, server_key: str) -> bool:
    """Let a claimed run wait again, unless it has started, ended or is another's; return whether it waits.

    Raise LibraryUnavailable.
    """
    unsent = and_(runs.c.id == claim.run_id, runs.c.state == "queued", runs.c.process == library.process_lock.process)
    again = update(runs).where(unsent).values(process=IN_QUEUE)
    with explained(library.folder), library.engine.begin() as connection:
        run = connection.execute(again.returning(runs.c.owner, runs.c.extra, runs.c.n, runs.c.created)).one_or_none()
        if run is None:
            return False
        put_in_queue(
            connection,
            claim.run_id,
            connection_id=claim.connection_id,
            server_key=server_key,
            owner=fairness_key(run.owner, run.extra),
            images=run.n,
            created=run.created,
            history=claim.history,
            user=claim.user,
        )
        notify(connection, CHANGED, claim.run_id)
    return True

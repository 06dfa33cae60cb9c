"""Runs that wait for a worker, and how exactly one worker gets each.

A run is claimed by one transaction: it deletes the run's waiting row, makes the run the worker's own and takes a slot
of its connection. Whoever comes second finds no row, so a run that two workers reach for is sent once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, text, update

from components.library.cluster.notices import CHANGED, notify
from components.library.cluster.pacing import ConnectionLimits, NoRoom, find_room, take_slot
from components.library.db.schema import runs
from components.library.db.tables.cluster_tables import waiting_runs
from components.library.errors import explained
from components.library.maintenance.recovery import IN_QUEUE
from components.library.store import Library
from components.team.fair_queue import fair_order

History = Sequence[tuple[str, str]]

# Owners whose oldest run is tried in one look for work.
MOST_OWNERS = 200


@dataclass(frozen=True)
class Served:
    """A connection that a worker sends by: its server, see `Connection.server_key`, and its limits."""

    server_key: str
    limits: ConnectionLimits


@dataclass(frozen=True)
class Claim:
    """A run that is this process's now, with the id of its slot and what its row does not hold."""

    run_id: str
    connection_id: str
    slot: int
    history: tuple[tuple[str, str], ...]
    user: str


# Of each owner the oldest waiting run at each connection, if it goes to the worker's server, and when each owner was
# served last.
_HEADS = text(
    """
    SELECT * FROM (
        SELECT DISTINCT ON (w.owner, w.connection_id) w.run_id, w.connection_id, w.owner, w.images, w.created
        FROM waiting_runs AS w
        JOIN unnest(CAST(:connections AS text[]), CAST(:keys AS text[])) AS mine (connection_id, server_key)
            USING (connection_id, server_key)
        ORDER BY w.owner, w.connection_id, w.created, w.run_id
    ) AS heads ORDER BY created, run_id LIMIT :most
    """
)
_LAST_SERVED = text("SELECT owner, max(id) FROM connection_turns GROUP BY owner")
_SERVED = text(
    "SELECT EXISTS (SELECT 1 FROM processes WHERE kind = 'worker' AND expires > clock_timestamp()"
    " AND CAST(serves AS jsonb) ? CAST(:name AS text))"
)


def announced(connection_id: str, server_key: str) -> str:
    """Return what a worker announces of a connection beside its id: that it sends by it to this server."""
    return f"{connection_id} {server_key}"


def put_in_queue(
    connection: Connection,
    run_id: str,
    *,
    connection_id: str,
    server_key: str,
    owner: str,
    images: int,
    created: float,
    history: History,
    user: str,
) -> None:
    """Let a run wait for a worker, in the transaction that stores it, so that neither is there without the other.

    `owner` is who it counts for, see `fairness_key`.
    """
    values = {
        "run_id": run_id,
        "connection_id": connection_id,
        "server_key": server_key,
        "owner": owner,
        "images": max(1, images),
        "created": created,
        "history": [list(one) for one in history],
        "user": user,
    }
    connection.execute(insert(waiting_runs).values(**values))


def claim_next(library: Library, served: Mapping[str, Served]) -> Claim | NoRoom | None:
    """Claim the next run that has room at its connection; None if none waits, NoRoom if all wait for a slot.

    Raise LibraryUnavailable.
    """
    with explained(library.folder):
        with library.engine.connect() as connection:
            keys = [one.server_key for one in served.values()]
            mine = {"connections": list(served), "keys": keys, "most": MOST_OWNERS}
            heads = connection.execute(_HEADS, mine).all()
            last_served = {owner: int(number) for owner, number in connection.execute(_LAST_SERVED)}
        refused: dict[str, NoRoom] = {}
        for head in fair_order(((head.owner, head) for head in heads), last_served):
            if head.connection_id in refused:
                continue
            claim = _try_claim(library, head, served[head.connection_id].limits)
            if isinstance(claim, Claim):
                return claim
            if claim is not None:
                refused[head.connection_id] = claim
    if not refused:
        return None
    seconds = [one.seconds for one in refused.values() if one.seconds is not None]
    return NoRoom(min(seconds) if seconds else None)


def _try_claim(library: Library, head: Row[Any], limits: ConnectionLimits) -> Claim | NoRoom | None:
    process = library.process_lock.process
    with library.engine.begin() as connection:
        no_room = find_room(connection, head.connection_id, limits, head.images)
        if no_room is not None:
            return no_room
        waiting = connection.execute(
            delete(waiting_runs).where(waiting_runs.c.run_id == head.run_id).returning(waiting_runs)
        ).one_or_none()
        if waiting is None:
            return None  # another worker has it
        in_queue = and_(runs.c.id == head.run_id, runs.c.state == "queued", runs.c.process == IN_QUEUE)
        if not connection.execute(update(runs).where(in_queue).values(process=process)).rowcount:
            return None  # its run was cancelled or deleted
        slot = take_slot(connection, head.connection_id, limits, process, head.owner, head.images)
        notify(connection, CHANGED, head.run_id)
    history = tuple((str(one[0]), str(one[1])) for one in waiting.history)
    return Claim(head.run_id, head.connection_id, slot, history, waiting.user)


def count_waiting(library: Library, connections: Sequence[str]) -> int:
    """Return how many runs wait for these connections."""
    query = select(func.count()).where(waiting_runs.c.connection_id.in_(list(connections)))
    with explained(library.folder), library.engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def why_waiting(library: Library, run_id: str) -> str | None:
    """Return a sentence on why a run is still in the queue, or None."""
    before = waiting_runs.alias()
    query = select(
        waiting_runs.c.connection_id,
        waiting_runs.c.server_key,
        select(func.count())
        .where(before.c.connection_id == waiting_runs.c.connection_id, before.c.created < waiting_runs.c.created)
        .scalar_subquery()
        .label("before"),
    ).where(waiting_runs.c.run_id == run_id)
    with explained(library.folder), library.engine.connect() as connection:
        found = connection.execute(query).one_or_none()
        if found is None:
            return None
        names = (found.connection_id, announced(found.connection_id, found.server_key))
        has_connection, sends_there = (connection.execute(_SERVED, {"name": one}).scalar_one() for one in names)
    if has_connection and not sends_there:
        return (
            "No worker sends to this run's address: the workers have another address for its connection. The run waits "
            "until one does; nothing was spent."
        )
    if not has_connection:
        return "No worker that has this connection is running. The run waits until one starts."
    if not found.before:
        return None
    many = "1 run was" if found.before == 1 else f"{found.before} runs were"
    return f"Waiting for a worker. {many} submitted before; people take turns."

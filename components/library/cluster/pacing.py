"""The limits of connections, kept by all processes together: runs at once, and images a minute.

A slot is a row. It is taken under a lock of its connection, and counts as long as its process is alive; for the limit
of images it counts for a minute, whatever becomes of its process.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

MINUTE = 60.0


@dataclass(frozen=True)
class ConnectionLimits:
    """Limits of a connection; `images_per_minute` is 0 for none."""

    runs_at_once: int
    images_per_minute: int


@dataclass(frozen=True)
class NoRoom:
    """Report that no slot is free: `seconds` until the minute has room, or None if all slots are taken."""

    seconds: float | None


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:connection_id AS text), 0))")
_RUNNING = text(
    """
    SELECT count(*) FROM connection_turns AS t JOIN processes AS p ON p.id = t.process
    WHERE t.connection_id = :connection_id AND t.is_running AND p.expires > clock_timestamp()
    """
)
# How long ago the images of the last minute were started, the oldest first.
_STARTED = text(
    """
    SELECT t.images, extract(epoch FROM clock_timestamp() - t.started)::float8 AS ago FROM connection_turns AS t
    WHERE t.connection_id = :connection_id AND t.started > clock_timestamp() - interval '1 minute'
    ORDER BY t.started
    """
)
_FORGET = text(
    """
    DELETE FROM connection_turns AS t
    WHERE t.connection_id = :connection_id AND t.started <= clock_timestamp() - interval '1 minute' AND NOT (
        t.is_running AND EXISTS (SELECT 1 FROM processes AS p WHERE p.id = t.process AND p.expires > clock_timestamp())
    )
    """
)
_TAKE = text(
    """
    INSERT INTO connection_turns (connection_id, process, owner, images, started, is_running)
    VALUES (:connection_id, :process, :owner, :images, clock_timestamp(), true) RETURNING id
    """
)
_END = text("UPDATE connection_turns SET is_running = false WHERE id = :id")


def find_room(connection: Connection, connection_id: str, limits: ConnectionLimits, images: int) -> NoRoom | None:
    """Lock a connection until the transaction ends, and return why it has no room for a run of `images`, or None."""
    connection.execute(_LOCK, {"connection_id": connection_id})
    connection.execute(_FORGET, {"connection_id": connection_id})
    if connection.execute(_RUNNING, {"connection_id": connection_id}).scalar_one() >= max(1, limits.runs_at_once):
        return NoRoom(None)
    if not limits.images_per_minute:
        return None
    ages = [
        row.ago for row in connection.execute(_STARTED, {"connection_id": connection_id}) for _ in range(row.images)
    ]
    excess = len(ages) + counted(limits, images) - limits.images_per_minute
    return None if excess <= 0 else NoRoom(max(0.0, MINUTE - ages[min(excess, len(ages)) - 1]))


def counted(limits: ConnectionLimits, images: int) -> int:
    """Return for how many images of a minute a run counts; one beyond the limit starts when the minute is empty."""
    return min(max(1, images), limits.images_per_minute) if limits.images_per_minute else max(1, images)


def take_slot(
    connection: Connection, connection_id: str, limits: ConnectionLimits, process: str, owner: str, images: int
) -> int:
    """Write down a slot after `find_room` in the same transaction, and return its id."""
    values = {"connection_id": connection_id, "process": process, "owner": owner, "images": counted(limits, images)}
    return int(connection.execute(_TAKE, values).scalar_one())


def try_slot(
    engine: Engine, connection_id: str, limits: ConnectionLimits, process: str, owner: str, images: int
) -> int | NoRoom:
    """Take a slot for work of this process and return its id, or why there is no room."""
    with engine.begin() as connection:
        no_room = find_room(connection, connection_id, limits, images)
        return no_room or take_slot(connection, connection_id, limits, process, owner, images)


def end_slot(engine: Engine, slot: int) -> None:
    """Make room for others."""
    with engine.begin() as connection:
        connection.execute(_END, {"id": slot})

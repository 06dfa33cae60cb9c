"""Requests that one app server passes to the one that has the page, and the answers, in pieces in the database.

A relay has a random id and two sides: its request and its answer. Piece 0 of a side is its head, the others its body.
Who takes a piece removes it, so of several servers exactly one takes each, and what waits is never more than the writer
allows itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, text

from components.library.cluster.notices import PIECE, notify
from components.library.db.tables.cluster_tables import relay_pieces
from components.library.errors import explained
from components.library.store import Library

REQUEST, ANSWER = "request", "answer"

# Seconds after which a piece that nobody took is removed: its server has died.
KEPT_SECONDS = 600

_OTHERS = text("SELECT id FROM processes WHERE kind = 'server' AND expires > clock_timestamp() AND id <> :mine")


@dataclass(frozen=True)
class Piece:
    """A part of a request or an answer; `is_last` if nothing follows on its side."""

    data: bytes
    is_last: bool


def other_servers(library: Library) -> frozenset[str]:
    """Return the ids of the other app servers that are alive. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.connect() as connection:
        return frozenset(connection.execute(_OTHERS, {"mine": library.process_lock.process}).scalars())


def put_piece(library: Library, relay: str, side: str, place: int, piece: Piece) -> None:
    """Write a piece, and tell the other end. Raise LibraryUnavailable."""
    values = {"relay": relay, "side": side, "place": place, "data": piece.data, "is_last": piece.is_last}
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(insert(relay_pieces).values(**values, written=func.clock_timestamp()))
        notify(connection, PIECE, relay)


def take_piece(library: Library, relay: str, side: str, place: int) -> Piece | None:
    """Take a piece and tell who wrote it; None if it is not there. Raise LibraryUnavailable."""
    here = relay_pieces.c.relay == relay, relay_pieces.c.side == side, relay_pieces.c.place == place
    taking = delete(relay_pieces).where(*here).returning(relay_pieces.c.data, relay_pieces.c.is_last)
    with explained(library.folder), library.engine.begin() as connection:
        found = connection.execute(taking).one_or_none()
        if found is None:
            return None
        notify(connection, PIECE, relay)
    return Piece(bytes(found.data), found.is_last)


def count_pieces(library: Library, relay: str, side: str) -> int:
    """Return how many pieces of a side wait to be taken. Raise LibraryUnavailable."""
    query = select(func.count()).where(relay_pieces.c.relay == relay, relay_pieces.c.side == side)
    with explained(library.folder), library.engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def end_relay(library: Library, relay: str, kind: str) -> None:
    """Remove all pieces of a relay, and tell the other end by a notice of this kind. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(delete(relay_pieces).where(relay_pieces.c.relay == relay))
        notify(connection, kind, relay)


def remove_pieces(library: Library, relay: str) -> None:
    """Remove all pieces of a relay that has ended. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(delete(relay_pieces).where(relay_pieces.c.relay == relay))


def forget_pieces(library: Library) -> None:
    """Remove the pieces that servers which died have left behind. Raise LibraryUnavailable."""
    before = func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, KEPT_SECONDS)
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(delete(relay_pieces).where(relay_pieces.c.written < before))

"""Which run the event channel of each open page follows, for the app servers that do not have the page.

A channel is found by a random token that only its page has; its hash is stored and sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from components.library.cluster.notices import SWITCHED, notify
from components.library.db.chunks import chunks
from components.library.db.tables.cluster_tables import page_channels
from components.library.errors import explained
from components.library.store import Library

# One that is only slow shares its channels again (`lost_channels`), so this need not be exact.
KEPT_SECONDS = 600
_FORGET_DEAD = text(
    """
    DELETE FROM page_channels WHERE process NOT IN
        (SELECT id FROM processes WHERE expires > clock_timestamp() - make_interval(secs => :seconds))
    """
)


@dataclass(frozen=True)
class FollowedRun:
    """The id of the run that a channel follows; None while its page shows no run."""

    run_id: str | None


def hashed_token(token: str) -> str:
    """Return what a channel's row and notices name it by."""
    return hashlib.sha256(token.encode()).hexdigest()


def keep_channel(library: Library, token: str, run_id: str | None) -> None:
    """Store which run a channel of this process follows, and tell the others. Raise LibraryUnavailable."""
    key, process = hashed_token(token), library.process_lock.process
    row = insert(page_channels).values(token_hash=key, process=process, run_id=run_id)
    row = row.on_conflict_do_update(index_elements=["token_hash"], set_={"run_id": row.excluded.run_id})
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(row)
        notify(connection, SWITCHED, key)


def stored_channel(library: Library, token: str) -> FollowedRun | None:
    """Return what a channel of any process follows; None for an unknown token. Raise LibraryUnavailable."""
    query = select(page_channels.c.run_id).where(page_channels.c.token_hash == hashed_token(token))
    with explained(library.folder), library.engine.connect() as connection:
        found = connection.execute(query).one_or_none()
    return None if found is None else FollowedRun(found.run_id)


def lost_channels(library: Library, tokens: Sequence[str]) -> list[str]:
    """Return which of this process's channels the database has lost, as in its crash. Raise LibraryUnavailable."""
    query = select(page_channels.c.token_hash).where(page_channels.c.process == library.process_lock.process)
    with explained(library.folder), library.engine.connect() as connection:
        stored = set(connection.execute(query).scalars())
    return [token for token in tokens if hashed_token(token) not in stored]


def forget_channels(library: Library, tokens: Sequence[str]) -> None:
    """Remove channels that have ended. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.begin() as connection:
        for hashes in chunks([hashed_token(token) for token in tokens]):
            connection.execute(delete(page_channels).where(page_channels.c.token_hash.in_(hashes)))


def forget_dead_channels(library: Library) -> None:
    """Remove the channels of processes that have ended or are silent for long. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(_FORGET_DEAD, {"seconds": KEPT_SECONDS})

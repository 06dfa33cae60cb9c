"""The connections that batches go by, with their keys: in memory alone, and no longer than a batch needs them.

A process keeps only those of the batches that it follows.
"""

from __future__ import annotations

from collections.abc import Iterable

from components.client import Connection
from components.library.records import SheetBatch


class BatchConnections:
    """Connections by id and server: the same id with another server is not what a batch was sent by."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Connection] = {}

    def add(self, connection: Connection) -> None:
        """Keep a connection, instead of an earlier one to the same server."""
        self._found[connection.id, server_key(connection)] = connection

    def of(self, batch: SheetBatch) -> Connection | None:
        """Return the connection of a batch, or None while its key is not here."""
        return self._found.get((batch.connection_id, batch.base_url))

    def offer(self, batches: Iterable[SheetBatch], connections: Iterable[Connection]) -> list[SheetBatch]:
        """Keep those of the connections that these batches go by; return the batches that can go on by a new one."""
        offered = tuple(connections)
        found = []
        for batch in batches:
            connection = connection_of(batch, offered)
            if connection is not None and connection != self.of(batch):
                self.add(connection)
                found.append(batch)
        return found

    def forget(self, connection_id: str) -> None:
        """Forget a connection."""
        for key in [one for one in self._found if one[0] == connection_id]:
            self._found.pop(key, None)

    def keep_only(self, batches: Iterable[SheetBatch]) -> None:
        """Forget every connection that none of these batches goes by."""
        needed = {(one.connection_id, one.base_url) for one in batches}
        for key in set(self._found) - needed:
            self._found.pop(key, None)


def connection_of(batch: SheetBatch, connections: Iterable[Connection]) -> Connection | None:
    """Return the one of the connections that a batch was sent by, or None."""
    where = batch.connection_id, batch.base_url
    return next((one for one in connections if (one.id, server_key(one)) == where), None)


def server_key(connection: Connection) -> str:
    """Return what tells a connection's server apart; the built-in engine has another port after each start."""
    return "" if connection.source == "built-in" else connection.base_url

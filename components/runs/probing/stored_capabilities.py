"""The capabilities of servers in memory, with the library behind them."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

from components.client import Connection
from components.client.capabilities import CapabilityMemory
from components.library import Library, LibraryUnavailable
from components.library.server_capabilities import Key, store_finding, stored_findings
from components.parameters import CAPABILITIES, Finding

log = logging.getLogger(__name__)


class StoredCapabilities(CapabilityMemory):
    """Keeps findings over restarts. They are read once, so that no form and no run waits for the database.

    What another process that shares the library finds is seen after `read_again`.
    """

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="capabilities")
        self.read_again()

    def read_again(self) -> None:
        """Read what is stored; what is known in memory stays where the library cannot be read."""
        try:
            rows = stored_findings(self._library)
        except LibraryUnavailable:
            return
        for (server, model, capability), finding in rows.items():
            held = self._found.get((server, model), {}).get(capability)
            if held is None or (finding.found or 0) > (held.found or 0):  # what was just found may not be written yet
                self._put(server, model, capability, finding)

    def learn(self, connection: Connection, model: str, capability: str, finding: Finding) -> None:
        """Keep a finding, in the database as soon as a thread is free."""
        super().learn(connection, model, capability, finding)
        key = (connection.server_key, model if CAPABILITIES[capability].of_model else "", capability)
        self._writer.submit(self._store, key, finding)

    def close(self) -> None:
        """Write what is left."""
        self._writer.shutdown()

    def _store(self, key: Key, finding: Finding) -> None:
        try:
            store_finding(self._library, key, finding)
        except LibraryUnavailable as problem:
            log.warning("Could not store the capability %s of a server: %s", key[2], problem)

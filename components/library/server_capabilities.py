"""Findings on servers' capabilities, kept for every session and every restart. No address and no secret is stored."""

from __future__ import annotations

from sqlalchemy import select

from components.library.db.dialects import upsert
from components.library.db.tables.capability_table import server_capabilities as table
from components.library.errors import explained
from components.library.store import Library
from components.parameters import CAPABILITIES, Finding

Key = tuple[str, str, str]  # server, model, capability


def stored_findings(library: Library) -> dict[Key, Finding]:
    """Return all findings; those that this version does not know are left out. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(select(table)).all()
    return {
        (row.server, row.model, row.capability): Finding(row.value, row.source, row.found, row.note)
        for row in rows
        if row.capability in CAPABILITIES and row.value in CAPABILITIES[row.capability].values
    }


def store_finding(library: Library, key: Key, finding: Finding) -> None:
    """Store a finding instead of the earlier one. Raise LibraryUnavailable."""
    server, model, capability = key
    row = {"server": server, "model": model, "capability": capability, **vars(finding)}
    with explained(library.folder), library.engine.begin() as connection:
        upsert(connection, table, row)

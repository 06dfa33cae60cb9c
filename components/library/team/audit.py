"""The audit trail: what people did, and when. It names ids and counts, never a prompt or a key.

The newest MOST_ENTRIES are kept.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from components.library.csv_cells import csv_line
from components.library.db.tables.team_tables import audit_entries
from components.library.errors import LibraryUnavailable, explained
from components.library.files.handle import LibraryHandle
from components.team.people import Person

log = logging.getLogger(__name__)

# What is recorded, and how a page says it.
ACTIONS: Mapping[str, str] = {
    "signed_in": "Signed in",
    "signed_out": "Signed out",
    "run.submitted": "Ran",
    "run.cancelled": "Cancelled",
    "sheet.submitted": "Ran a sheet",
    "sheet.cancelled": "Cancelled a sheet",
    "sheet.cap_raised": "Raised the cap of a sheet",
    "output.deleted": "Deleted",
    "output.restored": "Restored",
    "output.purged": "Deleted for good",
    "prompt.deleted": "Deleted a prompt",
    "prompt.changed": "Changed a prompt",
    "preset.deleted": "Deleted a preset or style",
    "preset.default": "Changed a default preset",
    "list.changed": "Changed a saved list",
    "list.deleted": "Deleted a saved list",
    "collection.deleted": "Deleted a collection",
    "collection.renamed": "Renamed a collection",
    "visibility.changed": "Changed who sees it",
    "exported": "Exported",
    "imported": "Imported",
    "limit.changed": "Changed a limit",
    "budget.changed": "Changed a budget",
    "connection.probed": "Probed a connection",
    "connection.probe_cancelled": "Cancelled a probe",
    "connection.changed": "Changed a connection",
}

MOST_ENTRIES = 200_000
TRIM_ONE_IN = 200  # entries: how often the oldest are removed
MOST_TARGET = 500
MOST_LISTED = 20  # ids of a list that an entry names; the count says how many there were
MOST_PEOPLE = 500
AT_ONCE = 1_000

COLUMNS = ("when", "person", "action", "target", "detail")


@dataclass(frozen=True)
class AuditEntry:
    """What a person did to a target at a time in Unix seconds; `person` is "" for somebody without a name."""

    id: str
    created: float
    person: str
    action: str
    target: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class AuditFilter:
    """Conditions on entries; None matches any. `since` and `until` are Unix seconds."""

    person: str | None = None
    action: str | None = None
    since: float | None = None
    until: float | None = None
    target: str | None = None


@dataclass(frozen=True)
class AuditPage:
    """Entries, newest first; `after` is the cursor for the next page, None on the last."""

    entries: tuple[AuditEntry, ...]
    after: str | None


def record(
    library: LibraryHandle,
    person: Person | None,
    action: str,
    target: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry; `person` is None for the app itself.

    A database that cannot be written is logged: what the entry records has already happened. Raise ValueError for an
    action that ACTIONS lacks.
    """
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is not among the actions that the audit trail knows.")
    now = time.time()
    row = {
        "id": f"{int(now * 1_000_000):016x}{secrets.token_hex(4)}",
        "created": now,
        "person": person.id if person is not None else "",
        "action": action,
        "target": target[:MOST_TARGET],
        "detail": {name: _short(value) for name, value in detail.items()} if detail else None,
    }
    try:
        with explained(library.folder), library.engine.begin() as connection:
            connection.execute(insert(audit_entries).values(**row))
            if secrets.randbelow(TRIM_ONE_IN) == 0:
                _trim(connection)
    except LibraryUnavailable as problem:
        log.warning("Could not add an audit entry for %s by %r: %s", action, row["person"], problem)


def ids_detail(ids: Iterator[str] | tuple[str, ...] | list[str], **more: Any) -> dict[str, Any]:
    """Return the detail of an entry about several things: how many, and the ids of the first MOST_LISTED."""
    found = list(ids)
    return {"count": len(found), "ids": found[:MOST_LISTED], **more}


def _short(value: Any) -> Any:
    return value[:MOST_TARGET] if isinstance(value, str) else value


def _trim(connection: Connection) -> None:
    """Remove all but the newest MOST_ENTRIES."""
    newest = select(audit_entries.c.id).order_by(audit_entries.c.id.desc()).offset(MOST_ENTRIES).limit(1)
    if (last := connection.execute(newest).scalar()) is not None:
        connection.execute(delete(audit_entries).where(audit_entries.c.id <= last))


def audit_page(library: LibraryHandle, wanted: AuditFilter, *, after: str | None = None, limit: int = 50) -> AuditPage:
    """Return the next `limit` entries, newest first. Raise LibraryUnavailable."""
    query = select(audit_entries).where(*_conditions(wanted)).order_by(audit_entries.c.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(audit_entries.c.id < after)
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query).all()
    found = tuple(
        AuditEntry(row.id, row.created, row.person, row.action, row.target, row.detail or {}) for row in rows[:limit]
    )
    return AuditPage(found, found[-1].id if len(rows) > limit else None)


def _conditions(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.person is not None:
        yield audit_entries.c.person == wanted.person
    if wanted.action is not None:
        yield audit_entries.c.action == wanted.action
    if wanted.target is not None:
        yield audit_entries.c.target == wanted.target
    # By the id, whose index the order uses.
    if wanted.since is not None:
        yield audit_entries.c.id >= f"{int(max(0.0, wanted.since) * 1_000_000):016x}"
    if wanted.until is not None:
        yield audit_entries.c.id < f"{int(max(0.0, wanted.until) * 1_000_000):016x}"


def people_in_audit(library: LibraryHandle) -> list[str]:
    """Return who has entries, sorted, up to MOST_PEOPLE. Raise LibraryUnavailable."""
    query = select(audit_entries.c.person).distinct().order_by(audit_entries.c.person).limit(MOST_PEOPLE)
    with explained(library.folder), library.engine.connect() as connection:
        return list(connection.execute(query).scalars())


def audit_csv(library: LibraryHandle, wanted: AuditFilter) -> Iterator[str]:
    """Yield the entries as CSV lines, newest first, after a header line, read in batches.

    Raise LibraryUnavailable.
    """
    yield csv_line(COLUMNS)
    after: str | None = None
    while True:
        page = audit_page(library, wanted, after=after, limit=AT_ONCE)
        for entry in page.entries:
            when = datetime.fromtimestamp(entry.created).astimezone().isoformat(" ", "seconds")
            detail = json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""
            yield csv_line((when, entry.person, entry.action, entry.target, detail))
        after = page.after
        if after is None:
            return

"""What people have not sent yet, kept over restarts and for every server that shares the library.

A draft is found by a random token that only the browser's tab has; its hash is stored, so that a copy of the database
opens nobody's draft.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence

from sqlalchemy import delete, select

from components.library.db.chunks import chunks
from components.library.db.dialects import upsert
from components.library.db.tables.team_tables import drafts
from components.library.errors import explained
from components.library.files.handle import LibraryHandle


def keep_draft(library: LibraryHandle, token: str, owner: str, inputs: Sequence[str], content: str) -> None:
    """Store a draft instead of the earlier one. Raise LibraryUnavailable."""
    row = {
        "token": _hashed(token),
        "owner": owner,
        "saved": time.time(),
        "inputs": " ".join(inputs),
        "content": content,
    }
    with explained(library.folder), library.engine.begin() as connection:
        upsert(connection, drafts, row)


def stored_draft(library: LibraryHandle, token: str, owner: str) -> str | None:
    """Return a draft's content, if it is this person's; None for none. Raise LibraryUnavailable."""
    query = select(drafts.c.content).where(drafts.c.token == _hashed(token), drafts.c.owner == owner)
    with explained(library.folder), library.engine.connect() as connection:
        return connection.execute(query).scalar_one_or_none()


def remove_drafts_of(library: LibraryHandle, tokens: Sequence[str]) -> None:
    """Remove the drafts of these tokens that are there, all or none. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.begin() as connection:
        for hashes in chunks([_hashed(token) for token in tokens]):
            connection.execute(delete(drafts).where(drafts.c.token.in_(hashes)))


def remove_drafts(library: LibraryHandle, before: float, *, dry_run: bool = False) -> int:
    """Remove drafts that were saved before a time (Unix seconds); return their number. Raise LibraryUnavailable."""
    old = drafts.c.saved < before
    with explained(library.folder), library.engine.begin() as connection:
        count = len(connection.execute(select(drafts.c.token).where(old)).all())
        if not dry_run:
            connection.execute(delete(drafts).where(old))
    return count


def drafted_inputs(library: LibraryHandle) -> set[str]:
    """Return the SHA-256 of all files that drafts refer to. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.connect() as connection:
        return {sha256 for found in connection.execute(select(drafts.c.inputs)).scalars() for sha256 in found.split()}


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

"""Which runs of a library are private."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from components.library import Library
from components.library.db.schema import runs


def private_among(library: Library, run_ids: Sequence[str]) -> frozenset[str]:
    """Return which of these runs only their owner sees."""
    query = select(runs.c.id).where(runs.c.id.in_(run_ids), runs.c.is_private)
    with library.engine.connect() as connection:
        return frozenset(connection.execute(query).scalars())

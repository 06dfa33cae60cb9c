"""Split long lists of ids for SQL statements, whose number of variables is limited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

# Old versions of SQLite allow 999 variables in a statement; the rest is left for other conditions.
CHUNK_SIZE = 900


def chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    """Yield the distinct ids in lists of at most CHUNK_SIZE."""
    once = list(dict.fromkeys(ids))
    for start in range(0, len(once), CHUNK_SIZE):
        yield once[start : start + CHUNK_SIZE]

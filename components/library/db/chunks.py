"""Lists of ids for SQL statements: split long ones, whose number of variables is limited, and list short ones first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, GenerativeSelect, Select, func, select

# Old versions of SQLite allow 999 variables in a statement; the rest is left for other conditions.
CHUNK_SIZE = 900

# Matches up to which their runs are listed first. With more, a scan of the runs in order soon finds some.
MAX_LISTED = 500


def chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    """Yield the distinct ids in lists of at most CHUNK_SIZE."""
    once = list(dict.fromkeys(ids))
    for start in range(0, len(once), CHUNK_SIZE):
        yield once[start : start + CHUNK_SIZE]


def is_short(connection: Connection, found: GenerativeSelect) -> bool:
    """Return whether a query finds at most MAX_LISTED rows."""
    count = select(func.count()).select_from(found.limit(MAX_LISTED + 1).subquery())
    return bool(connection.execute(count).scalar_one() <= MAX_LISTED)


def listed(found: GenerativeSelect) -> Select[Any]:
    """Return a query for one column of a short list, which PostgreSQL executes once, before all else.

    It cannot know how short the list is, and might look for each run whether it is in it.
    """
    first = found.cte().prefix_with("MATERIALIZED", dialect="postgresql")
    return select(*first.c)

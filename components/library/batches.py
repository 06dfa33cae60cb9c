"""Runs that were begun together, such as one question to each of several pictures."""

from __future__ import annotations

from sqlalchemy import and_, select

from components.library.errors import explained
from components.library.schema import runs
from components.library.store import Library

# A run that is tried again belongs to its batch too, but not years later; so the search stays short.
LONGEST_SECONDS = 30 * 86_400.0


def batch_runs(library: Library, batch_id: str, began: float) -> list[str]:
    """The ids of the runs whose extra names this batch, oldest first; `began` is when it was begun."""
    query = (
        select(runs.c.id)
        .where(
            and_(
                runs.c.operation == "analyze",
                runs.c.created.between(began - 1, began + LONGEST_SECONDS),
                runs.c.extra["batch"]["id"].as_string() == batch_id,
            )
        )
        .order_by(runs.c.created, runs.c.id)
    )
    with explained(library.folder), library.engine.connect() as connection:
        return list(connection.execute(query).scalars())

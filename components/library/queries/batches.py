"""Runs that were begun together, such as one question to each of several pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from components.library.db.schema import RUN_IS_SHOWN, runs
from components.library.errors import explained

if TYPE_CHECKING:
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


@dataclass(frozen=True)
class RecentQuestion:
    """One question for a list: the run that shows it, and what it was."""

    run_id: str
    state: str
    question: str
    pictures: int
    batch: str | None = None


def recent_questions(library: Library, limit: int) -> list[RecentQuestion]:
    """The newest questions, newest first: a batch counts as one, a conversation as its newest."""
    query = (
        select(runs.c.id, runs.c.state, runs.c.prompt, runs.c.extra)
        .where(runs.c.operation == "analyze", RUN_IS_SHOWN)
        .order_by(runs.c.created.desc(), runs.c.id.desc())
        .limit(limit * 10)
    )
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query).all()
    found: dict[str, RecentQuestion] = {}
    for row in rows:
        extra: Mapping[str, Any] = row.extra or {}
        batch = extra.get("batch") or {}
        mark = str(batch.get("id") or extra.get("conversation") or row.id)
        found.setdefault(
            mark,
            RecentQuestion(row.id, row.state, _question(row.prompt, extra), int(batch.get("of") or 1), batch.get("id")),
        )
    return list(found.values())[:limit]


def _question(prompt: str, extra: Mapping[str, Any]) -> str:
    checks = extra.get("checks") or ()
    if checks:
        return f"Checklist: {' '.join(str(check) for check in checks)}"
    return "An answer that was continued" if extra.get("going_on") else prompt

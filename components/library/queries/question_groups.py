"""Runs that were started together, for example one question about several images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select

from components.library.db.schema import RUN_IS_SHOWN, runs
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.parameters.prompts.wording import wording_run

# The key of a group in what a run keeps besides its request, as libraries in use have it.
GROUP_KEY = "batch"

# Retried runs belong to their group too. The limit keeps the query on a short range of an index.
LONGEST_SECONDS = 30 * 86_400.0


def group_runs(library: LibraryHandle, group_id: str, began: float) -> list[str]:
    """Return the ids of a group's runs, oldest first. `began` is its start in unix seconds."""
    query = (
        select(runs.c.id)
        .where(
            and_(
                runs.c.operation == "analyze",
                runs.c.created.between(began - 1, began + LONGEST_SECONDS),
                runs.c.extra[GROUP_KEY]["id"].as_string() == group_id,
            )
        )
        .order_by(runs.c.created, runs.c.id)
    )
    with explained(library.folder), library.engine.connect() as connection:
        return list(connection.execute(query).scalars())


@dataclass(frozen=True)
class RecentQuestion:
    """A question in a list, with the newest run that it belongs to and its number of images."""

    run_id: str
    state: str
    question: str
    images: int
    group: str | None = None


def recent_questions(library: LibraryHandle, limit: int) -> list[RecentQuestion]:
    """Return the newest questions, newest first: one for each group, and the newest of each conversation."""
    query = (
        select(runs.c.id, runs.c.state, runs.c.prompt, runs.c.extra)
        .where(runs.c.operation == "analyze", RUN_IS_SHOWN, runs.c.extra["check"].as_string().is_(None))
        .order_by(runs.c.created.desc(), runs.c.id.desc())
        .limit(limit * 10)
    )
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query).all()
    found: dict[str, RecentQuestion] = {}
    for row in rows:
        extra: Mapping[str, Any] = row.extra or {}
        if wording_run(extra) is not None:
            continue  # it was asked for beside a prompt, and is shown there
        group = extra.get(GROUP_KEY) or {}
        mark = str(group.get("id") or extra.get("conversation") or row.id)
        found.setdefault(
            mark,
            RecentQuestion(row.id, row.state, _question(row.prompt, extra), int(group.get("of") or 1), group.get("id")),
        )
    return list(found.values())[:limit]


def _question(prompt: str, extra: Mapping[str, Any]) -> str:
    checks = extra.get("checks") or ()
    if checks:
        return f"Checklist: {' '.join(str(check) for check in checks)}"
    return "An answer that was continued" if extra.get("going_on") else prompt

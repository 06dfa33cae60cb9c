"""Figures for monitoring, of all runs in the library; any process that shares it finds the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import case, func, select

from components.library.db.rows import MICROS
from components.library.db.schema import ENDED, runs
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.library.queries.totals.spending import COST, IMAGE_COUNT

# Upper bounds in seconds of the histogram of how long runs took.
BUCKETS = (1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 600.0)
# Longest plausible run in seconds; what took longer is damaged or went through a batch.
LONGEST = 7 * 24 * 3600.0
MOST_KINDS = 100


@dataclass(frozen=True)
class Durations:
    """How many runs took at most as long as each of BUCKETS, how many there are, and their sum in seconds."""

    within: tuple[int, ...]
    count: int
    total: float


@dataclass(frozen=True)
class Figures:
    """Runs by operation and state; images, dollars and durations by operation; errors by kind.

    `ended` and `unfinished` runs are apart, since only the former never get fewer. Imported runs are left out.
    """

    ended: Mapping[tuple[str, str], int]
    unfinished: Mapping[tuple[str, str], int]
    images: Mapping[str, int]
    dollars: Mapping[str, float]
    durations: Mapping[str, Durations]
    errors: Mapping[str, int]


def processes_alive(library: LibraryHandle) -> Mapping[str, int]:
    """Return how many processes share the library, by kind: "server" or "worker". Raise LibraryUnavailable."""
    if not library.process_lock.spans_machines:
        return {"server": len(library.process_lock.alive_and_dead()[0])}
    from components.library.db.tables.cluster_tables import processes  # on PostgreSQL only

    query = select(processes.c.kind, func.count()).where(processes.c.expires > func.now()).group_by(processes.c.kind)
    with explained(library.folder), library.engine.connect() as connection:
        return {"server": 0, "worker": 0, **{row.kind: int(row[1]) for row in connection.execute(query)}}


def figures(library: LibraryHandle) -> Figures:
    """Return the library's figures; reads all runs, about 0.6 s for 100,000. Raise LibraryUnavailable."""
    took = runs.c.ended - runs.c.started
    took = case((took.between(0, LONGEST), took))
    sums = {
        "count": func.count(),
        "images": func.sum(IMAGE_COUNT),
        "cost": func.sum(COST),
        "timed": func.count(took),
        "seconds": func.sum(took),
        **{f"within_{bound}": func.count(case((took <= bound, 1))) for bound in BUCKETS},
    }
    own = runs.c.imported_at.is_(None)
    by_state = select(runs.c.operation, runs.c.state, *(value.label(name) for name, value in sums.items()))
    kind = runs.c.error["kind"].as_string()
    by_kind = select(kind, func.count()).where(own, runs.c.error.is_not(None)).group_by(kind).limit(MOST_KINDS)
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(by_state.where(own).group_by(runs.c.operation, runs.c.state)).mappings().all()
        errors = {str(name or "unknown"): int(count) for name, count in connection.execute(by_kind)}
    images: Counter[str] = Counter()
    micros: Counter[str] = Counter()
    timed: dict[str, list[float]] = {}
    for row in rows:
        images[row["operation"]] += row["images"] or 0
        micros[row["operation"]] += row["cost"] or 0
        sums_so_far = timed.setdefault(row["operation"], [0.0] * (len(BUCKETS) + 2))
        more = (*(row[f"within_{bound}"] for bound in BUCKETS), row["timed"], row["seconds"] or 0.0)
        timed[row["operation"]] = [one + other for one, other in zip(sums_so_far, more, strict=True)]
    counts = {(row["operation"], row["state"]): row["count"] for row in rows}
    return Figures(
        ended={key: count for key, count in counts.items() if key[1] in ENDED},
        unfinished={key: count for key, count in counts.items() if key[1] not in ENDED},
        images=images,
        dollars={operation: float(amount / MICROS) for operation, amount in micros.items()},
        durations={
            operation: Durations(tuple(int(one) for one in found[:-2]), int(found[-2]), found[-1])
            for operation, found in timed.items()
        },
        errors=errors,
    )

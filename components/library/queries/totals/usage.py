"""Usage of the team by person, connection, model or day (UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import case, func, select

from components.library.db.dialects import whole_number
from components.library.db.rows import MICROS
from components.library.db.schema import runs
from components.library.db.tables.team_tables import charges
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.library.queries.totals.spending import COST, IMAGE_COUNT, IS_UNKNOWN, in_period

DIMENSIONS = ("owner", "connection_name", "model", "day")
_SECONDS = 86_400


@dataclass(frozen=True)
class UsageRow:
    """What the runs of one person, connection, model or day cost in dollars; `name` may be "".

    `unknown` counts runs that may have cost something, with no known price; `counted` is what budgets count for them.
    """

    name: str
    cost: Decimal
    runs: int
    images: int
    unknown: int
    counted: Decimal


def begin_of(days: int, now: float) -> float:
    """Return when the first of these days (UTC) began, in Unix seconds; the last of them is today."""
    return (now // _SECONDS - (days - 1)) * _SECONDS


def usage(library: LibraryHandle, since: float, by: str) -> list[UsageRow]:
    """Return the usage since a time in Unix seconds by one of DIMENSIONS: days newest first, others by cost.

    Raise LibraryUnavailable.
    """
    name = whole_number(runs.c.created / _SECONDS) if by == "day" else runs.c[by]
    columns = (
        func.coalesce(func.sum(COST), 0).label("cost"),
        func.count().label("runs"),
        func.coalesce(func.sum(IMAGE_COUNT), 0).label("images"),
        func.sum(case((IS_UNKNOWN, 1), else_=0)).label("unknown"),
        func.coalesce(func.sum(case((charges.c.is_unknown, charges.c.spent_micros))), 0).label("counted"),
    )
    source = runs.outerjoin(charges, charges.c.run_id == runs.c.id)
    query = select(name.label("name"), *columns).select_from(source).where(*in_period(since, None)).group_by(name)
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query).all()
    found = [
        UsageRow(
            _day(row.name) if by == "day" else row.name,
            row.cost / MICROS,
            row.runs,
            row.images,
            row.unknown,
            row.counted / MICROS,
        )
        for row in rows
    ]
    if by == "day":
        return sorted(found, key=lambda row: row.name, reverse=True)
    return sorted(found, key=lambda row: (-row.cost, -row.runs, row.name))


def _day(number: int) -> str:
    return datetime.fromtimestamp(number * _SECONDS, UTC).date().isoformat()

"""Spending: total, by day, owner, model, operation and connection, and compared with the estimates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, RowMapping, and_, case, func, literal, or_, select, tuple_

from components.library.csv_cells import csv_line
from components.library.db.dialects import whole_number
from components.library.db.rows import MICROS
from components.library.db.schema import outputs, runs
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.parameters.prompts.clip import clip
from components.settings import BUILT_IN_ID

# Columns of runs that spending is grouped by.
DIMENSIONS = ("owner", "model", "operation", "connection_name")

# Highest plausible cost of a run, in millionths of a dollar. A higher value is damaged or forged and counts as unknown,
# so that sums cannot overflow.
MOST_MICROS = 10_000_000_000
# Latest plausible start of a run: the year 2100 in unix seconds.
LATEST = 4_102_444_800.0
MOST_PURGED = 1000

# Seconds. UTC offsets are multiples of it, so a local day consists of complete quarters in every time zone.
QUARTER = 900
AT_ONCE = 1_000
PROMPT_SIGNS = 200

COLUMNS = (
    "when",
    "run",
    "operation",
    "model",
    "connection",
    "person",
    "state",
    "images",
    "estimated_low_dollars",
    "estimated_high_dollars",
    "cost_dollars",
    "prompt",
)


@dataclass(frozen=True)
class Share:
    """Cost in dollars of the runs of one owner, model, operation or connection; `name` may be ""."""

    name: str
    cost: Decimal
    runs: int
    outputs: int


@dataclass(frozen=True)
class DayShare:
    """Cost in dollars of the runs of one owner, model, operation or connection on one day; `name` may be "".

    The day is YYYY-MM-DD in the server's time zone.
    """

    day: str
    name: str
    cost: Decimal
    runs: int


@dataclass(frozen=True)
class Spending:
    """Spending in a period, in dollars.

    `by` has the shares for each of DIMENSIONS, highest cost first. `unknown` counts runs that may have cost something,
    with no known price. The estimates cover only runs that have both an estimate and a cost; `real_of_estimated` is
    the cost of those runs. Images in the trash or deleted for good count too, because they were paid for. Imported
    runs do not count, because they were paid for in another library.
    """

    total: Decimal
    runs: int
    unknown: int
    by: Mapping[str, Sequence[Share]]
    days: Sequence[DayShare]
    estimated_low: Decimal
    estimated_high: Decimal
    real_of_estimated: Decimal


def _possible(column: ColumnElement[int]) -> ColumnElement[Any]:
    """Return an amount in millionths of a dollar, or NULL for an implausible one."""
    return case((column.between(0, MOST_MICROS), column))


COST = _possible(runs.c.cost_micros)
# A run that was sent over a connection that costs money, with no known price.
IS_UNKNOWN = and_(
    COST.is_(None),
    runs.c.connection_id != BUILT_IN_ID,
    or_(runs.c.state == "done", runs.c.error["money"].as_string().in_(("billed", "may_be_billed"))),
)
IS_ESTIMATED = and_(COST.is_not(None), _possible(runs.c.estimate_high_micros).is_not(None))
IMAGE_COUNT = select(func.count()).where(outputs.c.run_id == runs.c.id, outputs.c.role == "image").correlate(
    runs
).scalar_subquery() + case((runs.c.purged_count.between(0, MOST_PURGED), runs.c.purged_count), else_=0)


def spend(library: LibraryHandle, since: float, until: float | None = None, *, split: str = "operation") -> Spending:
    """Return the spending on runs created from `since` to before `until` (unix seconds).

    The days are split by one of DIMENSIONS. Raise LibraryUnavailable.
    """
    period = in_period(since, until)
    sums = {
        "cost": COST,
        "outputs": IMAGE_COUNT,
        "unknown": case((IS_UNKNOWN, 1), else_=0),
        "low": case((IS_ESTIMATED, _possible(runs.c.estimate_low_micros))),
        "high": case((IS_ESTIMATED, runs.c.estimate_high_micros)),
        "real": case((IS_ESTIMATED, COST)),
    }
    named = [func.coalesce(func.sum(column), 0).label(name) for name, column in sums.items()]
    dimensions = [runs.c[name] for name in DIMENSIONS]
    grouped = select(*dimensions, func.count().label("runs"), *named).where(*period).group_by(*dimensions)
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(grouped).mappings().all()
        quarter = whole_number(runs.c.created / QUARTER)
        name = runs.c[split].label("name")
        by_quarter = select(quarter.label("quarter"), name, func.count().label("runs"), named[0])
        times = connection.execute(by_quarter.where(*period).group_by("quarter", runs.c[split])).mappings().all()

    def total(name: str) -> Decimal:
        return Decimal(sum(row[name] for row in rows)) / MICROS

    return Spending(
        total("cost"),
        sum(row["runs"] for row in rows),
        sum(row["unknown"] for row in rows),
        {name: _shares(rows, name) for name in DIMENSIONS},
        _days(times),
        total("low"),
        total("high"),
        total("real"),
    )


def spent(library: LibraryHandle, since: float) -> Decimal:
    """Return the known cost in dollars of the runs created since `since` (unix seconds). Raise LibraryUnavailable."""
    query = select(func.coalesce(func.sum(COST), 0)).where(*in_period(since, None))
    with explained(library.folder), library.engine.connect() as connection:
        return Decimal(connection.execute(query).scalar_one()) / MICROS


def in_period(since: float, until: float | None) -> list[ColumnElement[bool]]:
    """Return the conditions on runs created from `since` to before `until` (Unix seconds) and not imported."""
    return [
        runs.c.created >= since,
        runs.c.created < min(LATEST, LATEST if until is None else until),
        runs.c.imported_at.is_(None),
    ]


def _shares(rows: Sequence[RowMapping], name: str) -> list[Share]:
    found: dict[str, list[int]] = {}
    for row in rows:
        sums = found.setdefault(row[name], [0, 0, 0])
        for column, value in enumerate(("cost", "runs", "outputs")):
            sums[column] += int(row[value])
    shares = [Share(value, cost / MICROS, count, images) for value, (cost, count, images) in found.items()]
    return sorted(shares, key=lambda share: (-share.cost, -share.runs, share.name))


def _days(times: Sequence[RowMapping]) -> list[DayShare]:
    found: dict[tuple[str, str], list[int]] = {}
    for row in times:
        day = datetime.fromtimestamp(row["quarter"] * QUARTER).date().isoformat()
        sums = found.setdefault((day, row["name"]), [0, 0])
        sums[0] += int(row["cost"])
        sums[1] += row["runs"]
    return [DayShare(*key, cost / MICROS, count) for key, (cost, count) in sorted(found.items())]


def csv_lines(library: LibraryHandle, since: float, until: float | None = None) -> Iterator[str]:
    """Yield the runs of a period as CSV lines, oldest first, after a header line. Money is in dollars.

    Runs are read in batches, so memory stays bounded. Raise LibraryUnavailable.
    """
    yield csv_line(COLUMNS)
    last: tuple[float, str] | None = None
    while True:
        query = select(runs, IMAGE_COUNT.label("images")).where(*in_period(since, until))
        if last is not None:
            query = query.where(tuple_(runs.c.created, runs.c.id) > tuple_(*(literal(value) for value in last)))
        with explained(library.folder), library.engine.connect() as connection:
            rows = connection.execute(query.order_by(runs.c.created, runs.c.id).limit(AT_ONCE)).all()
        for row in rows:
            cells = _cells(row)
            yield csv_line(cells[name] for name in COLUMNS)
        if len(rows) < AT_ONCE:
            return
        last = (rows[-1].created, rows[-1].id)


def _cells(row: Row[Any]) -> dict[str, Any]:
    return {
        "when": datetime.fromtimestamp(row.created).astimezone().isoformat(" ", "seconds"),
        "run": row.id,
        "operation": row.operation,
        "model": row.model,
        "connection": row.connection_name,
        "person": row.owner,
        "state": row.state,
        "images": row.images,
        "estimated_low_dollars": _dollars(row.estimate_low_micros),
        "estimated_high_dollars": _dollars(row.estimate_high_micros),
        "cost_dollars": _dollars(row.cost_micros),
        "prompt": clip(row.prompt[: 2 * PROMPT_SIGNS], PROMPT_SIGNS),
    }


def _dollars(micros: int | None) -> str:
    return "" if micros is None else f"{micros / MICROS:.6f}"

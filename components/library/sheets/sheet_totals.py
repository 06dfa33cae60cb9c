"""What the ended cells of a sheet come to: cost, time, passed checks and scores, by value and in all.

The database adds them up, so that a sheet of 10,000 cells is not read for each look at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, ColumnElement, CompoundSelect, and_, func, literal, select, union_all

from components.checks import FAIL, KINDS, PASS
from components.library.db.rows import dollars
from components.library.db.schema import ENDED, check_results, checks, runs, sheet_cells
from components.library.errors import explained
from components.library.sheets.checks import CELLS, COVER
from components.library.store import Library

WHOLE = (-1, 0)  # the key of the total of all cells
SUMS = ("cost", "seconds", "passed", "judged", "score", "scored")  # the last four of a sheet with checks
SCORE_KIND = "score"  # other checks measure something else, if they measure a number


@dataclass(frozen=True)
class CellTotal:
    """The means and counts of some cells; None for a mean of nothing that is known.

    `cost` is in dollars; `judged` counts results of checks that passed or failed.
    """

    cost: Decimal | None
    seconds: float | None
    passed: int
    judged: int
    score: float | None


def totals_of(library: Library, sheet_id: str, axes: int, *, with_checks: bool) -> dict[tuple[int, int], CellTotal]:
    """Return the totals of a sheet's ended cells by axis and place, and that of all under WHOLE.

    Raise LibraryUnavailable.
    """
    cells = _cells(sheet_id, axes, with_checks=with_checks)
    sums: list[ColumnElement[Any]] = [func.count(cells.c.cost), func.count(cells.c.seconds)]
    sums += [func.sum(cells.c[name]) for name in SUMS if name in cells.c]
    parts = [select(literal(axis), place, *sums).group_by(place) for axis, place in enumerate(cells.c) if axis < axes]
    query = union_all(*parts) if parts else select(*map(literal, WHOLE), *sums)
    with explained(library.folder), library.engine.connect() as connection:
        found = {(axis, place): [one or 0 for one in row] for axis, place, *row in connection.execute(query)}
    if lines := [row for (axis, _), row in found.items() if axis == 0]:
        found[WHOLE] = [sum(column) for column in zip(*lines, strict=True)]
    return {key: _total(*row) for key, row in found.items()}


Shares = Mapping[tuple[int, int], float]  # means of a check, by the keys of totals


def shares_of(library: Library, sheet_id: str, check_id: str, axes: int) -> Shares:
    """Return the means of what a check measured of a sheet's ended cells, by axis and place, and of all under WHOLE.

    Raise LibraryUnavailable.
    """
    columns = [sheet_cells.c.places[axis].as_integer().label(f"place_{axis}") for axis in range(axes)]
    results = CELLS.join(check_results, check_results.c.output_id == COVER)
    here = and_(
        sheet_cells.c.sheet_id == sheet_id,
        runs.c.state.in_(ENDED),
        check_results.c.check_id == check_id,
        check_results.c.status.in_((PASS, FAIL)),
        check_results.c.score.is_not(None),
    )
    cells = select(*columns, check_results.c.score.label("score")).select_from(results).where(here).cte("measured")
    mean, places = func.avg(cells.c.score), [cells.c[f"place_{axis}"] for axis in range(axes)]
    parts = [select(literal(axis), place, mean).group_by(place) for axis, place in enumerate(places)]
    query: CompoundSelect[Any] = union_all(select(*map(literal, WHOLE), mean), *parts)
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query).all()
    return {(axis, place): round(float(found), 6) for axis, place, found in rows if found is not None}


def _cells(sheet_id: str, axes: int, *, with_checks: bool) -> CTE:
    """Return a row for each ended cell: its places, one a column, and its numbers."""
    here = and_(sheet_cells.c.sheet_id == sheet_id, runs.c.state.in_(ENDED))
    columns = [sheet_cells.c.places[axis].as_integer().label(f"place_{axis}") for axis in range(axes)]
    columns += [runs.c.cost_micros.label("cost"), (runs.c.ended - runs.c.started).label("seconds")]
    if not with_checks:
        return select(*columns).select_from(CELLS).where(here).cte("ended_cells")
    is_judged = check_results.c.status.in_((PASS, FAIL))
    is_scored = and_(is_judged, checks.c.kind == SCORE_KIND, check_results.c.score.is_not(None))
    results = CELLS.join(check_results, check_results.c.output_id == COVER)
    results = results.join(checks, and_(checks.c.id == check_results.c.check_id, checks.c.sheet_id == sheet_id))
    counted = (
        select(
            sheet_cells.c.position,
            func.count().filter(check_results.c.status == PASS).label("passed"),
            func.count().filter(is_judged).label("judged"),
            func.sum(check_results.c.score).filter(is_scored).label("score"),
            func.count().filter(is_scored).label("scored"),
        )
        .select_from(results)
        .where(here, checks.c.kind.in_(sorted(KINDS)))
        .group_by(sheet_cells.c.position)
        .subquery()
    )
    joined = CELLS.outerjoin(counted, counted.c.position == sheet_cells.c.position)
    columns += [one for one in counted.c if one.name in SUMS]
    return select(*columns).select_from(joined).where(here).cte("ended_cells")


def _total(
    costs: int,
    times: int,
    cost: int,
    seconds: float,
    passed: int = 0,
    judged: int = 0,
    score: float = 0,
    scored: int = 0,
) -> CellTotal:
    """Return the total of cells from their sums, and in how many of them cost and time are known."""
    sum_of_costs = dollars(int(cost)) or Decimal(0)
    return CellTotal(
        cost=sum_of_costs / costs if costs else None,
        seconds=_mean(seconds, times),
        passed=int(passed),
        judged=int(judged),
        score=_mean(score, int(scored)),
    )


def _mean(total: float, count: int) -> float | None:
    """Return a mean, or None; rounded, because databases add floating-point numbers up in another order."""
    return round(float(total) / count, 6) if count else None

"""A sheet's checks and their results: one for each check and image, whoever measures it at the same moment."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, delete, exists, func, insert, literal, not_, select, update

from components.checks import ASKED, ERROR, FAIL, KINDS, PASS, Verdict
from components.library.db.dialects import insert_new
from components.library.db.rows import dollars, stored_output
from components.library.db.schema import ENDED, check_results, checks, outputs, runs, sheet_cells
from components.library.errors import explained
from components.library.queries.cell_cover import of_cover
from components.library.records import StoredOutput
from components.library.store import Library

MOST_CHECKS = 20  # of one sheet


@dataclass(frozen=True)
class StoredCheck:
    """A check of a sheet: its kind and settings, as `checks.KINDS` has them."""

    id: str
    kind: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class CheckResult(Verdict):
    """How an image did in a check."""

    check_id: str = ""


@dataclass(frozen=True)
class Unchecked:
    """An image that a check is missing for, and the request that made it."""

    check: StoredCheck
    output: StoredOutput
    operation: str
    model: str
    values: Mapping[str, Any]


def add_check(library: Library, sheet_id: str, kind: str, settings: Mapping[str, Any]) -> bool:
    """Add a check to a sheet; return False for one that it has, or for more than MOST_CHECKS.

    Raise LibraryUnavailable.
    """
    row = {"id": secrets.token_hex(8), "sheet_id": sheet_id, "kind": kind, "settings": dict(settings)}
    known = checks_of(library, sheet_id)
    if len(known) >= MOST_CHECKS or any((one.kind, one.settings) == (kind, settings) for one in known):
        return False
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(insert(checks).values(**row, created=time.time()))
    return True


def remove_check(library: Library, check_id: str) -> None:
    """Remove a check with its results. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(delete(checks).where(checks.c.id == check_id))


def checks_of(library: Library, sheet_id: str) -> list[StoredCheck]:
    """Return a sheet's checks of kinds that this version knows, oldest first. Raise LibraryUnavailable."""
    query = select(checks).where(checks.c.sheet_id == sheet_id).order_by(checks.c.created, checks.c.id)
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query).all()
    return [StoredCheck(row.id, row.kind, row.settings) for row in rows if row.kind in KINDS]


COVER = of_cover(outputs.c.id)
CELLS = sheet_cells.join(runs, runs.c.id == sheet_cells.c.run_id)


def unchecked(
    library: Library, sheet_id: str, kinds: Collection[str], limit: int, connections: Collection[str] | None = None
) -> list[Unchecked]:
    """Return images of a sheet's ended cells that have no result of a check of these kinds.

    With `connections`, only of checks that are asked by one of them. Raise LibraryUnavailable.
    """
    query = (
        select(
            outputs,
            checks.c.id.label("check_id"),
            checks.c.kind,
            checks.c.settings,
            runs.c.operation,
            runs.c.model,
            runs.c.recipe,
        )
        .select_from(
            CELLS.join(outputs, outputs.c.id == COVER)
            .join(checks, checks.c.sheet_id == sheet_cells.c.sheet_id)
            .outerjoin(
                check_results,
                and_(check_results.c.check_id == checks.c.id, check_results.c.output_id == outputs.c.id),
            )
        )
        .where(sheet_cells.c.sheet_id == sheet_id, runs.c.state.in_(ENDED), checks.c.kind.in_(sorted(kinds)))
        .where(check_results.c.check_id.is_(None))
        .order_by(sheet_cells.c.position, checks.c.created)
        .limit(limit)
    )
    if connections is not None:
        query = query.where(checks.c.settings["connection"].as_string().in_(sorted(connections)))
    with explained(library.folder), library.engine.connect() as connection:
        rows = connection.execute(query).all()
    return [
        Unchecked(
            StoredCheck(row.check_id, row.kind, row.settings),
            stored_output({column.key: getattr(row, column.name) for column in outputs.columns}),
            row.operation,
            row.model,
            row.recipe.get("values", {}),
        )
        for row in rows
    ]


def store_result(library: Library, check_id: str, output_id: str, verdict: Verdict, run_id: str | None = None) -> bool:
    """Store how an image did, unless a result is there or check or image is gone; return whether this call did it.

    `run_id` is the run that asks a model. Raise LibraryUnavailable.
    """
    values = {
        "check_id": check_id,
        "output_id": output_id,
        "status": verdict.status,
        "score": verdict.score,
        "detail": verdict.detail,
        "run_id": run_id,
        "created": time.time(),
    }
    is_known = exists().where(check_results.c.check_id == check_id, check_results.c.output_id == output_id)
    # One statement, so that two processes cannot come between.
    typed = (literal(value, check_results.c[name].type) for name, value in values.items())
    row = select(*typed).where(
        not_(is_known), exists().where(checks.c.id == check_id), exists().where(outputs.c.id == output_id)
    )
    with explained(library.folder), library.engine.begin() as connection:
        return connection.execute(insert_new(connection, check_results).from_select(list(values), row)).rowcount == 1


def results_of(
    library: Library, sheet_id: str, output_ids: Collection[str] | None = None
) -> dict[str, list[CheckResult]]:
    """Return the results of a sheet's checks by output, of all or of these, in the order of the checks.

    Raise LibraryUnavailable.
    """
    query = (
        select(check_results)
        .join(checks, checks.c.id == check_results.c.check_id)
        .where(checks.c.sheet_id == sheet_id, checks.c.kind.in_(sorted(KINDS)))
        .order_by(checks.c.created, checks.c.id)
    )
    if output_ids is not None:
        query = query.where(check_results.c.output_id.in_(sorted(output_ids)))
    found: dict[str, list[CheckResult]] = defaultdict(list)
    with explained(library.folder), library.engine.connect() as connection:
        for row in connection.execute(query):
            found[row.output_id].append(CheckResult(row.status, row.detail, row.score, row.check_id))
    return found


def failing_places(library: Library, sheet_id: str) -> set[tuple[int, ...]]:
    """Return the places of a sheet's cells whose image failed a check. Raise LibraryUnavailable."""
    query = (
        select(sheet_cells.c.places)
        .select_from(CELLS.join(check_results, check_results.c.output_id == COVER))
        .where(sheet_cells.c.sheet_id == sheet_id, check_results.c.status == FAIL)
    )
    with explained(library.folder), library.engine.connect() as connection:
        return {tuple(places) for places in connection.execute(query).scalars()}


def judged_places(library: Library, sheet_id: str) -> dict[tuple[int, ...], dict[str, str]]:
    """Return the statuses of the checks that passed or failed, by the places of the cell and the check's id.

    Raise LibraryUnavailable.
    """
    query = (
        select(sheet_cells.c.places, check_results.c.check_id, check_results.c.status)
        .select_from(CELLS.join(check_results, check_results.c.output_id == COVER))
        .where(sheet_cells.c.sheet_id == sheet_id, check_results.c.status.in_((PASS, FAIL)))
    )
    found: dict[tuple[int, ...], dict[str, str]] = defaultdict(dict)
    with explained(library.folder), library.engine.connect() as connection:
        for places, check_id, status in connection.execute(query):
            found[tuple(places)][check_id] = status
    return found


@dataclass(frozen=True)
class AskedRun:
    """A run that was claimed to ask checks about an output; `claimed` is in Unix seconds.

    `is_sent` is False while the run does not exist.
    """

    run_id: str
    output_id: str
    claimed: float
    is_sent: bool
    checks: tuple[StoredCheck, ...]


def asked_runs(library: Library, sheet_id: str) -> list[AskedRun]:
    """Return the runs whose answers a sheet's checks wait for. Raise LibraryUnavailable."""
    claimed, is_sent = check_results.c.created.label("claimed"), runs.c.id.is_not(None).label("is_sent")
    query = (
        select(check_results.c.run_id, check_results.c.output_id, claimed, is_sent, checks)
        .join(checks, checks.c.id == check_results.c.check_id)
        .outerjoin(runs, runs.c.id == check_results.c.run_id)
        .where(checks.c.sheet_id == sheet_id, check_results.c.status == ASKED)
        .order_by(checks.c.created, checks.c.id)
    )
    found: dict[str, AskedRun] = {}
    with explained(library.folder), library.engine.connect() as connection:
        for row in connection.execute(query):
            check = StoredCheck(row.id, row.kind, row.settings)
            known = found.get(row.run_id, AskedRun(row.run_id, row.output_id, row.claimed, row.is_sent, ()))
            found[row.run_id] = replace(known, checks=(*known.checks, check))
    return list(found.values())


def answer_result(library: Library, check_id: str, output_id: str, verdict: Verdict) -> None:
    """Replace a result that waits for an answer. Raise LibraryUnavailable."""
    values = {"status": verdict.status, "score": verdict.score, "detail": verdict.detail}
    row = and_(
        check_results.c.check_id == check_id, check_results.c.output_id == output_id, check_results.c.status == ASKED
    )
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(update(check_results).where(row).values(**values))


def forget_errors(library: Library, check_id: str) -> None:
    """Forget the results of a check that ended in an error, so that they are missing. Raise LibraryUnavailable."""
    row = and_(check_results.c.check_id == check_id, check_results.c.status == ERROR)
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(delete(check_results).where(row))


def asking_cost(library: Library, sheet_id: str) -> Decimal:
    """Return what a sheet's checks by models have cost, in dollars, also of removed ones. Raise LibraryUnavailable."""
    query = select(func.coalesce(func.sum(runs.c.cost_micros), 0)).where(
        runs.c.operation == "analyze", runs.c.extra["check"].as_string() == sheet_id
    )
    with explained(library.folder), library.engine.connect() as connection:
        return dollars(connection.execute(query).scalar_one()) or Decimal(0)

"""What runs reserve when they are queued and count when they end, in the transaction of their own row.

A counter of a budget is changed by one guarded UPDATE, so that two processes cannot both take what is left. Counters
are sums of charges: they are made when a budget first needs them, and thrown away when budgets change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    select,
    update,
)

from components.library.db.schema import runs
from components.library.db.tables.team_tables import budget_counters as counters
from components.library.db.tables.team_tables import budget_rule, budgets, charges
from components.library.errors import LibraryUnavailable, explained
from components.library.files.handle import LibraryHandle
from components.library.team.rule_defaults import defaults
from components.team.budgets import (
    Budget,
    BudgetStanding,
    CounterKey,
    Period,
    Scope,
    Unknown,
    UnknownRule,
    applicable,
    charge,
    day_of,
    every_key,
    refusal,
)

T = TypeVar("T")

IS_RESERVED = charges.c.reserved_micros > 0


class RunRefused(LibraryUnavailable):
    """A rule of the team refuses a run: a limit or a hard budget. Nothing was sent."""


class BudgetExceeded(RunRefused):
    """A hard budget has no room for a run, or not yet: what is reserved may turn out to be too much."""


class _CountersMissing(Exception):
    """Budgets hold for a run whose counters are not there yet."""

    def __init__(self, keys: Sequence[CounterKey]) -> None:
        super().__init__(keys)
        self.keys = keys


def with_counters(library: LibraryHandle, work: Callable[[Connection], T]) -> T:
    """Do work in a transaction, again if it needed counters that were not there. Raise LibraryUnavailable."""
    while True:
        try:
            with explained(library.folder), library.engine.begin() as connection:
                return work(connection)
        except _CountersMissing as missing:
            with explained(library.folder), library.engine.begin() as connection:
                _add_counters(connection, missing.keys)


def reserve(
    connection: Connection,
    run_id: str,
    owner: str,
    connection_id: str,
    estimate_high: int | None,
    created: float,
) -> None:
    """Charge a run with what it may cost, in a transaction of `with_counters`.

    Raise BudgetExceeded when a hard budget would be exceeded, or is used up and the price is not known (None).
    """
    unknown, contact = read_rule(connection, lock=True)
    day = day_of(created)
    amount, _, _ = charge(state="queued", cost=None, money="", estimate_high=estimate_high, unknown=unknown)
    needed = amount or int(estimate_high is None)  # what may cost something needs at least something left
    row = {"run_id": run_id, "owner": owner, "connection_id": connection_id, "day": day}
    connection.execute(insert(charges).values(**row, reserved_micros=amount, spent_micros=0))
    missing = []
    held = {key: budget for budget, key in applicable(read_budgets(connection), owner, connection_id, day)}
    for key in every_key(owner, connection_id, day):
        budget = held.get(key)
        taken = update(counters).where(*_at(key)).values(reserved_micros=counters.c.reserved_micros + amount)
        if budget is not None and budget.hard is not None:
            taken = taken.where(counters.c.spent_micros + counters.c.reserved_micros + needed <= budget.hard)
        if connection.execute(taken).rowcount or budget is None:
            continue
        there = connection.execute(select(counters).where(*_at(key))).one_or_none()
        if there is None:
            missing.append(key)
        elif needed:  # what is free is never refused
            standing = BudgetStanding(budget, key, there.spent_micros, there.reserved_micros)
            raise BudgetExceeded(*refusal(standing, amount, contact))
    if missing:
        raise _CountersMissing(missing)


def is_charged(connection: Connection, run_id: str) -> bool:
    """Return whether a run is charged already."""
    return connection.execute(select(charges.c.day).where(_of(run_id))).first() is not None


def settle(connection: Connection, *which: ColumnElement[bool]) -> None:
    """Charge runs with what they cost, or may have cost, by their state now; `which` are conditions on runs.

    In the transaction that changed them.
    """
    columns = (runs.c.state, runs.c.cost_micros, runs.c.error, runs.c.estimate_high_micros)
    query = select(charges, *columns).join(runs, runs.c.id == charges.c.run_id).where(*which)
    rows = connection.execute(query.order_by(charges.c.run_id).with_for_update(of=charges)).all()
    if not rows:
        return
    unknown, _ = read_rule(connection, lock=True)
    for row in rows:
        error = row.error if isinstance(row.error, dict) else {}
        reserved, spent, is_unknown = charge(
            state=row.state,
            cost=row.cost_micros,
            money=str(error.get("money", "")),
            estimate_high=row.estimate_high_micros,
            unknown=unknown,
        )
        _change(connection, row, reserved, spent, is_unknown)


def release(library: LibraryHandle, run_ids: Collection[str]) -> None:
    """Take back what was reserved for runs that never began. Raise LibraryUnavailable."""
    never = not_(exists().where(runs.c.id == charges.c.run_id))
    query = select(charges).where(charges.c.run_id.in_(run_ids), never).with_for_update(of=charges)
    with explained(library.folder), library.engine.begin() as connection:
        for row in connection.execute(query).all():
            read_rule(connection, lock=True)
            _change(connection, row, 0, 0, False)
            connection.execute(delete(charges).where(_of(row.run_id)))


def _change(connection: Connection, row: Any, reserved: int, spent: int, is_unknown: bool) -> None:
    """Change a charge, and every counter that it is in, also those of budgets that only another process knows."""
    if (reserved, spent, is_unknown) == (row.reserved_micros, row.spent_micros, row.is_unknown):
        return
    values = {"reserved_micros": reserved, "spent_micros": spent, "is_unknown": is_unknown}
    connection.execute(update(charges).where(_of(row.run_id)).values(**values))
    changed = {
        "reserved_micros": counters.c.reserved_micros + (reserved - row.reserved_micros),
        "spent_micros": counters.c.spent_micros + (spent - row.spent_micros),
    }
    for key in every_key(row.owner, row.connection_id, row.day):
        connection.execute(update(counters).where(*_at(key)).values(**changed))


def read_rule(connection: Connection, *, lock: bool = False) -> tuple[Unknown, str]:
    """Return the rule for unknown spends, and whom to ask; `lock` keeps others from changing budgets until then."""
    query = select(budget_rule)
    row = connection.execute(query.with_for_update(read=True) if lock else query).first()
    if row is None:
        return Unknown(), ""
    rule = UnknownRule(row.rule) if row.rule in tuple(UnknownRule) else UnknownRule.ESTIMATE
    return Unknown(rule, row.fixed_micros), row.contact


def read_budgets(connection: Connection) -> list[Budget]:
    """Return all budgets: those that admins set, and those of secrets.toml for what they set none."""
    stored = read_stored_budgets(connection)
    taken = {one.subject for one in stored}
    return [*stored, *(one for one in defaults().budgets if one.subject not in taken)]


def read_stored_budgets(connection: Connection) -> list[Budget]:
    """Return the budgets that admins set."""
    return [
        Budget(Scope(row.scope), row.target, Period(row.period), row.soft_micros, row.hard_micros)
        for row in connection.execute(select(budgets).order_by(budgets.c.scope, budgets.c.target, budgets.c.period))
        if row.scope in tuple(Scope) and row.period in tuple(Period)
    ]


def _of(run_id: str) -> ColumnElement[bool]:
    return charges.c.run_id == run_id


def _at(key: CounterKey) -> tuple[ColumnElement[bool], ...]:
    return counters.c.scope == key.scope, counters.c.holder == key.holder, counters.c.period == key.period


def charged_in(period: str) -> ColumnElement[bool]:
    """Return the condition on charges of a day or month."""
    return charges.c.day.between(period, period if len(period) > len("2026-11") else f"{period}-99")


def charges_of(key: CounterKey) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on charges that a counter is the sum of."""
    days = charged_in(key.period)
    if key.scope == Scope.PERSON:
        return days, charges.c.owner == key.holder
    return (days, charges.c.connection_id == key.holder) if key.scope == Scope.CONNECTION else (days,)


def _add_counters(connection: Connection, keys: Sequence[CounterKey]) -> None:
    """Make counters from charges, in one statement each, and while nobody reserves or settles."""
    connection.execute(select(budget_rule).with_for_update()).all()
    for key in keys:
        sums = [
            select(func.coalesce(func.sum(charges.c[name]), 0)).where(*charges_of(key)).scalar_subquery()
            for name in ("reserved_micros", "spent_micros")
        ]
        parts = [literal(str(part)) for part in key]
        values = select(*parts, *sums).where(not_(select(counters.c.holder).where(*_at(key)).exists()))
        names = ["scope", "holder", "period", "reserved_micros", "spent_micros"]
        connection.execute(insert(counters).from_select(names, values))

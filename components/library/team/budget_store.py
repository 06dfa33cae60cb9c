"""Budgets as admins set them, and how much of each is left."""

from __future__ import annotations

import time

from sqlalchemy import Connection, delete, func, insert, select, update

from components.library.db.tables.team_tables import budget_counters as counters
from components.library.db.tables.team_tables import budget_rule, budgets, charges
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.library.team.charges import charged_in, charges_of, read_budgets, read_rule, read_stored_budgets
from components.team.budgets import Budget, BudgetStanding, CounterKey, Scope, Unknown, applicable, day_of, period_key


def all_budgets(library: LibraryHandle) -> list[Budget]:
    """Return all budgets that hold, including those of secrets.toml. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.connect() as connection:
        return read_budgets(connection)


def stored_budgets(library: LibraryHandle) -> list[Budget]:
    """Return the budgets that admins set, without those of secrets.toml. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.connect() as connection:
        return read_stored_budgets(connection)


def budget_settings(library: LibraryHandle) -> tuple[Unknown, str]:
    """Return how unknown spends are counted, and whom to ask for more. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.connect() as connection:
        return read_rule(connection)


def save_budget(library: LibraryHandle, budget: Budget) -> None:
    """Store a budget instead of the earlier one; remove it if it has no limits. Raise LibraryUnavailable."""
    same = (budgets.c.scope == budget.scope, budgets.c.target == budget.target, budgets.c.period == budget.period)
    with explained(library.folder), library.engine.begin() as connection:
        _lock(connection)
        connection.execute(delete(budgets).where(*same))
        if budget.soft is not None or budget.hard is not None:
            connection.execute(
                insert(budgets).values(
                    scope=budget.scope,
                    target=budget.target,
                    period=budget.period,
                    soft_micros=budget.soft,
                    hard_micros=budget.hard,
                )
            )
        # They are made again from the charges, for the budgets that hold now.
        connection.execute(delete(counters).where(counters.c.scope == budget.scope))


def save_budget_settings(library: LibraryHandle, unknown: Unknown, contact: str) -> None:
    """Store how unknown spends count from now on, and whom to ask for more. Raise LibraryUnavailable."""
    with explained(library.folder), library.engine.begin() as connection:
        _lock(connection)
        connection.execute(
            update(budget_rule).values(rule=unknown.rule, fixed_micros=unknown.fixed, contact=contact.strip())
        )


def _lock(connection: Connection) -> None:
    """Keep others from reserving and settling until the transaction ends."""
    if not connection.execute(select(budget_rule).with_for_update()).all():
        first = Unknown()
        connection.execute(insert(budget_rule).values(id=1, rule=first.rule, fixed_micros=first.fixed))


def standings(
    library: LibraryHandle, owner: str | None, connection_id: str | None, now: float | None = None
) -> list[BudgetStanding]:
    """Return the budgets that hold for a person at a connection now, with what is used of them.

    None leaves persons or connections out. Raise LibraryUnavailable.
    """
    day = day_of(time.time() if now is None else now)
    with explained(library.folder), library.engine.connect() as connection:
        held = applicable(read_budgets(connection), owner, connection_id, day)
        return [_standing(connection, budget, key) for budget, key in held]


def nearest(library: LibraryHandle, budget: Budget, limit: int, now: float | None = None) -> list[BudgetStanding]:
    """Return those who have used most of a budget for each person or connection, the highest first, at most `limit`.

    Without those who have a budget of their own. Raise LibraryUnavailable.
    """
    period = period_key(budget.period, day_of(time.time() if now is None else now))
    holder = charges.c.owner if budget.scope is Scope.PERSON else charges.c.connection_id
    spent, reserved = (func.sum(charges.c[name]) for name in ("spent_micros", "reserved_micros"))
    with explained(library.folder), library.engine.connect() as connection:
        same = [one for one in read_budgets(connection) if (one.scope, one.period) == (budget.scope, budget.period)]
        own = [one for one in same if one.target]
        # A person's own budget may be written in other letters; what the database lowers otherwise is left out below.
        names = {one.target for one in own} | {one.target.casefold() for one in own}
        query = (
            select(holder, spent, reserved)
            .where(charged_in(period), holder.not_in(names), func.lower(holder).not_in(names))
            .group_by(holder)
            .having(spent + reserved > 0)
            .order_by((spent + reserved).desc(), holder)
            .limit(limit + len(own))
        )
        rows = connection.execute(query).all()
    found = [BudgetStanding(budget, CounterKey(budget.scope, row[0], period), int(row[1]), int(row[2])) for row in rows]
    return [one for one in found if not any(budget.limits(one.key.holder) for budget in own)][:limit]


def _standing(connection: Connection, budget: Budget, key: CounterKey) -> BudgetStanding:
    at = (counters.c.scope == key.scope, counters.c.holder == key.holder, counters.c.period == key.period)
    row = connection.execute(select(counters.c.spent_micros, counters.c.reserved_micros).where(*at)).one_or_none()
    if row is None:
        sums = (func.coalesce(func.sum(charges.c[name]), 0) for name in ("spent_micros", "reserved_micros"))
        row = connection.execute(select(*sums).where(*charges_of(key))).one()
    return BudgetStanding(budget, key, int(row[0]), int(row[1]))

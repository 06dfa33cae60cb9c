"""Budgets: who may spend how much in a day or a month (UTC). Amounts are millionths of a dollar (micros).

Only what goes over the team's connections counts. A person's own connection is that person's own money, and the
built-in engine is free.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

# Ids of the connections that the operator set up begin with one of these.
SHARED = ("team:", "environment")
MICROS = 1_000_000
# Highest plausible cost of a run. A higher one counts as unknown.
MOST = 10_000 * MICROS


class Scope(StrEnum):
    """Whose spending a budget limits: each person's or one's, each connection's or one's, or that of all."""

    PERSON = "person"
    CONNECTION = "connection"
    TEAM = "team"


class Period(StrEnum):
    """How long a budget lasts, in UTC."""

    DAY = "day"
    MONTH = "month"


NAMES: Mapping[Period, str] = {Period.DAY: "daily", Period.MONTH: "monthly"}


class UnknownRule(StrEnum):
    """What a run counts whose price is not known: its estimate's upper bound, a fixed amount, or nothing."""

    ESTIMATE = "estimate"
    FIXED = "fixed"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Unknown:
    """The rule for spends that cannot be known. `fixed` counts also where there is no estimate."""

    rule: UnknownRule = UnknownRule.ESTIMATE
    fixed: int = 0

    def amount(self, estimate_high: int | None) -> int:
        """Return what a run with this estimate counts while its price is not known."""
        if self.rule is UnknownRule.NOTHING:
            return 0
        if self.rule is UnknownRule.ESTIMATE and estimate_high is not None:
            return min(max(0, estimate_high), MOST)
        return self.fixed


@dataclass(frozen=True)
class Budget:
    """A budget of a person, a connection (by id) or the team; `target` "" means each one without a budget of its own.

    Above `soft` people are warned, above `hard` runs are refused; None for no such limit. A person is meant whether the
    target is written in the same letters as the id or in capitals, because sign-ins report ids in small letters.
    """

    scope: Scope
    target: str
    period: Period
    soft: int | None = None
    hard: int | None = None

    @property
    def subject(self) -> tuple[Scope, str, Period]:
        """Return what it limits, the same for two budgets of which one replaces the other."""
        return self.scope, self._folded(self.target), self.period

    def limits(self, holder: str) -> bool:
        """Return whether it is a budget of this holder of its scope, or of each."""
        return not self.target or self._folded(self.target) == self._folded(holder)

    def _folded(self, name: str) -> str:
        return name.casefold() if self.scope is Scope.PERSON else name


class CounterKey(NamedTuple):
    """What is counted: one person's, connection's or the team's spending in one day or month such as "2026-11"."""

    scope: str
    holder: str
    period: str


@dataclass(frozen=True)
class BudgetStanding:
    """A budget that holds for a person or connection, and how much of it is spent and reserved."""

    budget: Budget
    key: CounterKey
    spent: int = 0
    reserved: int = 0

    @property
    def used(self) -> int:
        """Return what is spent and reserved."""
        return self.spent + self.reserved

    @property
    def left(self) -> int | None:
        """Return what may still be spent; None without a hard limit."""
        return None if self.budget.hard is None else max(0, self.budget.hard - self.used)

    def is_over(self, more: int = 0) -> bool:
        """Return whether the hard limit would be exceeded by `more`."""
        return self.budget.hard is not None and self.used + more > self.budget.hard

    def is_over_soft(self, more: int = 0) -> bool:
        """Return whether the soft limit would be exceeded by `more`."""
        return self.budget.soft is not None and self.used + more > self.budget.soft


def is_shared(connection_id: str) -> bool:
    """Return whether a connection is the team's, whose spending counts."""
    return connection_id.startswith(SHARED)


def day_of(time: float) -> str:
    """Return the day of a time in Unix seconds, such as "2026-11-29", in UTC."""
    return datetime.fromtimestamp(time, UTC).date().isoformat()


def period_key(period: Period, day: str) -> str:
    """Return the day itself, or its month such as "2026-11"."""
    return day if period is Period.DAY else day[: len("2026-11")]


def period_end(key: str) -> datetime:
    """Return when the day or month of a counter ends."""
    if len(key) == len("2026-11"):
        first = datetime.strptime(key, "%Y-%m").replace(tzinfo=UTC)
        return (first + timedelta(days=32)).replace(day=1)
    return datetime.strptime(key, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)


def applicable(
    budgets: Iterable[Budget], owner: str | None, connection_id: str | None, day: str
) -> list[tuple[Budget, CounterKey]]:
    """Return the budgets that hold for a run on a day, with their counters, in the order in which these are locked.

    `owner` and `connection_id` may be None to leave that scope out. A budget with a target replaces the one for each,
    whatever the amounts; one whose target is exactly the person's id replaces one in other letters.
    """
    holders: Mapping[Scope, str | None] = {Scope.PERSON: owner, Scope.CONNECTION: connection_id, Scope.TEAM: ""}
    found: dict[CounterKey, Budget] = {}
    for budget in sorted(budgets, key=lambda one: (bool(one.target), one.target == holders[one.scope])):
        holder = holders[budget.scope]
        if holder is not None and budget.limits(holder):
            found[CounterKey(budget.scope, holder, period_key(budget.period, day))] = budget
    return [(found[key], key) for key in sorted(found)]


def every_key(owner: str, connection_id: str, day: str) -> list[CounterKey]:
    """Return all counters that a run on a day may count in, in the order in which they are locked."""
    holders = {Scope.PERSON: owner, Scope.CONNECTION: connection_id, Scope.TEAM: ""}
    return sorted(
        CounterKey(scope, holder, period_key(period, day)) for scope, holder in holders.items() for period in Period
    )


def charge(
    *, state: str, cost: int | None, money: str, estimate_high: int | None, unknown: Unknown
) -> tuple[int, int, bool]:
    """Return what a run reserves, what it counts as spent, and whether that was not known but follows from the rule.

    `money` is the run's error's word on it, such as "nothing_spent"; "" without an error.
    """
    if state in ("queued", "running"):
        return unknown.amount(None) if estimate_high is None else min(max(0, estimate_high), MOST), 0, False
    if cost is not None and 0 <= cost <= MOST:
        return 0, cost, False
    if state != "done" and money == "nothing_spent":
        return 0, 0, False
    return 0, unknown.amount(estimate_high), True


def money_text(micros: int) -> str:
    """Return an amount such as "$2.50", with more digits below a cent."""
    amount = micros / MICROS
    return (
        f"${amount:,.2f}"
        if amount >= 1 or micros % 10_000 == 0
        else f"${amount:.4f}"
        if amount < 0.01
        else f"${amount:.3f}"
    )


def refusal(standing: BudgetStanding, more: int, contact: str, *, is_yours: bool = True) -> tuple[str, str]:
    """Return why a run that may cost `more` is refused, and what to do; `more` is 0 where the price is not known."""
    hard, left = standing.budget.hard or 0, standing.left or 0
    until = period_end(standing.key.period)
    cost = f"This run may cost up to {money_text(more)}" if more else "The price of this run is not known"
    what = (
        f"{cost}, and {money_text(left)} is left of "
        f"{whose(standing, is_yours=is_yours)} budget of {money_text(hard)} a {standing.budget.period}."
    )
    return what, f"A new one begins on {until:%B} {until.day} at 00:00 UTC. Ask {contact or 'an admin'} for more."


def whose(standing: BudgetStanding, *, is_yours: bool = True) -> str:
    """Return whose a budget is, such as "your" or "the team's"."""
    if standing.budget.scope is Scope.PERSON:
        return "your" if is_yours else f"{standing.key.holder or 'nameless people'}'s"
    return "this connection's" if standing.budget.scope is Scope.CONNECTION else "the team's"


def left_texts(standings: Iterable[BudgetStanding], more: int = 0) -> Iterator[tuple[bool, str]]:
    """Yield for each budget whether it warns, and how much is left; `more` is what the next run may cost."""
    for one in standings:
        name = f"{whose(one)} {NAMES[one.budget.period]} budget"
        if one.is_over(more):
            yield True, f"{money_text(one.left or 0)} left of {name}: too little for this"
        elif one.is_over_soft(more):
            is_used = "is used" if one.is_over_soft() else "may be used with this"
            left = "" if one.left is None else f", {money_text(one.left)} left"
            yield True, f"more than {money_text(one.budget.soft or 0)} of {name} {is_used}{left}"
        elif one.left is not None:
            yield False, f"{money_text(one.left)} left of {name}"

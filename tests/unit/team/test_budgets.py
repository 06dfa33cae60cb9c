"""The arithmetic of budgets: which hold, what a run reserves and counts, what is left, and how it is said."""

from __future__ import annotations

import pytest

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
    is_shared,
    left_texts,
    money_text,
    period_end,
    refusal,
)

DAY, MONTH = Period.DAY, Period.MONTH
EACH = Budget(Scope.PERSON, "", DAY, None, 5_000_000)
ANN = Budget(Scope.PERSON, "ann", DAY, None, 9_000_000)
SERVER = Budget(Scope.CONNECTION, "team:x", MONTH, 1_000_000, 2_000_000)
TEAM = Budget(Scope.TEAM, "", MONTH, 3_000_000, None)


def test_which_budgets_hold() -> None:
    """A person's own goes before the one for each; other connections' do not hold; the order is that of the keys."""
    day, person = "2026-11-29", "2026-11-29"
    found = applicable([EACH, ANN, SERVER, TEAM], "ann", "team:x", day)
    assert found == [
        (SERVER, CounterKey("connection", "team:x", "2026-11")),
        (ANN, CounterKey("person", "ann", person)),
        (TEAM, CounterKey("team", "", "2026-11")),
    ]
    assert applicable([EACH, ANN, SERVER], "bob", "team:y", day) == [(EACH, CounterKey("person", "bob", person))]
    assert [key for _, key in applicable([EACH], "", None, day)] == [CounterKey("person", "", person)]
    assert applicable([EACH], None, "team:x", day) == []


def test_a_persons_budget_holds_in_other_letters() -> None:
    """A sign-in reports ids in small letters; an operator may write them in capitals. Connections have exact ids."""
    day, key = "2026-11-29", CounterKey("person", "ada@example.com", "2026-11-29")
    capitals = Budget(Scope.PERSON, "Ada@Example.com", DAY, None, 1_000_000)
    exact = Budget(Scope.PERSON, "ada@example.com", DAY, None, 2_000_000)
    assert applicable([capitals, EACH], "ada@example.com", None, day) == [(capitals, key)]
    assert applicable([exact, capitals, EACH], "ada@example.com", None, day) == [(exact, key)]
    assert applicable([capitals], "bob@example.com", None, day) == []
    assert applicable([SERVER], None, "TEAM:X", day) == []


ESTIMATE, FIXED, NOTHING = (Unknown(rule, 70) for rule in UnknownRule)


@pytest.mark.parametrize(
    ("state", "cost", "money", "high", "unknown", "expected"),
    [
        ("queued", None, "", 200, ESTIMATE, (200, 0, False)),
        ("queued", None, "", None, ESTIMATE, (70, 0, False)),
        ("queued", None, "", None, FIXED, (70, 0, False)),
        ("queued", None, "", None, NOTHING, (0, 0, False)),
        ("running", 150, "", 200, ESTIMATE, (200, 0, False)),
        ("done", 150, "", 200, ESTIMATE, (0, 150, False)),
        ("failed", 150, "billed", 200, FIXED, (0, 150, False)),
        ("failed", None, "nothing_spent", 200, FIXED, (0, 0, False)),
        ("cancelled", None, "nothing_spent", 200, ESTIMATE, (0, 0, False)),
        ("done", None, "", 200, ESTIMATE, (0, 200, True)),
        ("done", None, "nothing_spent", 200, FIXED, (0, 70, True)),
        ("interrupted", None, "may_be_billed", 200, ESTIMATE, (0, 200, True)),
        ("interrupted", None, "may_be_billed", 200, FIXED, (0, 70, True)),
        ("interrupted", None, "may_be_billed", 200, NOTHING, (0, 0, True)),
        ("done", -5, "", 200, NOTHING, (0, 0, True)),
        ("done", 10**15, "", None, FIXED, (0, 70, True)),
    ],
)
def test_what_a_run_counts(state, cost, money, high, unknown, expected) -> None:
    """Its estimate while it waits and runs; then its cost, or what the rule says where that is not known."""
    assert charge(state=state, cost=cost, money=money, estimate_high=high, unknown=unknown) == expected


def test_days_and_months_are_utc() -> None:
    """A day begins at 00:00 UTC; a month ends where the next one begins."""
    assert (day_of(0), day_of(86_399), day_of(86_400)) == ("1970-01-01", "1970-01-01", "1970-01-02")
    assert [period_end(key).date().isoformat() for key in ("2026-12", "2026-02", "2026-12-31")] == [
        "2027-01-01",
        "2026-03-01",
        "2027-01-01",
    ]


def test_own_connections_and_the_built_in_engine_do_not_count() -> None:
    """Only what the operator set up is the team's money."""
    names = ("team:x", "environment", "environment-azure", "own-12ab", "built-in")
    assert [is_shared(name) for name in names] == [True, True, True, False, False]


def test_what_is_left_is_said() -> None:
    """Above the soft limit and near the hard one a person is warned, with the amounts."""
    key = CounterKey("connection", "team:x", "2026-11")
    used = BudgetStanding(SERVER, key, 900_000, 50_000)
    assert list(left_texts([used], 10_000)) == [(False, "$1.05 left of this connection's monthly budget")]
    assert list(left_texts([used], 60_000)) == [
        (True, "more than $1.00 of this connection's monthly budget may be used with this, $1.05 left")
    ]
    assert list(left_texts([used], 1_060_000)) == [
        (True, "$1.05 left of this connection's monthly budget: too little for this")
    ]
    assert (used.is_over(1_050_000), used.is_over(1_050_001)) == (False, True)


def test_a_refusal_says_why_until_when_and_whom_to_ask() -> None:
    """Amounts, the reset, and the contact that the admin named."""
    standing = BudgetStanding(EACH, CounterKey("person", "ann", "2026-11-30"), 4_000_000, 900_000)
    what, next_step = refusal(standing, 210_720, "Dana")
    assert what == "This run may cost up to $0.211, and $0.10 is left of your budget of $5.00 a day."
    assert next_step == "A new one begins on December 1 at 00:00 UTC. Ask Dana for more."
    assert "an admin" in refusal(standing, 1, "")[1]


@pytest.mark.parametrize(("micros", "text"), [(0, "$0.00"), (2_500_000, "$2.50"), (13_000, "$0.013"), (40, "$0.0000")])
def test_amounts(micros: int, text: str) -> None:
    """Two digits, more below a cent."""
    assert money_text(micros) == text

"""Budgets hold in the database: reserved with the run's row, settled with its end, by several processes at once."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from components.library import Library, open_library
from components.library.db.tables.team_tables import budget_counters, charges
from components.library.maintenance.recovery import settle
from components.library.records import IN_BATCH
from components.library.team.admission import admit_all
from components.library.team.budget_store import all_budgets, nearest, save_budget, save_budget_settings, standings
from components.library.team.charges import BudgetExceeded, RunRefused, release
from components.library.team.limit_store import (
    add_access_rule,
    all_limits,
    remove_access_rule,
    save_role_limit,
    stored_roles,
)
from components.library.team.people_store import note_person, seen_people
from components.library.team.rule_defaults import use_defaults
from components.parameters import Estimate
from components.team.budgets import Budget, Period, Scope, Unknown, UnknownRule
from components.team.defaults import Defaults
from components.team.limits import AccessRule, RoleLimit
from components.team.people import Person, Role
from tests.servers.postgres import server
from tests.setup.environment import ROOT
from tests.support.new_library import run_migrations
from tests.unit.library.team.spender import PRICE, REQUEST

pytestmark = pytest.mark.own_store

EACH = int((PRICE.high or Decimal(0)) * 1_000_000)
DAILY = Budget(Scope.PERSON, "", Period.DAY, None, 3 * EACH)


@cache
def migrated() -> str:
    """The name of a PostgreSQL database with the newest schema, to be copied."""
    name = server().new_database()
    engine = create_engine(server().url(name))
    run_migrations(engine)
    engine.dispose()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without rows; "" for SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    name = server().new_database(migrated())
    yield server().url(name)
    server().drop(name)


@pytest.fixture
def library(tmp_path: Path, url: str) -> Iterator[Library]:
    """An open library."""
    opened = open_library(tmp_path / "library", database_url=url)
    yield opened
    opened.close()


def begin(library: Library, run_id: str, owner: str = "ann", connection: str = "team:x", **more) -> None:
    """Store a queued run."""
    library.begin_run(
        run_id, REQUEST, connection_id=connection, connection_name="X", owner=owner, **{"estimate": PRICE, **more}
    )


def used(library: Library, owner: str = "ann") -> list[tuple[int, int]]:
    """What is spent and reserved of each budget, in estimates' prices."""
    return [(one.spent * 100 // EACH, one.reserved * 100 // EACH) for one in standings(library, owner, "team:x")]


def test_a_hard_budget_refuses_and_the_run_is_not_there(library: Library) -> None:
    """What fits is taken; the next run leaves neither a row nor a reservation."""
    save_budget(library, DAILY)
    for number in range(3):
        begin(library, f"r{number}")
    with pytest.raises(RunRefused, match=r"\$0\.00 is left of your budget"):
        begin(library, "r3")
    assert library.run("r3") is None
    begin(library, "b0", owner="bob")
    begin(library, "free", connection="built-in")
    begin(library, "mine", connection="own-1")
    assert (used(library), used(library, "bob")) == ([(0, 300)], [(0, 100)])


def test_who_is_nearest_to_a_budget_for_each(library: Library) -> None:
    """By what is spent and reserved in its period, without those who have a budget of their own; no more than asked."""
    for name, count in (("ann", 1), ("bob", 3), ("cy", 2), ("Ödön", 4)):
        for number in range(count):
            begin(library, f"{name}{number}", owner=name, connection="team:y" if name == "cy" else "team:x")
    begin(library, "mine", owner="dan", connection="own-1")
    begin(library, "before", owner="eve", created=time.time() - 40 * 86_400)
    for target in ("", "BOB", "ödön"):
        save_budget(library, Budget(Scope.PERSON, target, Period.DAY, None, 100 * EACH))
    each = Budget(Scope.PERSON, "", Period.DAY, None, 100 * EACH)
    found = nearest(library, each, 5)
    assert [(one.key.holder, one.used // EACH) for one in found] == [("cy", 2), ("ann", 1)]
    assert [one.key.holder for one in nearest(library, each, 1)] == ["cy"]
    monthly = nearest(library, Budget(Scope.PERSON, "", Period.MONTH, None, 1), 5)
    assert [one.key.holder for one in monthly] == ["Ödön", "bob", "cy", "ann"]
    by_connection = nearest(library, Budget(Scope.CONNECTION, "", Period.DAY, None, 1), 5)
    assert [(one.key.holder, one.used // EACH) for one in by_connection] == [("team:x", 8), ("team:y", 2)]


def test_a_soft_budget_only_warns(library: Library) -> None:
    """Without a hard limit nothing is refused, and all of it is counted."""
    save_budget(library, Budget(Scope.TEAM, "", Period.MONTH, EACH, None))
    for number in range(3):
        begin(library, f"r{number}")
    standing = standings(library, "ann", "team:x")[0]
    assert (standing.is_over(), standing.is_over_soft()) == (False, True)


@pytest.mark.parametrize(
    ("values", "spent"),
    [
        ({"state": "done", "cost": (PRICE.high or 0) / 2}, 50),
        ({"state": "done"}, 100),
        ({"state": "failed", "error": {"money": "nothing_spent"}}, 0),
        ({"state": "cancelled", "error": {"money": "may_be_billed"}}, 100),
        ({"state": "interrupted", "error": {"money": "may_be_billed"}}, 100),
    ],
)
def test_the_end_settles(library: Library, values: dict, spent: int) -> None:
    """The reservation becomes the cost, or what may have been billed."""
    save_budget(library, DAILY)
    begin(library, "r0")
    library.update_run("r0", state="running", started=1.0)
    assert used(library) == [(0, 100)]
    library.update_run("r0", **values)
    library.update_run("r0", text="again")
    assert used(library) == [(spent, 0)]


def test_a_cost_that_comes_after_the_end_is_counted_once(library: Library) -> None:
    """An interrupted run that goes on, as in a batch, is reserved again, and settled by what it cost."""
    save_budget(library, DAILY)
    begin(library, "r0", process=IN_BATCH)
    library.update_run("r0", state="interrupted", error={"money": "may_be_billed"})
    library.update_run("r0", state="running", error=None)
    assert used(library) == [(0, 100)]
    library.update_run("r0", state="done", cost=(PRICE.high or 0) * 2)
    assert used(library) == [(200, 0)]


@pytest.mark.parametrize("rule", UnknownRule)
def test_the_admins_rule_counts_what_is_not_known(library: Library, rule: UnknownRule) -> None:
    """A run without a price counts its estimate, a fixed amount or nothing, and is marked."""
    save_budget(library, DAILY)
    save_budget_settings(library, Unknown(rule, EACH // 2), "Dana")
    begin(library, "r0")
    library.update_run("r0", state="done")
    begin(library, "r1", estimate=None)
    expected = {UnknownRule.ESTIMATE: (100, 50), UnknownRule.FIXED: (50, 50), UnknownRule.NOTHING: (0, 0)}
    assert used(library) == [expected[rule]]
    with library.engine.connect() as connection:
        assert connection.execute(select(charges.c.is_unknown).where(charges.c.run_id == "r0")).scalar() is True


@pytest.mark.parametrize("rule", [Unknown(), Unknown(UnknownRule.NOTHING)])
def test_a_used_up_budget_refuses_a_run_whose_price_is_not_known(library: Library, rule: Unknown) -> None:
    """It may cost something, so something has to be left; what is free needs nothing."""
    save_budget(library, DAILY)
    save_budget_settings(library, rule, "Dana")
    for number in range(2):
        begin(library, f"r{number}")
    begin(library, "some left", estimate=None)
    begin(library, "r2")
    with pytest.raises(BudgetExceeded, match=r"price of this run is not known, and \$0\.00 is left"):
        begin(library, "unknown", estimate=None)
    begin(library, "free", estimate=Estimate(Decimal(0), Decimal(0)))


def test_budgets_begin_with_what_was_spent_before(library: Library) -> None:
    """A budget counts the day's earlier runs, also those that ran without one; a change counts anew."""
    begin(library, "r0")
    library.update_run("r0", state="done", cost=PRICE.high)
    begin(library, "r1")
    save_budget(library, DAILY)
    assert used(library) == [(100, 100)]
    begin(library, "r2")
    with pytest.raises(RunRefused):
        begin(library, "r3")
    save_budget(library, Budget(Scope.PERSON, "ann", Period.DAY, None, 4 * EACH))
    begin(library, "r3")
    assert used(library) == [(100, 300)]
    save_budget(library, Budget(Scope.PERSON, "ann", Period.DAY))
    save_budget(library, Budget(Scope.PERSON, "", Period.DAY))
    assert used(library) == []
    begin(library, "r4")


def test_yesterday_does_not_count_today(library: Library) -> None:
    """A run counts for the day on which it was submitted."""
    save_budget(library, DAILY)
    for number in range(3):
        begin(library, f"r{number}", created=time.time() - 86_400)
    assert used(library) == [(0, 0)]
    begin(library, "today")


def test_a_crash_settles_by_recovery(library: Library) -> None:
    """What waited costs nothing; what was under way counts as it may have been billed."""
    save_budget(library, DAILY)
    begin(library, "waiting", process="gone")
    begin(library, "running", process="gone")
    library.update_run("running", state="running", started=1.0)
    assert used(library) == [(0, 200)]
    settle(library)
    assert library.run("running").state == "interrupted"  # type: ignore[union-attr]
    assert used(library) == [(100, 0)]


def test_what_never_began_is_given_back(library: Library) -> None:
    """A reservation before the run's row, as of a batch, is kept once the run begins and else released."""
    save_budget(library, DAILY)

    payer = {"owner": "ann", "connection_id": "team:x", "created": time.time()}
    admit_all(library, [("r0", REQUEST, PRICE), ("r1", REQUEST, PRICE)], **payer)
    with pytest.raises(BudgetExceeded):
        admit_all(library, [("r2", REQUEST, PRICE), ("r3", REQUEST, PRICE)], **payer)
    begin(library, "r0", process=IN_BATCH)
    assert used(library) == [(0, 200)]
    release(library, ["r0", "r1", "unknown"])
    assert used(library) == [(0, 100)]


def test_limits_are_asked_again_before_a_run_is_stored(library: Library) -> None:
    """The role is the one that the person was last seen with; somebody unknown is a member."""
    save_role_limit(library, Role.MEMBER, RoleLimit(n=1, quality="low"))
    with pytest.raises(RunRefused, match="quality up to low"):
        begin(library, "r0")
    note_person(library, Person("ann", "Ann", Role.ADMIN, True))
    begin(library, "r0")
    note_person(library, Person("ann", "Ann A.", Role.MEMBER, True))
    with pytest.raises(RunRefused):
        begin(library, "r1")
    begin(library, "r1", connection="own-1")
    save_role_limit(library, Role.MEMBER, RoleLimit())
    rule = add_access_rule(library, AccessRule("", "team:x", ("person:bob",)))
    with pytest.raises(RunRefused, match="may not use this connection"):
        begin(library, "r2")
    begin(library, "r2", owner="bob")
    remove_access_rule(library, rule)
    begin(library, "r3")
    assert [(one.name, one.role) for one in seen_people(library)] == [("Ann A.", Role.MEMBER)]


def test_a_hundred_runs_at_once_by_two_processes(tmp_path: Path, url: str) -> None:
    """Two processes submit 50 runs each against one budget: half of them settle, as many begin as fit."""
    folder, limit = tmp_path / "library", 12 * EACH + EACH // 2
    library = open_library(folder, database_url=url)
    save_budget(library, Budget(Scope.TEAM, "", Period.DAY, None, limit))
    command = [sys.executable, "-m", "tests.unit.library.team.spender", str(folder), url]
    pipe = subprocess.PIPE
    spenders = [
        subprocess.Popen([*command, name, "50"], stdin=pipe, stdout=pipe, text=True, cwd=ROOT)
        for name in ("ann", "bob")
    ]
    for one in spenders:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in spenders:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    begun = sum(int(one.communicate(timeout=60)[0]) for one in spenders)
    # A run may have settled, for half its price, after the others were refused: that much still fits.
    with contextlib.suppress(RunRefused):
        for place in range(100):
            begin(library, f"more{place}", "cy")
            begun += 1
    with library.engine.connect() as connection:
        reserved, spent = connection.execute(
            select(func.sum(charges.c.reserved_micros), func.sum(charges.c.spent_micros))
        ).one()
        counted = connection.execute(select(budget_counters.c.reserved_micros, budget_counters.c.spent_micros)).one()
    library.close()
    assert tuple(counted) == (reserved, spent)
    # Nothing more fits, and nothing went beyond it.
    assert 0 <= limit - reserved - spent < EACH
    assert begun == reserved // EACH + spent // (EACH // 2)


@pytest.fixture
def no_defaults() -> Iterator[None]:
    """Forget the test's own defaults afterwards."""
    yield
    use_defaults(Defaults())


@pytest.mark.usefixtures("no_defaults")
def test_defaults_hold_until_an_admin_sets_something_else(library: Library) -> None:
    """A budget of secrets.toml refuses; an admin's for the same goes before it; removed, it is back. So do limits."""
    use_defaults(Defaults({Role.MEMBER: RoleLimit(n=1)}, (Budget(Scope.PERSON, "", Period.DAY, None, EACH),)))
    begin(library, "r0")
    with pytest.raises(BudgetExceeded):
        begin(library, "r1")
    save_budget(library, DAILY)
    begin(library, "r1")
    assert all_budgets(library) == [DAILY]
    save_budget(library, Budget(Scope.PERSON, "", Period.DAY))
    with pytest.raises(BudgetExceeded):
        begin(library, "r2")
    assert used(library) == [(0, 200)]
    assert all_limits(library).roles == {Role.MEMBER: RoleLimit(n=1)}
    save_role_limit(library, Role.MEMBER, RoleLimit())
    assert (all_limits(library).roles[Role.MEMBER], stored_roles(library)) == (RoleLimit(), {Role.MEMBER})
    save_role_limit(library, Role.MEMBER, None)
    assert (all_limits(library).roles[Role.MEMBER], stored_roles(library)) == (RoleLimit(n=1), set())


@pytest.mark.usefixtures("no_defaults")
def test_a_hard_budget_of_the_file_holds_in_whichever_letters_it_names_the_person(library: Library) -> None:
    """And an admin's for the same person replaces it, in other letters too."""
    use_defaults(Defaults(budgets=(Budget(Scope.PERSON, "ANN@Example.com", Period.DAY, None, EACH),)))
    begin(library, "r0", "ann@example.com")
    with pytest.raises(BudgetExceeded):
        begin(library, "r1", "ann@example.com")
    begin(library, "r2", "bob@example.com")
    more = Budget(Scope.PERSON, "Ann@example.com", Period.DAY, None, 2 * EACH)
    save_budget(library, more)
    assert all_budgets(library) == [more]
    begin(library, "r3", "ann@example.com")
    with pytest.raises(BudgetExceeded):
        begin(library, "r4", "ann@example.com")


@pytest.mark.usefixtures("no_defaults")
def test_a_process_without_the_file_counts_for_those_that_have_it(library: Library) -> None:
    """What it reserves and settles stands in counters of budgets that only the others know."""
    team = Budget(Scope.TEAM, "", Period.MONTH, None, 3 * EACH)
    use_defaults(Defaults(budgets=(team,)))
    begin(library, "r0")
    use_defaults(Defaults())
    begin(library, "r1")
    library.update_run("r0", state="done", cost=(PRICE.high or 0) / 2)
    use_defaults(Defaults(budgets=(team,)))
    assert used(library) == [(50, 100)]
    begin(library, "r2")
    with pytest.raises(BudgetExceeded):
        begin(library, "r3")

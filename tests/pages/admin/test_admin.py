"""The Admin page: who sees it, and what an admin does there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.library.team.budget_store import nearest
from components.runs.view import queued_view
from components.team.budgets import Budget, Period, Scope
from components.team.people import Person, Role
from components.ui.admin import access, usage
from components.ui.process.workbench import Workbench, close_workbench, workbench
from tests.pages.forms.test_generate import texts
from tests.unit.runs.fake_client import ask

DAY = 86_400
PAGE = "../../pages/admin.py"


@pytest.fixture
def admin(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The app with the Admin page asked for by the setting."""
    close_workbench()
    monkeypatch.setenv("IMAGE_WORKBENCH_ADMIN_PAGE", "show")
    return app


def opened(app: AppTest, tab: str = "Usage") -> AppTest:
    """The page with a tab chosen."""
    app.session_state["admin.view"] = tab
    app.run().switch_page(PAGE).run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("who", "setting", "shows"),
    [
        (Person("", ""), "auto", False),
        (Person("", ""), "show", True),
        (Person("ann", "Ann", Role.ADMIN, True), "auto", True),
        (Person("ann", "Ann", Role.MEMBER, True), "show", False),
        (Person("ann", "Ann", Role.VIEWER, True), "show", False),
    ],
)
def test_who_sees_it(who: Person, setting: str, shows: bool, workbench: Workbench, monkeypatch) -> None:
    """Admins who signed in; without a sign-in only where the setting asks for it."""
    monkeypatch.setattr(access, "person", lambda: who)
    close_workbench()
    monkeypatch.setenv("IMAGE_WORKBENCH_ADMIN_PAGE", setting)
    assert access.shows_admin() is shows


def test_members_read_one_sentence_and_can_do_nothing(admin: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who is no admin any more sees nothing of it, and a button pressed before does nothing."""
    opened(admin, "Usage")
    done: list[int] = []
    monkeypatch.setattr(access, "person", lambda: Person("m", "M", Role.MEMBER, True))
    admin.run()
    assert "No runs in this time" not in texts(admin)
    with monkeypatch.context() as inside:
        queued: list[object] = []
        inside.setattr(access, "reports_unavailable", lambda action: action)
        inside.setattr(access, "defer", lambda *what, **more: queued.append(what))
        access.admins_only(done.append)(1)
    assert (done, len(queued)) == ([], 1)


def test_usage_has_persons_and_days(admin: AppTest) -> None:
    """The sums of what was spent, by person first."""
    library = workbench().library
    for number, whose in enumerate(("ann", "ann", "bob")):
        library.begin_run(f"r{number}", ask(), connection_id="team:x", connection_name="X", owner=whose)
        library.update_run(f"r{number}", state="done", cost=None if whose == "bob" else 2)
    opened(admin)
    figures = {one.label: one.value for one in admin.metric}
    assert (figures["Spent"], figures["Runs"], figures["Cost unknown"]) == ("$4.00", "3", "1")
    assert list(admin.dataframe[0].value["Person"]) == ["ann", "bob"]
    admin.segmented_control(key="admin.usage.by").set_value("day").run()
    assert list(admin.dataframe[0].value["Runs"]) == [3]


def test_a_day_of_usage_is_a_day_of_budgets(admin: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days and the month are in UTC and begin at midnight, so that usage and budgets never contradict each other."""
    library, midnight = workbench().library, datetime(2026, 11, 29, tzinfo=UTC).timestamp()
    monkeypatch.setattr(usage, "time", SimpleNamespace(time=lambda: midnight + 3600))
    month = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
    times = [midnight, midnight - 1, midnight - 6 * DAY, midnight - 6 * DAY - 1, month, month - 1]
    for number, created in enumerate(times):
        more = {"connection_id": "team:x", "connection_name": "X", "owner": "ann", "created": created}
        library.begin_run(f"r{number}", ask(), **more)
        library.update_run(f"r{number}", state="done", cost=1)
    opened(admin)
    for period, runs in (("Today", 1), ("7 days", 3), ("This month", 5), ("30 days", 6)):
        admin.segmented_control(key="admin.usage.period").set_value(period).run()
        assert {one.label: one.value for one in admin.metric}["Runs"] == str(runs), period
    for period, spent in ((Period.DAY, 1), (Period.MONTH, 5)):
        budget = Budget(Scope.PERSON, "", period, None, 9)
        assert [one.spent for one in nearest(library, budget, 5, midnight)] == [spent * 1_000_000]


def test_the_queue_shows_who_waits_and_cancels(admin: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run with its owner and reason; one person's are cancelled together, and only theirs."""
    server = Connection("team:x", "Proxy")
    views = [queued_view(f"r{number}", ask(), server, 0.0, whose, None, None) for number, whose in enumerate("aab")]
    views[2] = replace(views[2], waiting="Waiting behind 2 runs.")
    runner = workbench().runner
    cancelled: list[str] = []
    monkeypatch.setattr(runner, "live_views", lambda: views)
    monkeypatch.setattr(runner, "cancel", lambda run_id, by="": cancelled.append(run_id))
    shown = texts(opened(admin, "Queue"))
    assert "0 running, 3 waiting" in shown
    assert "Waiting behind 2 runs" in shown
    admin.button(key="admin.stop.r2").click().run()
    admin.selectbox(key="admin.queue.whose").set_value("a").run()
    admin.button(key="admin.queue.all").click().run()
    assert cancelled == ["r2", "r0", "r1"]


def test_queue_says_when_nobody_waits(admin: AppTest) -> None:
    """An empty queue is one sentence."""
    assert "No runs are waiting" in texts(opened(admin, "Queue"))

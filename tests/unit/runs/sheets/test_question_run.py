"""Checks that a model answers: asked once, within what was agreed, and read from the stored run."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from components.checks import ASKED, ERROR, FAIL, PASS, Verdict
from components.client.errors import ApiError, Money
from components.client.events import Completed, TextDone
from components.library import Library
from components.library.queries.question_groups import recent_questions
from components.library.queries.sheet_cells import cells_of
from components.library.request_inputs import still_as_input
from components.library.sheets.checks import (
    add_check,
    asking_cost,
    checks_of,
    forget_errors,
    results_of,
    store_result,
    unchecked,
)
from components.library.sheets.sheet_store import change_sheet
from components.library.team.budget_store import save_budget
from components.library.team.privacy import set_private, set_sheet_private
from components.parameters import Request, estimate
from components.runs import QuestionRunner, SheetRunner
from components.runs.run_clock import new_run_id
from components.runs.sheets import question_run
from components.runs.sheets.question_request import question_request
from components.runs.sheets.question_run import WINDOW
from components.team.budgets import Budget, Period, Scope
from components.team.people import Person, Role
from tests.unit.library.sheet_fixtures import filled_sheet
from tests.unit.runs.fake_client import SECONDS, SERVER, Gate, RunnerHarness, Step
from tests.unit.runs.sheets.test_sheet_run import WORKS, stored

USAGE = {"input_tokens": 1000, "output_tokens": 100}
SETTINGS = {"connection": SERVER.id, "model": "gpt-6.1-terra"}
FOX = {"question": "Is there a fox?", "least": 50.0, **SETTINGS}
SHARP = {"question": "How sharp is it?", "least": 4.0, **SETTINGS}


def answers(*given: Any) -> list[Step]:
    """Return the steps of an answer to as many checks."""
    text = json.dumps({f"q{place}": {"answer": one, "reason": "seen"} for place, one in enumerate(given, 1)})
    return [TextDone(text), Completed("req_1", USAGE, {})]


@contextmanager
def asking(app: RunnerHarness) -> Iterator[QuestionRunner]:
    """Yield a runner of questions, and wait for its end."""
    runner = QuestionRunner(app.library, app.runner)
    yield runner
    runner.join()


def statuses(library: Library, sheet_id: str) -> list[list[str]]:
    """Return how the images of a sheet did, each with its checks."""
    return [[one.status for one in found] for found in results_of(library, sheet_id).values()]


def test_a_budget_holds_for_questions_too(harness: Callable[..., RunnerHarness]) -> None:
    """What has no room is not asked, and its result says why."""
    app = harness(answers(True))
    team = replace(SERVER, id="team:x")
    save_budget(app.library, Budget(Scope.PERSON, "", Period.DAY, None, 1))
    sheet_id, _ = filled_sheet(app.library)
    add_check(app.library, sheet_id, "predicate", {**FOX, "connection": team.id})
    with asking(app) as runner:
        runner.allow(sheet_id, team)
    assert not app.client.requests
    found = [one for several in results_of(app.library, sheet_id).values() for one in several]
    assert {one.status for one in found} == {ERROR}
    assert all("left of your budget" in one.detail for one in found)


def test_stopping_is_ones_own(harness: Callable[..., RunnerHarness]) -> None:
    """What one person stops goes on for another who agreed too, and is then their expense."""
    app = harness(*[answers(True)] * 9)
    ada, bob = (Person(name, name, Role.MEMBER) for name in ("ada", "bob"))
    sheet_id, images = filled_sheet(app.library)
    with asking(app) as questions:
        for person in (ada, bob):
            questions.allow(sheet_id, SERVER, person)
        questions.disallow(sheet_id, ada)
        assert questions.who_allowed(sheet_id, SERVER.id) == [bob]
        add_check(app.library, sheet_id, "predicate", FOX)
        questions.catch_up(sheet_id)
        questions.join()
        owners = {run.owner for run in map(app.library.run, question_ids(app.library)) if run is not None}
        assert (len(app.client.requests), owners) == (len(images), {"bob"})
        questions.disallow(sheet_id, ada)
        questions.disallow(sheet_id, bob)
        assert not questions.who_allowed(sheet_id, SERVER.id)
        questions.allow(sheet_id, SERVER, ada)
        questions.allow(sheet_id, SERVER, bob)
        questions.disallow(sheet_id)
        assert questions.who_allowed(sheet_id, SERVER.id) == []


def test_nobody_asks_about_what_another_keeps_private(harness: Callable[..., RunnerHarness]) -> None:
    """Each asks about the images that they see, and pays for these alone; a sheet made private ends the permission."""
    app = harness(*[answers(True)] * 9)
    ada, bob = (Person(name, name, Role.MEMBER, is_verified=True) for name in ("ada", "bob"))
    sheet_id, images = filled_sheet(app.library)
    with app.library.engine.begin() as connection:
        connection.execute(text("UPDATE runs SET owner = 'ada'"))
        connection.execute(text("UPDATE sheets SET owner = 'ada'"))
    hidden = images[0]
    set_private(app.library, True, output_ids=[hidden])
    add_check(app.library, sheet_id, "predicate", FOX)
    with asking(app) as questions:
        questions.allow(sheet_id, SERVER, bob)
        questions.join()
        assert hidden not in results_of(app.library, sheet_id)
        assert len(app.client.requests) == len(images) - 1
        questions.allow(sheet_id, SERVER, ada)
        questions.join()
        assert len(app.client.requests) == len(images)
        owners = [run.owner for run in map(app.library.run, question_ids(app.library)) if run is not None]
        assert sorted(owners) == ["ada", *["bob"] * (len(images) - 1)]
        set_sheet_private(app.library, sheet_id, True)
        add_check(app.library, sheet_id, "score", SHARP)
        questions.disallow(sheet_id)
        questions.allow(sheet_id, SERVER, bob)
        questions.join()
        assert not questions.who_allowed(sheet_id, SERVER.id)
        assert len(app.client.requests) == len(images)


def question_ids(library: Library) -> list[str]:
    """Return the ids of the runs that asked about images."""
    with library.engine.connect() as connection:
        return list(connection.execute(text("SELECT id FROM runs WHERE operation = 'analyze'")).scalars())


def test_nothing_is_asked_before_it_is_allowed(harness: Callable[..., RunnerHarness]) -> None:
    """Then all checks of an image are one run, whose cost counts; a second look asks nothing again."""
    app = harness(answers(True, 3), answers(False, 5))
    sheet_id, images = filled_sheet(app.library)
    add_check(app.library, sheet_id, "predicate", FOX)
    add_check(app.library, sheet_id, "score", SHARP)
    with asking(app) as questions:
        questions.catch_up(sheet_id)
    assert app.client.requests == []
    with asking(app) as questions:
        questions.allow(sheet_id, SERVER, Person("anna", "anna"))
        questions.catch_up(sheet_id)
    assert len(app.client.requests) == len(images)
    assert sorted(statuses(app.library, sheet_id))[-1] == [PASS, FAIL]
    assert [FAIL, PASS] in statuses(app.library, sheet_id)
    assert asking_cost(app.library, sheet_id) > 0
    assert "Is there a fox?" in str(app.client.requests[0].values["text"])
    assert recent_questions(app.library, 10) == []
    with asking(app) as questions:
        questions.allow(sheet_id, SERVER)
    assert len(app.client.requests) == len(images)


@pytest.mark.parametrize(("is_allowed", "expected"), [(True, [[PASS]]), (False, [])])
def test_cells_are_asked_as_they_come_while_it_is_allowed(
    harness: Callable[..., RunnerHarness], is_allowed: bool, expected: list[list[str]]
) -> None:
    """A cell's image is asked about when it is there; after `disallow` none is."""
    app = harness(WORKS, answers(True))
    sheet_id = stored(app.library)
    add_check(app.library, sheet_id, "predicate", FOX)
    with asking(app) as questions:
        questions.allow(sheet_id, SERVER)
        if not is_allowed:
            questions.disallow(sheet_id)
        sheets = SheetRunner(app.library, app.runner, questions.catch_up)
        sheets.start(sheet_id, SERVER, [0])
        sheets.join(SECONDS)
    assert statuses(app.library, sheet_id) == expected
    assert [one.operation for one in app.client.requests].count("analyze") == len(expected)


def test_a_failure_is_said_and_asked_again_by_a_person(harness: Callable[..., RunnerHarness]) -> None:
    """The result has the error's title; it is not asked again by itself, but after the errors are forgotten."""
    refused = ApiError("No.", money=Money.NOTHING_SPENT, next_step="Wait.")
    app = harness([refused])
    sheet_id, images = filled_sheet(app.library)
    add_check(app.library, sheet_id, "predicate", FOX)
    (check,) = checks_of(app.library, sheet_id)
    for _ in range(2):
        with asking(app) as questions:
            questions.allow(sheet_id, SERVER)
    assert statuses(app.library, sheet_id) == [[ERROR]] * len(images)
    assert len(app.client.requests) == len(images)
    app.client.scripts = [answers(True)]
    cost = asking_cost(app.library, sheet_id)
    forget_errors(app.library, check.id)
    assert asking_cost(app.library, sheet_id) == cost
    with asking(app) as questions:
        questions.allow(sheet_id, SERVER)
    assert statuses(app.library, sheet_id) == [[PASS]] * len(images)


def test_a_cap_stops_the_asking(harness: Callable[..., RunnerHarness]) -> None:
    """Nothing is sent that could exceed the sheet's cap, runs under way included; the result says why."""
    app = harness(answers(True))
    sheet_id, images = filled_sheet(app.library)
    add_check(app.library, sheet_id, "predicate", FOX)
    spent = sum((cell.spent for cell in cells_of(app.library, sheet_id)), Decimal(0))
    (one, *_) = unchecked(app.library, sheet_id, ["predicate"], 1)
    image = still_as_input(app.library, one.output)
    assert image is not None
    request = question_request([one.check], image)
    assert isinstance(request, Request)
    change_sheet(app.library, sheet_id, cap=spent + (estimate(request).high or Decimal(0)))
    with asking(app) as questions:
        questions.allow(sheet_id, SERVER)
    assert len(app.client.requests) == 1
    assert sorted(statuses(app.library, sheet_id)) == [*[[ERROR]] * (len(images) - 1), [PASS]]


def test_an_unknown_price_is_not_asked_under_a_cap(harness: Callable[..., RunnerHarness]) -> None:
    """The limit could not hold; without one it is asked."""
    app = harness(answers(True))
    sheet_id, images = filled_sheet(app.library)
    add_check(app.library, sheet_id, "predicate", {**FOX, "model": "somebodys-model"})
    change_sheet(app.library, sheet_id, cap=Decimal(1000))
    with asking(app) as questions:
        questions.allow(sheet_id, SERVER)
    assert app.client.requests == []
    assert "price of somebodys-model is unknown" in results_of(app.library, sheet_id)[images[0]][0].detail


def test_what_died_before_it_sent_is_sent_once_under_its_own_id(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result that waits for a run which does not exist is sent with that id, and only where it is allowed."""
    app = harness(answers(True))
    sheet_id, images = filled_sheet(app.library)
    add_check(app.library, sheet_id, "predicate", FOX)
    missing = unchecked(app.library, sheet_id, ["predicate"], 100)
    ids = [new_run_id() for _ in missing]
    for run_id, one in zip(ids, missing, strict=True):
        assert store_result(app.library, one.check.id, one.output.id, Verdict(ASKED, ""), run_id)
    with asking(app) as questions:
        questions.allow(sheet_id, SERVER)
    assert statuses(app.library, sheet_id) == [[ASKED]] * len(images)  # another process may be about to send them
    monkeypatch.setattr(question_run, "CLAIM_SECONDS", -1.0)
    with asking(app) as questions:
        questions.catch_up(sheet_id)
    assert statuses(app.library, sheet_id) == [[ASKED]] * len(images)
    with asking(app) as questions:
        questions.allow(sheet_id, SERVER)
    assert statuses(app.library, sheet_id) == [[PASS]] * len(images)
    assert all(app.library.run(run_id) is not None for run_id in ids)


def test_an_answer_that_came_after_a_restart_is_read(harness: Callable[..., RunnerHarness]) -> None:
    """The runner of questions stops while a run is under way; the next one reads the stored answer, and sends none."""
    gate = Gate()
    app = harness([gate, *answers(True)])
    sheet_id, images = filled_sheet(app.library)
    add_check(app.library, sheet_id, "predicate", FOX)
    first = QuestionRunner(app.library, app.runner)
    first.allow(sheet_id, SERVER)
    assert gate.reached.wait(SECONDS)
    stopping = threading.Thread(target=first.stop)
    stopping.start()
    gate.open()
    stopping.join(SECONDS)
    with asking(app) as questions:
        questions.catch_up(sheet_id)
    assert {one[0] for one in statuses(app.library, sheet_id)} == {PASS}
    assert len(app.client.requests) == WINDOW < len(images)


def test_runners_of_several_processes_ask_each_image_once(harness: Callable[..., RunnerHarness]) -> None:
    """Eight look at the same moment."""
    app = harness(answers(True))
    sheet_id, images = filled_sheet(app.library)
    add_check(app.library, sheet_id, "predicate", FOX)
    runners = [QuestionRunner(app.library, app.runner) for _ in range(8)]
    for one in runners:
        one.allow(sheet_id, SERVER)
    for one in runners:
        one.join()
    assert len(app.client.requests) == len(images)

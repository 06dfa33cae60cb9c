"""A sheet's checks are queued only where a result is missing that can be had now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from components.checks import ASKED, NOT_JUDGED, PASS, Verdict
from components.client import Connection
from components.library.sheets.checks import add_check, answer_result, asked_runs, store_result, unchecked
from components.library.team.privacy import set_private
from components.runs.run_clock import new_run_id
from components.runs.sheets import question_run
from components.team.people import Person, Role
from components.ui.process.workbench import Workbench, close_workbench, workbench
from tests.unit.library.library_fixtures import begin
from tests.unit.library.sheet_fixtures import filled_sheet

VISION = Connection(id="vision", name="Vision", base_url="http://127.0.0.1:9/v1", api_key="sk-test")
FOX = {"question": "Is there a fox?", "least": 50.0, "connection": VISION.id, "model": "gpt-6.1-terra"}
BOB = Person("bob", "bob", Role.MEMBER, is_verified=True)


@pytest.fixture
def bench(data_folder: Path) -> Iterator[Workbench]:
    """The app's objects."""
    close_workbench()
    yield workbench()
    close_workbench()


@pytest.fixture
def queued(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record what is queued, by the runner's name; measurements are done, and models are never asked."""
    found: list[str] = []
    measure = bench.checks.catch_up

    def measured(sheet_id: str) -> None:
        found.append("checks")
        measure(sheet_id)

    monkeypatch.setattr(bench.checks, "catch_up", measured)
    monkeypatch.setattr(bench.questions, "catch_up", lambda sheet_id: found.append("questions"))
    return found


def allow(bench: Workbench, queued: list[str], sheet_id: str, person: Person) -> None:
    """Agree to the price, without the look that follows."""
    bench.questions.allow(sheet_id, VISION, person)
    queued.clear()


def claim(bench: Workbench, sheet_id: str, verdict: Verdict, run_id: Any = None) -> None:
    """Store a result for the first image that misses one."""
    (one,) = unchecked(bench.full_library, sheet_id, ["predicate"], 1)
    assert store_result(bench.full_library, one.check.id, one.output.id, verdict, run_id)


def test_only_missing_checks_are_queued(bench: Workbench, queued: list[str]) -> None:
    """Whatever is queued makes a page draw itself again, so a sheet without missing results queues nothing."""
    sheet_id, _ = filled_sheet(bench.full_library)
    bench.catch_up(sheet_id)
    assert not queued

    add_check(bench.full_library, sheet_id, "format", {})
    bench.catch_up(sheet_id)
    assert queued == ["checks"]
    bench.checks.join()

    bench.catch_up(sheet_id)
    assert queued == ["checks"]
    assert not bench.is_checking(sheet_id)


def test_what_nobody_agreed_to_ask_is_not_queued(bench: Workbench, queued: list[str]) -> None:
    """As after a restart, which ends all permissions; with one it is queued."""
    sheet_id, _ = filled_sheet(bench.full_library)
    add_check(bench.full_library, sheet_id, "predicate", FOX)
    bench.catch_up(sheet_id)
    assert not queued
    allow(bench, queued, sheet_id, BOB)
    bench.catch_up(sheet_id)
    assert queued == ["questions"]


def test_what_is_private_to_somebody_else_is_not_queued(bench: Workbench, queued: list[str]) -> None:
    """Nobody who agreed may have this image asked about."""
    sheet_id, images = filled_sheet(bench.full_library)
    with bench.full_library.engine.begin() as connection:
        connection.execute(text("UPDATE runs SET owner = 'ada'"))
    add_check(bench.full_library, sheet_id, "predicate", FOX)
    allow(bench, queued, sheet_id, BOB)
    for _ in images[1:]:
        claim(bench, sheet_id, Verdict(PASS, "seen"))
    bench.catch_up(sheet_id)
    assert queued == ["questions"]
    queued.clear()
    (left,) = unchecked(bench.full_library, sheet_id, ["predicate"], 9)
    set_private(bench.full_library, True, output_ids=[left.output.id])
    bench.catch_up(sheet_id)
    assert not queued


def test_a_claim_is_queued_once_it_can_be_sent_or_read(
    bench: Workbench, queued: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that died left it: without a permission here, nothing comes of another look."""
    sheet_id, images = filled_sheet(bench.full_library)
    add_check(bench.full_library, sheet_id, "predicate", FOX)
    run_id = new_run_id()
    claim(bench, sheet_id, Verdict(ASKED, "being asked"), run_id)
    for _ in images[1:]:
        claim(bench, sheet_id, Verdict(NOT_JUDGED, ""))
    bench.catch_up(sheet_id)
    allow(bench, queued, sheet_id, BOB)
    bench.catch_up(sheet_id)
    assert not queued  # another process may be about to send it

    monkeypatch.setattr(question_run, "CLAIM_SECONDS", -1.0)
    bench.catch_up(sheet_id)
    assert queued == ["questions"]
    queued.clear()
    bench.questions.disallow(sheet_id)
    bench.catch_up(sheet_id)
    assert not queued

    begin(bench.full_library, run_id)
    bench.catch_up(sheet_id)
    assert queued == ["questions"]
    queued.clear()
    (asked,) = asked_runs(bench.full_library, sheet_id)
    answer_result(bench.full_library, asked.checks[0].id, asked.output_id, Verdict(PASS, "seen"))
    bench.catch_up(sheet_id)
    assert not queued

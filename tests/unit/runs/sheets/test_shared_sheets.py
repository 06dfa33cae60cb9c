"""Sheets that several people or app servers send and cancel: whose runs they are, and what a cancel stops."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select

from components.library import Library
from components.library.db.tables.team_tables import audit_entries
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.sheet_store import cancel_sheet, find_sheet
from components.library.visible.visible_library import VisibleLibrary
from components.parameters.sheets import SheetTemplate
from components.runs import SheetRunner
from components.runs.sheets import sheet_run
from components.team.people import Person, Role
from components.ui.process.visible.visible_runner import VisibleRunner
from tests.unit.runs.fake_client import DONE, SECONDS, SERVER, Gate, RunnerHarness, arrives, png
from tests.unit.runs.sheets.test_sheet_run import MODEL, SENT, WORKS, stored

ANNA, BEN = Person("anna", "Anna", Role.MEMBER, True), Person("ben", "Ben", Role.ADMIN, True)
FOXES = SheetTemplate("generate", MODEL, {"prompt": "{1..30} foxes"})


class Between:
    """A sheet's thread that waits after it has seen a cell end, until the test lets it go on."""

    def __init__(self) -> None:
        self.reached, self.goes_on = threading.Event(), threading.Event()

    def __call__(self, sheet_id: str) -> None:
        self.reached.set()
        assert self.goes_on.wait(SECONDS)


@contextmanager
def between_cells(app: RunnerHarness, sheet_id: str) -> Iterator[SheetRunner]:
    """Send a sheet; in the block its first cells have ended, and the next ones are not sent yet."""
    between = Between()
    sheets = SheetRunner(app.library, app.runner, between)
    sheets.start(sheet_id, SERVER, range(30), owner="anna")
    assert between.reached.wait(SECONDS)
    for cell in cells_of(app.library, sheet_id):
        if cell.run_id is not None:
            app.end(cell.run_id)
    try:
        yield sheets
    finally:
        between.goes_on.set()
        sheets.join(SECONDS)


def stop_of(library: Library, sheet_id: str) -> str:
    sheet = find_sheet(library, sheet_id)
    assert sheet is not None
    return sheet.stopped


def test_a_cancel_reaches_another_server_between_two_cells(harness: Callable[..., RunnerHarness]) -> None:
    """It has no run under way then, and sends no other one."""
    there, here = harness(WORKS), harness(WORKS)
    sheet_id = stored(there.library, FOXES)
    with between_cells(there, sheet_id):
        sent = len(there.client.requests)
        SheetRunner(here.library, here.runner).cancel(sheet_id, "ben")
        assert stop_of(here.library, sheet_id) == "cancelled"
    assert len(there.client.requests) == sent < 30


def test_a_cell_that_is_sent_during_a_cancel_ends(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its server has looked at the sheet just before; the other one finds no run of it yet."""
    gate = Gate()
    there, here = harness([*SENT, gate, arrives(0, png(1)), DONE]), harness(WORKS)
    sheet_id = stored(there.library, FOXES)
    submit = there.runner.submit

    def cancel_first(*given: Any, **named: Any) -> str:
        SheetRunner(here.library, here.runner).cancel(sheet_id, "ben")
        return submit(*given, **named)

    monkeypatch.setattr(there.runner, "submit", cancel_first)
    sheets = SheetRunner(there.library, there.runner)
    sheets.start(sheet_id, SERVER, range(30), owner="anna")
    sheets.join(SECONDS)
    assert not sheets.is_active(sheet_id)
    assert [cell.state for cell in cells_of(there.library, sheet_id) if cell.state != "waiting"] == ["cancelled"]
    gate.open()


def test_a_cancel_ends_a_cell_that_was_sent_just_before_it(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the cells were read for the first time, and before the cancel is in the library."""
    gate = Gate()
    there, here = harness([*SENT, gate, arrives(0, png(1)), DONE]), harness(WORKS)
    sheet_id = stored(there.library, FOXES)
    sheets = SheetRunner(there.library, there.runner)

    def send_first(library: Library, sheet_id: str) -> None:
        sheets.start(sheet_id, SERVER, [0], owner="anna")
        assert gate.reached.wait(SECONDS)
        cancel_sheet(library, sheet_id)

    monkeypatch.setattr(sheet_run, "cancel_sheet", send_first)
    SheetRunner(here.library, here.runner).cancel(sheet_id, "ben", lambda run_id, by: there.runner.cancel(run_id, by))
    sheets.join(SECONDS)
    assert [cell.state for cell in cells_of(there.library, sheet_id) if cell.state != "waiting"] == ["cancelled"]
    gate.open()


def test_a_cancel_leaves_what_is_sent_after_it_alone(harness: Callable[..., RunnerHarness]) -> None:
    """The thread that it stopped may end only when another server sends the cells that were left."""
    gate = Gate()
    there, here = harness(WORKS), harness([*SENT, gate, arrives(0, png(1)), DONE])
    sheet_id = stored(there.library, FOXES)
    again = SheetRunner(here.library, here.runner)
    with between_cells(there, sheet_id) as sheets:
        sheets.cancel(sheet_id)
        waiting = [cell.position for cell in cells_of(here.library, sheet_id) if cell.state == "waiting"]
        again.start(sheet_id, SERVER, waiting, owner="anna")
        assert gate.reached.wait(SECONDS)
    assert stop_of(here.library, sheet_id) == ""
    gate.open()
    again.join(SECONDS)
    assert {cell.state for cell in cells_of(here.library, sheet_id)} == {"done"}


def test_what_was_sent_before_a_cancel_ends_though_the_rest_is_sent_again(
    harness: Callable[..., RunnerHarness],
) -> None:
    """Its server looks only after another one has cancelled the sheet and sent the cells that were left."""
    gate = Gate()
    there, here = harness(WORKS), harness([*SENT, gate, arrives(0, png(1)), DONE])
    sheet_id = stored(there.library, FOXES)
    again = SheetRunner(here.library, here.runner)
    with between_cells(there, sheet_id) as sheets:
        sent = len(there.client.requests)
        again.cancel(sheet_id, "ben")
        waiting = [cell.position for cell in cells_of(here.library, sheet_id) if cell.state == "waiting"]
        again.start(sheet_id, SERVER, waiting, owner="ben")
        assert gate.reached.wait(SECONDS)
    assert not sheets.is_active(sheet_id)
    assert len(there.client.requests) == sent
    gate.open()
    again.join(SECONDS)
    assert len(here.client.requests) == len(waiting) > 0
    assert stop_of(here.library, sheet_id) == ""


def test_cells_sent_again_where_they_were_sent_first_are_sent(harness: Callable[..., RunnerHarness]) -> None:
    """Another server has cancelled the sheet meanwhile: they do not end with what was sent before."""
    there, here = harness(WORKS), harness(WORKS)
    sheet_id = stored(there.library, FOXES)
    with between_cells(there, sheet_id) as sheets:
        SheetRunner(here.library, here.runner).cancel(sheet_id, "ben")
        waiting = [cell.position for cell in cells_of(here.library, sheet_id) if cell.state == "waiting"]
        sheets.start(sheet_id, SERVER, waiting, owner="anna")
    sheets.join(SECONDS)
    assert {cell.state for cell in cells_of(there.library, sheet_id)} == {"done"}
    assert len(there.client.requests) == 30


def test_cells_are_billed_to_whom_sends_them(harness: Callable[..., RunnerHarness]) -> None:
    """Also where somebody else's cells of the same sheet are being sent."""
    gate = Gate()
    app = harness([*SENT, gate, arrives(0, png(1)), DONE])
    sheet_id = stored(app.library)
    sheets = SheetRunner(app.library, app.runner)
    sheets.start(sheet_id, SERVER, [0, 1], owner="anna")
    assert gate.reached.wait(SECONDS)
    sheets.start(sheet_id, SERVER, [2], owner="ben")
    gate.open()
    sheets.join(SECONDS)
    runs = [app.library.run(str(cell.run_id)) for cell in cells_of(app.library, sheet_id)[:3]]
    assert [run.owner for run in runs if run] == ["anna", "anna", "ben"]


@pytest.mark.parametrize("person", [ANNA, BEN])
def test_a_cancel_ends_only_what_the_person_may_cancel(harness: Callable[..., RunnerHarness], person: Person) -> None:
    """The owner's leaves an admin's run in the sheet alone; the admin's ends both, and is recorded."""
    gates = (Gate(), Gate())
    app = harness(*([*SENT, gate, arrives(0, png(1)), DONE] for gate in gates))
    sheet_id = stored(app.library)
    first, second = SheetRunner(app.library, app.runner), SheetRunner(app.library, app.runner)
    first.start(sheet_id, SERVER, [0], owner="anna")
    assert gates[0].reached.wait(SECONDS)
    second.start(sheet_id, SERVER, [1], owner="ben")
    assert gates[1].reached.wait(SECONDS)
    first.cancel(sheet_id, person.id, VisibleRunner(app.runner, VisibleLibrary(app.library, person)).cancel)
    ids = [str(cell.run_id) for cell in cells_of(app.library, sheet_id)[:2]]
    app.end(ids[0])
    if person is BEN:
        app.end(ids[1])
    for gate in gates:
        gate.open()
    first.join(SECONDS)
    second.join(SECONDS)
    states = [cell.state for cell in cells_of(app.library, sheet_id)[:2]]
    assert states == ["cancelled", "cancelled" if person is BEN else "done"]
    with app.library.engine.connect() as connection:
        found = connection.execute(select(audit_entries.c.action, audit_entries.c.person, audit_entries.c.target)).all()
    assert [tuple(one) for one in found] == ([("run.cancelled", "ben", ids[0])] if person is BEN else [])

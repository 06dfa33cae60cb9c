"""Planned starts: at their time and not before, once, over restarts, cancelled, and by the connection they need."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import pytest

from components.library import Library, LibraryUnavailable
from components.library.queries.sheet_cells import cells_of
from components.library.records import SheetStart
from components.library.sheets import sheet_starts
from components.library.sheets.sheet_starts import claim_start, planned_starts, starts_of, take_over_starts
from components.library.sheets.sheet_store import claim_cell, note_reason
from components.parameters.sheets import ConnectionValue, SheetTemplate
from components.runs import BatchRunner, SheetRunner, SheetStarter
from components.runs.batches.batch_connections import server_key
from components.runs.planned import needed
from tests.unit.runs.fake_client import SECONDS, SERVER, RunnerHarness
from tests.unit.runs.sheets.test_sheet_run import MODEL, WORKS, send, stored


class Batches:
    """Takes what would be sent as batches."""

    def __init__(self) -> None:
        self.started: list[tuple[str, list[int], str]] = []

    def start(self, sheet_id: str, connection: Any, positions: list[int], *, owner: str, user: str) -> None:
        """Note a batch."""
        self.started.append((sheet_id, positions, owner))


@contextmanager
def starting(app: RunnerHarness, batches: Batches | None = None) -> Iterator[SheetStarter]:
    """Have something that starts sheets, as one process has it."""
    sheets = SheetRunner(app.library, app.runner)
    yield SheetStarter(app.library, app.runner, sheets, cast(BatchRunner, batches or Batches()))
    sheets.join(SECONDS)


def states(app: RunnerHarness, sheet_id: str) -> list[str]:
    """Return the states of a sheet's cells."""
    return [cell.state for cell in cells_of(app.library, sheet_id)]


def eventually(seen: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + SECONDS
    while not seen():
        assert time.monotonic() < end, "never so"
        time.sleep(0.01)


def in_an_hour() -> float:
    """Return a time at which no test is still running."""
    return time.time() + 3600


def test_cells_start_at_their_time(harness: Callable[..., RunnerHarness]) -> None:
    """Nothing is sent before; then only these cells are, those of a batch as a batch, and the plan is forgotten."""
    app, batches = harness(WORKS), Batches()
    sheet_id, other = stored(app.library), stored(app.library)
    with starting(app, batches) as starts:
        when = time.time() + 0.5
        starts.start(sheet_id, SERVER, [0, 1], owner="anna", not_before=when)
        starts.start(other, SERVER, [2], owner="ben", as_batch=True, not_before=when)
        assert states(app, sheet_id) == ["waiting"] * 6
        eventually(lambda: states(app, sheet_id)[:2] == ["done"] * 2 and bool(batches.started))
        assert time.time() >= when
        eventually(lambda: planned_starts(app.library) == [])
    assert states(app, sheet_id) == ["done"] * 2 + ["waiting"] * 4
    assert batches.started == [(other, [2], "ben")]


def test_a_plan_outlives_a_restart_and_can_begin_at_once(harness: Callable[..., RunnerHarness]) -> None:
    """The next process has the team's connection, and does not send what somebody has sent meanwhile."""
    app = harness(WORKS)
    sheet_id = stored(app.library)
    with starting(app) as starts:
        starts.start(sheet_id, SERVER, range(6), owner="anna", not_before=in_an_hour())
    send(app, sheet_id, [3])
    with starting(app) as starts:
        starts.resume(lambda: [SERVER])
        assert len(starts_of(app.library, sheet_id)) == 1
        starts.start_at_once(sheet_id)
        eventually(lambda: states(app, sheet_id) == ["done"] * 6)
    assert len(app.client.requests) == 6


def test_a_cancelled_plan_sends_nothing(harness: Callable[..., RunnerHarness]) -> None:
    """It is gone, whatever the clock says."""
    app = harness(WORKS)
    sheet_id = stored(app.library)
    with starting(app) as starts:
        starts.start(sheet_id, SERVER, range(6), not_before=in_an_hour())
        starts.cancel(sheet_id)
        starts.start_at_once(sheet_id)
    assert starts_of(app.library, sheet_id) == []
    assert states(app, sheet_id) == ["waiting"] * 6


def test_a_plan_waits_for_its_connection(harness: Callable[..., RunnerHarness]) -> None:
    """A key that was only in memory is gone after a restart; another server with the same id is not taken for it."""
    app = harness(WORKS)
    sheet_id = stored(app.library)
    with starting(app) as starts:
        starts.start(sheet_id, SERVER, range(6), not_before=in_an_hour())
    with starting(app) as starts:
        starts.resume(lambda: [replace(SERVER, base_url="http://127.0.0.1:9/v1")])
        starts.start_at_once(sheet_id)
        planned = starts_of(app.library, sheet_id)
        starts.offer(planned, [replace(SERVER, id="other")])
        assert states(app, sheet_id) == ["waiting"] * 6
        starts.offer(planned, [SERVER])
        eventually(lambda: states(app, sheet_id) == ["done"] * 6)


LAB, FAR = replace(SERVER, id="lab", name="Lab"), replace(SERVER, id="far", name="Far")


def of_two_connections(library: Library) -> str:
    """Store a sheet of SERVER whose four cells go to the Lab and to Far."""
    names = {one.id: ConnectionValue(one.name) for one in (LAB, FAR)}
    varied = {"connection": tuple(names)}
    return stored(library, SheetTemplate("generate", MODEL, {"prompt": "A {red|blue} fox"}, varied, connections=names))


def test_a_plan_waits_for_every_connection_of_its_cells(harness: Callable[..., RunnerHarness]) -> None:
    """Not for the sheet's own, to which no cell goes; nothing is sent while one is missing, and it is named."""
    app = harness(WORKS)
    sheet_id, small = of_two_connections(app.library), of_two_connections(app.library)
    with starting(app) as starts:
        for one, positions in ((sheet_id, range(4)), (small, [1, 3])):
            starts.start(one, SERVER, positions, not_before=in_an_hour())
    with starting(app) as starts:
        starts.resume(lambda: [FAR])
        (planned,) = starts_of(app.library, sheet_id)
        starts.start_at_once(sheet_id)
        starts.start_at_once(small)
        eventually(lambda: states(app, small) == ["waiting", "done"] * 2)  # of the start that needs Far alone
        starts.offer([planned], [SERVER])
        assert starts.missing(planned) == ["Lab"]
        assert states(app, sheet_id) == ["waiting"] * 4
        starts.offer([planned], [LAB])
        eventually(lambda: states(app, sheet_id) == ["done"] * 4)
        eventually(lambda: planned_starts(app.library) == [])
    runs = [app.library.run(str(cell.run_id)) for cell in cells_of(app.library, sheet_id)]
    assert [run.connection_name for run in runs if run] == ["Lab", "Far"] * 2


def test_keys_of_a_plan_may_come_one_by_one_and_go(harness: Callable[..., RunnerHarness]) -> None:
    """Each is kept until it is forgotten, whatever is offered after it."""
    app = harness(WORKS)
    sheet_id = of_two_connections(app.library)
    with starting(app) as starts:
        starts.start(sheet_id, SERVER, range(4), not_before=in_an_hour())
    with starting(app) as starts:
        starts.start_at_once(sheet_id)
        planned = starts_of(app.library, sheet_id)
        starts.offer(planned, [LAB])
        starts.forget(LAB.id)
        starts.offer(planned, [FAR])
        assert starts.missing(planned[0]) == ["Lab"]
        assert states(app, sheet_id) == ["waiting"] * 4
        starts.offer(planned, [LAB])
        eventually(lambda: states(app, sheet_id) == ["done"] * 4)


def test_one_process_alone_claims_a_start_and_a_dead_one_loses_it(harness: Callable[..., RunnerHarness]) -> None:
    """It cannot be claimed before it is due, nor twice; after a crash between claim and sending it waits again."""
    app = harness(WORKS)
    sheet_id = stored(app.library)
    with starting(app) as starts:
        starts.start(sheet_id, SERVER, range(6), not_before=in_an_hour())
    (start,) = starts_of(app.library, sheet_id)
    assert (start.base_url, start.process) == (server_key(SERVER), None)
    assert not claim_start(app.library, start.id, time.time())
    assert claim_start(app.library, start.id, start.not_before)
    assert not claim_start(app.library, start.id, start.not_before)
    take_over_starts(app.library)
    assert planned_starts(app.library) == []  # this process lives
    with app.library.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sheet_starts SET process = 'dead'")
    take_over_starts(app.library)
    assert planned_starts(app.library) == [start]


def test_what_is_planned_during_a_look_keeps_its_connection(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look has not found it yet, and takes it for one that is gone."""
    app = harness(WORKS)
    sheet_id, found = stored(app.library), sheet_starts.planned_starts
    with starting(app) as starts:

        def look(library: Library) -> list[SheetStart]:
            planned = found(library)
            if not starts_of(library, sheet_id):
                starts.start(sheet_id, SERVER, range(6), not_before=in_an_hour())
            return planned

        monkeypatch.setattr(sheet_starts, "planned_starts", look)
        starts.resume(tuple)
        eventually(lambda: bool(starts_of(app.library, sheet_id)))
        monkeypatch.undo()
        starts.start_at_once(sheet_id)
        eventually(lambda: states(app, sheet_id) == ["done"] * 6)


def test_cells_that_were_left_out_or_refused_start_too(harness: Callable[..., RunnerHarness]) -> None:
    """One that was left out waits once it is planned; one that was refused before its run is tried again."""
    app = harness(WORKS)
    sheet_id = stored(app.library, trimmed=frozenset({(0, 0)}))
    assert claim_cell(app.library, sheet_id, 1, before=None, run_id="r1")
    note_reason(app.library, sheet_id, 1, "The budget is used up.")
    assert states(app, sheet_id)[:2] == ["skipped"] * 2
    with starting(app) as starts:
        starts.start(sheet_id, SERVER, [0, 1], not_before=in_an_hour())
        assert states(app, sheet_id)[0] == "waiting"
        starts.start_at_once(sheet_id)
        eventually(lambda: states(app, sheet_id) == ["done"] * 2 + ["waiting"] * 4)
    assert planned_starts(app.library) == []


@pytest.mark.parametrize("error", [LibraryUnavailable("The disk is full.", "Make room."), RuntimeError("a mistake")])
def test_an_error_after_the_claim_lets_a_start_wait_again(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """It says why, is not kept by the process that could not do it, and can be started again."""
    app = harness(WORKS)
    sheet_id = stored(app.library)
    with starting(app) as starts:
        starts.start(sheet_id, SERVER, range(6), not_before=in_an_hour())
        monkeypatch.setattr(needed, "cells_of", failing(error))
        starts.start_at_once(sheet_id)
        eventually(lambda: any(one.problem for one in planned_starts(app.library)))
        (start,) = starts_of(app.library, sheet_id)
        assert ("The disk is full" in start.problem) == isinstance(error, LibraryUnavailable)
        monkeypatch.undo()
        starts.start_at_once(sheet_id)
        eventually(lambda: states(app, sheet_id) == ["done"] * 6)
        eventually(lambda: starts_of(app.library, sheet_id) == [])


@pytest.mark.parametrize("broken", ["release_start", "end_start"])
def test_what_the_library_does_not_take_after_a_start_is_done_at_the_next_look(
    harness: Callable[..., RunnerHarness], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """No start stays claimed, and none is sent twice."""
    app, asked = harness(WORKS), threading.Event()
    sheet_id, broken_off = stored(app.library), LibraryUnavailable("No database.", "Wait.")
    with starting(app) as starts:
        starts.start(sheet_id, SERVER, range(6), not_before=in_an_hour())
        if broken == "release_start":
            monkeypatch.setattr(needed, "cells_of", failing(broken_off))
        monkeypatch.setattr(sheet_starts, broken, failing(broken_off, asked))
        starts.start_at_once(sheet_id)
        assert asked.wait(SECONDS)
        assert starts_of(app.library, sheet_id)[0].process is not None
        monkeypatch.undo()
        starts.start_at_once(sheet_id)
        eventually(lambda: states(app, sheet_id) == ["done"] * 6)
        eventually(lambda: starts_of(app.library, sheet_id) == [])
    assert len(app.client.requests) == 6


def failing(error: Exception, asked: threading.Event | None = None) -> Callable[..., Any]:
    """Return a function that raises an error, and says that it was called."""

    def fail(*given: Any) -> Any:
        if asked is not None:
            asked.set()
        raise error

    return fail

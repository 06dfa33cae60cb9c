"""A sheet's cells on their way: each sent once, none lost, stopped by a cap, a person or a restart, and retried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from components.client import ApiError, Connection, Money
from components.client.events import Completed, ResponseStarted, Sent
from components.library import Library
from components.library.queries.sheet_cells import cells_of
from components.library.records import SheetCell
from components.library.sheets.sheet_batches import add_batch
from components.library.sheets.sheet_store import claim_cell, extend_sheet, find_sheet, new_sheet
from components.library.team.budget_store import save_budget
from components.library.team.charges import RunRefused
from components.parameters import Inputs, estimate
from components.parameters.sheets import ConnectionValue, SheetTemplate, make_plan
from components.runs import SheetRunner
from components.runs.batches.batch_cells import begin_runs, claim, in_batches
from components.runs.run_clock import new_run_id
from components.runs.sheets.cell_request import CONNECTION_LOST
from components.runs.sheets.sheet_run import INPUT_MISSING
from components.team.budgets import Budget, Period, Scope
from tests.unit.library.file_places import place_of, stored_bytes
from tests.unit.library.library_fixtures import an_input
from tests.unit.runs.fake_client import DONE, SECONDS, SERVER, Gate, RunnerHarness, Step, arrives, png

SENT: list[Step] = [Sent(), ResponseStarted("req_1", 200)]
WORKS: list[Step] = [*SENT, arrives(0, png(1)), DONE]
REFUSED = ApiError("Refused by the safety system.", money=Money.NOTHING_SPENT, next_step="Change the prompt.")
MODEL = "gpt-image-2"
TEMPLATE = SheetTemplate(
    "generate", MODEL, {"prompt": "A {red|blue|green} fox", "size": "1024x1024"}, {"quality": ("low", "high")}
)


def stored(library: Library, template: SheetTemplate = TEMPLATE, **more: Any) -> str:
    """Store a sheet of six cells."""
    plan = make_plan(template)
    named = {"name": "Foxes", "owner": "anna", "connection_id": SERVER.id, "connection_name": SERVER.name}
    return new_sheet(library, template, plan, **{**named, **more})


def send(app: RunnerHarness, sheet_id: str, positions: list[int] | None = None) -> list[SheetCell]:
    """Send cells, those that wait without `positions`, wait for the end, and return the sheet's cells."""
    sheets = SheetRunner(app.library, app.runner)
    waiting = [cell.position for cell in cells_of(app.library, sheet_id) if cell.state == "waiting"]
    wanted = waiting if positions is None else positions
    sheets.start(sheet_id, SERVER, wanted, owner="anna")
    sheets.join(SECONDS)
    assert not sheets.is_active(sheet_id)
    return cells_of(app.library, sheet_id)


def thirty_cells(app: RunnerHarness, gate: Gate) -> tuple[str, SheetRunner]:
    """Start a sheet of thirty cells; return its id and its runner when the first one reaches the gate."""
    sheet_id = stored(app.library, SheetTemplate("generate", MODEL, {"prompt": "{1..30} foxes"}))
    sheets = SheetRunner(app.library, app.runner)
    sheets.start(sheet_id, SERVER, range(30))
    assert gate.reached.wait(SECONDS)
    return sheet_id, sheets


def test_a_cell_with_anothers_private_run_is_not_sent_again(harness: Callable[..., RunnerHarness]) -> None:
    """Whoever does not see the run would pay a second time."""
    app = harness(WORKS)
    sheet_id = stored(app.library)
    send(app, sheet_id, [0])
    with app.library.engine.begin() as connection:
        connection.execute(text("UPDATE runs SET owner = 'ada', is_private = true"))
    send(app, sheet_id, [0])
    assert len(app.client.requests) == 1


def test_every_cell_is_sent_once(harness: Callable[..., RunnerHarness]) -> None:
    """Six cells are six runs, each with the request of its place, its image and its owner."""
    app = harness(WORKS)
    sheet_id = stored(app.library)
    cells = send(app, sheet_id)
    assert [cell.state for cell in cells] == ["done"] * 6
    assert all(cell.cover is not None for cell in cells)
    assert len({cell.run_id for cell in cells}) == len(app.client.requests) == 6
    asked = {(request.prompt_text, request.values["quality"]) for request in app.client.requests}
    assert asked == {(f"A {color} fox", quality) for color in ("red", "blue", "green") for quality in ("low", "high")}
    run = app.library.run(str(cells[3].run_id))
    assert run is not None
    assert (run.owner, run.prompt) == ("anna", "A blue fox")
    assert run.extra == {"sheet": {"id": sheet_id, "position": 3}}


def test_a_refusal_leaves_one_cell_which_is_retried_alone(harness: Callable[..., RunnerHarness]) -> None:
    """The others are done; only the refused one is sent again, as a new run, and the first run stays in the library."""
    app = harness([*SENT, REFUSED], WORKS)
    sheet_id = stored(app.library)
    cells = send(app, sheet_id)
    (failed,) = [cell for cell in cells if cell.state == "failed"]
    assert (failed.error or {})["what"] == "Refused by the safety system."
    again = send(app, sheet_id, [failed.position])
    assert [cell.state for cell in again] == ["done"] * 6
    assert [cell.run_id for cell in again if cell.position != failed.position] == [
        cell.run_id for cell in cells if cell.position != failed.position
    ]
    assert app.library.run(str(failed.run_id)) is not None
    assert len(app.client.requests) == 7


def test_cancelling_keeps_what_was_not_sent(harness: Callable[..., RunnerHarness]) -> None:
    """Runs under way are cancelled, the others wait; nothing more is sent."""
    gate = Gate()
    app = harness([*SENT, gate, arrives(0, png(1)), DONE])
    sheet_id, sheets = thirty_cells(app, gate)
    sheets.cancel(sheet_id, "ben")
    gate.open()
    sheets.join(SECONDS)
    states = [cell.state for cell in cells_of(app.library, sheet_id)]
    assert states.count("waiting") >= 20
    assert set(states) <= {"waiting", "cancelled", "done"}
    sheet = find_sheet(app.library, sheet_id)
    assert sheet is not None
    assert sheet.stopped == "cancelled"


def test_two_servers_send_each_cell_once(harness: Callable[..., RunnerHarness]) -> None:
    """What one sends while the other is at earlier cells, the other does not send again."""
    gate = Gate()
    slow, quick = harness([*SENT, gate, arrives(0, png(1)), DONE]), harness(WORKS)
    sheet_id, sheets = thirty_cells(slow, gate)
    send(quick, sheet_id)
    gate.open()
    sheets.join(SECONDS)
    assert {cell.state for cell in cells_of(slow.library, sheet_id)} == {"done"}
    assert len(slow.client.requests) + len(quick.client.requests) == 30
    assert len(slow.library.recent(limit=100)) == 30


def test_a_cancel_reaches_another_server(harness: Callable[..., RunnerHarness]) -> None:
    """It sends nothing more; what was under way ends, cancelled or done."""
    gate = Gate()
    there, here = harness([*SENT, gate, arrives(0, png(1)), DONE]), harness(WORKS)
    sheet_id, sheets = thirty_cells(there, gate)
    SheetRunner(here.library, here.runner).cancel(sheet_id, "ben")
    gate.open()
    sheets.join(SECONDS)
    assert not sheets.is_active(sheet_id)
    states = [cell.state for cell in cells_of(here.library, sheet_id)]
    assert states.count("waiting") >= 20
    assert set(states) <= {"waiting", "cancelled", "done"}


def test_a_stop_of_the_app_loses_and_doubles_nothing(harness: Callable[..., RunnerHarness]) -> None:
    """After a restart the cells that were not sent are offered; sending them makes each cell's run exactly once."""
    gate = Gate()
    first = harness([*SENT, gate])
    template = SheetTemplate("generate", MODEL, {"prompt": "{1..30} foxes"})
    sheet_id = stored(first.library, template)
    sheets = SheetRunner(first.library, first.runner)
    sheets.start(sheet_id, SERVER, range(30))
    assert gate.reached.wait(SECONDS)
    first.runner.stop()
    sheets.join(SECONDS)
    cells = cells_of(first.library, sheet_id)
    waiting = [cell.position for cell in cells if cell.state == "waiting"]
    assert len(waiting) >= 20
    assert {cell.state for cell in cells} == {"waiting", "interrupted"}
    # As if the process had died after it wrote the id of a run, and before it wrote the run.
    died = new_run_id()
    assert claim_cell(first.library, sheet_id, waiting[0], before=cells[waiting[0]].run_id, run_id=died)
    after = send(harness(WORKS), sheet_id, waiting)
    assert {cell.state for cell in after} == {"done", "interrupted"}
    assert after[waiting[0]].run_id == died
    assert len(first.library.recent(limit=100)) == len(after) == 30


def test_a_cell_is_claimed_once(library: Library) -> None:
    """Of two processes that retry the same cell, one sends it."""
    sheet_id = stored(library)
    assert claim_cell(library, sheet_id, 0, before=None, run_id="one")
    assert not claim_cell(library, sheet_id, 0, before=None, run_id="two")
    assert cells_of(library, sheet_id, 0)[0].run_id == "one"


def test_a_value_that_is_added_later_runs_only_what_is_missing(harness: Callable[..., RunnerHarness]) -> None:
    """A third quality adds three cells; those that were there keep their runs."""
    app = harness(WORKS)
    sheet_id = stored(app.library)
    before = send(app, sheet_id)
    larger = TEMPLATE.with_values("quality", ["medium"])
    missing = extend_sheet(app.library, sheet_id, larger, make_plan(larger))
    assert len(missing) == 3
    after = send(app, sheet_id, missing)
    assert [cell.run_id for cell in after[:6]] == [cell.run_id for cell in before]
    assert [cell.state for cell in after] == ["done"] * 9
    assert len(app.client.requests) == 9


def test_trimmed_cells_are_kept_and_not_run(harness: Callable[..., RunnerHarness]) -> None:
    """They stay in the sheet as left out, until one is sent by itself."""
    trimmed = frozenset({(0, 0), (2, 1)})
    app = harness(WORKS)
    sheet_id = stored(app.library, trimmed=trimmed)
    cells = send(app, sheet_id)
    assert {cell.places for cell in cells if cell.state == "skipped"} == trimmed
    assert len(app.client.requests) == 4
    (left_out, *_) = [cell for cell in cells if cell.state == "skipped"]
    after = send(app, sheet_id, [left_out.position])
    assert after[left_out.position].state == "done"


def test_cells_of_an_edit_go_out_with_their_own_images(harness: Callable[..., RunnerHarness], tmp_path: Path) -> None:
    """Each with one of the images and the mask; what a run keeps goes along. A missing file is said at its cell."""
    first, second, mask = (an_input(tmp_path, f"{name}.png", seed) for seed, name in enumerate(("a", "b", "mask")))
    varied = {"image": [first.sha256, second.sha256]}
    inputs = Inputs((first, second), mask)
    template = SheetTemplate("edit", MODEL, {"prompt": "A hat"}, varied, inputs=inputs, extra={"edited": "r1-0"})
    app = harness(WORKS)
    sheet_id = stored(app.library, template)
    cells = send(app, sheet_id)
    sent = [(request.images[0].name, request.mask.name) for request in app.client.requests if request.mask]
    assert sorted(sent) == [("a.png", "mask.png"), ("b.png", "mask.png")]
    run = app.library.run(str(cells[1].run_id))
    assert run is not None
    assert (run.parent_output, run.extra) == (
        "r1-0",
        {"edited": "r1-0", "sheet": {"id": sheet_id, "position": 1}},
    )
    path = app.library.file("input", second.sha256)
    assert path is not None
    place = place_of(app.library)
    place.harm("input", second.sha256, None)
    again = send(app, sheet_id, [0, 1])
    assert [cell.state for cell in again] == ["done", "skipped"]
    assert again[1].skipped == INPUT_MISSING
    assert len(app.client.requests) == 3
    place.harm("input", second.sha256, second.path.read_bytes())
    assert [cell.state for cell in send(app, sheet_id, [1])] == ["done", "done"]
    assert replace(app.client.requests[-1].images[0], path=second.path) == second


def test_each_cell_goes_to_its_own_connection(harness: Callable[..., RunnerHarness]) -> None:
    """One that is gone is said at its cells and stops nothing; once it is back they are sent by it."""
    app = harness(WORKS)
    lab = Connection("lab", "Lab", api_key="sk-secret-of-the-lab")
    names = {SERVER.id: ConnectionValue(SERVER.name), lab.id: ConnectionValue(lab.name)}
    varied = {"connection": tuple(names)}
    template = SheetTemplate("generate", MODEL, {"prompt": "A {red|blue} fox"}, varied, connections=names)
    sheet_id = stored(app.library, template)
    sheets = SheetRunner(app.library, app.runner)
    sheets.start(sheet_id, SERVER, range(4), connections={SERVER.id: SERVER})
    sheets.join(SECONDS)
    cells = cells_of(app.library, sheet_id)
    assert [cell.state for cell in cells] == ["done", "skipped", "done", "skipped"]
    assert cells[1].skipped == f"Lab{CONNECTION_LOST}"
    sheets.start(sheet_id, SERVER, [1, 3], connections={SERVER.id: SERVER, lab.id: lab})
    sheets.join(SECONDS)
    runs = [app.library.run(str(cell.run_id)) for cell in cells_of(app.library, sheet_id)]
    assert [run.connection_name for run in runs if run] == [SERVER.name, "Lab", SERVER.name, "Lab"]
    found = stored_bytes(app.library)
    assert b"Lab" in found
    assert b"sk-secret-of-the-lab" not in found


def test_a_cell_that_is_in_a_batch_is_not_sent_by_itself(harness: Callable[..., RunnerHarness]) -> None:
    """Not before the batch has its runs either: else it would be paid twice, and reserved once."""
    app, team = harness(WORKS), replace(SERVER, id="team:x")
    sheet_id = stored(app.library, connection_id=team.id)
    values = {"connection_id": team.id, "connection_name": team.name, "base_url": "", "owner": "anna"}
    batch = add_batch(app.library, in_batches(app.library, sheet_id, [0])[0], expires=0, sheet_id=sheet_id, **values)
    assert in_batches(app.library, sheet_id, [0]) == []
    [(run_id, request)] = claim(app.library, batch, "")
    sheets = SheetRunner(app.library, app.runner)
    sheets.start(sheet_id, team, [0, 1], owner="anna")
    sheets.join(SECONDS)
    assert [cell.state for cell in cells_of(app.library, sheet_id)[:2]] == ["waiting", "done"]
    with pytest.raises(RunRefused, match="in a batch"):
        app.library.begin_run(run_id, request, connection_id=team.id, connection_name=team.name)
    begin_runs(app.library, batch, 0)
    assert cells_of(app.library, sheet_id, 0)[0].state == "running"


def test_a_budget_lets_a_sheet_go_on_while_it_has_room(harness: Callable[..., RunnerHarness]) -> None:
    """Cells wait for what those under way really cost; the ones that do not fit say why, and can be sent later."""
    app = harness([*SENT, arrives(0, png(1)), Completed("req_1", None, {"created": 1})])
    team = replace(SERVER, id="team:x")
    prices = [estimate(request).high or Decimal(0) for request in make_plan(TEMPLATE).requests]
    budget = Budget(Scope.PERSON, "", Period.DAY, None, round((prices[0] + prices[1] + prices[2]) * 1_000_000))
    save_budget(app.library, budget)
    sheet_id = stored(app.library, connection_id=team.id)
    sheets = SheetRunner(app.library, app.runner)
    sheets.start(sheet_id, team, range(6), owner="anna")
    sheets.join(SECONDS)
    cells = cells_of(app.library, sheet_id)
    # A price that is not known counts as estimated: low, high, low fit, then nothing does but another low one.
    assert sum(cell.state == "done" for cell in cells) == len(app.client.requests) == 3
    waiting = [cell for cell in cells if cell.state != "done"]
    assert all("left of your budget" in cell.skipped for cell in waiting)
    save_budget(app.library, replace(budget, hard=None))
    sheets.start(sheet_id, team, [cell.position for cell in waiting], owner="anna")
    sheets.join(SECONDS)
    assert [cell.state for cell in cells_of(app.library, sheet_id)] == ["done"] * 6

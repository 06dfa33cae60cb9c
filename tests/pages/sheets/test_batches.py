"""A sheet as a batch: its button, what it says before and while it waits, and when it is done or not taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.client.errors import EndpointNotFound
from components.library.annotations import star
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.sheet_batches import add_batch, batches_of, change_batch
from components.library.sheets.sheet_starts import add_start, planned_starts, starts_of
from components.library.sheets.sheet_store import new_sheet, recent_sheets
from components.parameters import InputImage, Inputs, Request, resolve
from components.parameters.sheets import CONNECTION, ConnectionValue, SheetTemplate, make_plan
from components.runs.batches import batch_outcome
from components.settings import BUILT_IN_ID
from components.ui.process.workbench import Workbench
from components.ui.session import connections
from components.ui.session.state import state_key
from components.ui.sheets.later.batch import why_never_batch
from components.ui.sheets.state import SheetState
from components.ui.sheets.window import first_window, window_json
from tests.pages.sheets.test_sheets import prompted, said
from tests.unit.library.sheet_fixtures import filled_sheet

BATCH = "generate.sheet.batch"


def eventually(seen: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < end, "never so"
        time.sleep(0.02)


def test_a_press_sends_one_batch_that_fills_the_sheet(app: AppTest, workbench: Workbench) -> None:
    """The button stands beside Run; the sheet says since when it waits, can be cancelled, and is done in the end."""
    prompted(app, "A {red|blue} fox")
    app.button(key=BATCH).click().run()
    (sheet,) = recent_sheets(workbench.library)
    assert app.query_params["sheet"] == sheet.id
    assert "In a batch, since" in said(app)
    assert "You can close this page." in said(app)
    assert app.button(key="sheet.cancel").label == "Cancel"
    eventually(lambda: not workbench.batches.is_active(sheet.id))
    assert [cell.state for cell in cells_of(workbench.library, sheet.id)] == ["done", "done"]
    app.run()
    assert "In a batch" not in said(app)
    assert "sheet.cancel" not in [one.key for one in app.button]


def test_a_cap_that_a_batch_could_pass_and_many_cells_are_asked_about(app: AppTest, workbench: Workbench) -> None:
    """A cap cannot stop a batch in the middle, so it must hold all of it; 60 cells wait for a yes, as a batch."""
    connection = Connection("c1", "Far", "http://127.0.0.1:9/v1", "sk-0123456789abcdefghij")
    app.run()
    at = app.session_state[state_key(connections.ConnectionsState)]
    at.own, at.chosen = [connection], "c1"
    prompted(app, "{1..60} foxes")
    assert "may not support batches" in said(app)
    app.text_input(key="generate.sheet.cap").set_value("0.10").run()
    app.button(key=BATCH).click().run()
    assert "a cap cannot stop it in the middle" in said(app)
    app.text_input(key="generate.sheet.cap").set_value("").run()
    app.button(key=BATCH).click().run()
    assert "as a batch?" in said(app)
    assert recent_sheets(workbench.library) == []


def time_field(app: AppTest, key: str) -> Any:
    """The field for the time at which cells are sent."""
    (field,) = [one for one in app.datetime_input if one.key == f"{key}.time"]
    return field


@pytest.mark.parametrize("button", ["at", "batch"])
def test_many_cells_that_are_asked_about_keep_their_time(app: AppTest, workbench: Workbench, button: str) -> None:
    """The question takes the field's place, names its time, and sends nothing once that has passed."""
    prompted(app, "{1..60} foxes")
    tomorrow = datetime.now().replace(microsecond=0, second=0) + timedelta(days=1)
    time_field(app, "generate.sheet").set_value(tomorrow).run()
    app.button(key=f"generate.sheet.{button}").click().run()
    app.run()
    assert f"tomorrow at {tomorrow:%H:%M}?" in said(app).replace("\\", "")
    state = app.session_state[state_key(SheetState, "generate")]
    state.way = state.way.at(time.time() - 60)
    app.run()
    app.button(key="generate.sheet.yes").click().run()
    assert "has passed. Choose a later time" in said(app).replace("\\", "")
    assert recent_sheets(workbench.library) == []
    assert time_field(app, "generate.sheet").value == tomorrow
    app.button(key=f"generate.sheet.{button}").click().run()
    app.run()
    app.button(key="generate.sheet.yes").click().run()
    (start,) = planned_starts(workbench.library)
    assert (start.not_before, start.as_batch) == (tomorrow.timestamp(), button == "batch")
    assert len(start.positions) == 60


TEMPLATE = SheetTemplate("generate", "gpt-image-2", {"prompt": "A {red|blue} fox", "size": "1024x1024"}, {})
FAR = {"connection_id": "c1", "connection_name": "Far"}


def shown_with_batch(workbench: Workbench, app: AppTest, sheet_id: str, **values: str) -> None:
    """Show a sheet whose cells are in a batch that a test describes, of a connection that is not there."""
    cells = [(cell.position, cell.run_id or f"r{cell.position}") for cell in cells_of(workbench.library, sheet_id)]
    base = {**FAR, "base_url": "http://127.0.0.1:9/v1", "owner": ""}
    batch = add_batch(workbench.library, cells, expires=time.time() + 86_400, sheet_id=sheet_id, **base)
    change_batch(workbench.library, batch.id, **values)
    app.run()
    app.query_params["sheet"] = sheet_id
    app.run()


def test_a_waiting_sheet_says_so_in_its_cells(app: AppTest, workbench: Workbench) -> None:
    """Each cell says since when and until when at most; the key that is missing is asked for, with the price's note."""
    sheet_id, _ = filled_sheet(workbench.library, TEMPLATE)
    for cell in cells_of(workbench.library, sheet_id):
        workbench.library.update_run(str(cell.run_id), state="running")
    shown_with_batch(workbench, app, sheet_id, state="under_way", remote_id="b", problem=batch_outcome.NEEDS_KEY)
    assert "at most until tomorrow" in said(app)
    assert "Its connection is needed again" in said(app)
    assert "OpenAI charges less for batches" in said(app)
    found = window_json(workbench.library, recent_sheets(workbench.library)[0], first_window(1), is_active=False)
    assert (found["active"], found["slow"]) == (True, True)
    assert all(cell["reason"].startswith("in a batch, since ") for cell in found["cells"])
    app.button(key="sheet.cancel").click().run()
    assert batches_of(workbench.library, sheet_id)[0].cancelled_by is not None
    assert "Cancelling." in said(app)


def test_a_batch_that_was_not_taken_leaves_its_cells_to_send(app: AppTest, workbench: Workbench) -> None:
    """The sheet says why, and that nothing was spent; its cells can be sent one by one."""
    sheet_id = new_sheet(workbench.library, TEMPLATE, make_plan(TEMPLATE), name="Foxes", owner="", **FAR)
    refusal = batch_outcome.refused(EndpointNotFound("Not found.", status=404))
    shown_with_batch(workbench, app, sheet_id, state="ended", problem=refusal)
    assert "takes no batches" in said(app)
    assert app.button(key="sheet.rest").label == "Send the 2 waiting"


def test_finals_and_edits_can_be_a_batch_or_wait_for_a_time(app: AppTest, workbench: Workbench) -> None:
    """The panel of finals sends them either way; a time that has passed sends nothing, and "Cancel" forgets a plan."""
    template = replace(TEMPLATE, varied={"quality": ("low",)})
    sheet_id, images = filled_sheet(workbench.library, template)
    star(workbench.library, images[:1], True)
    app.run()
    app.session_state[state_key(connections.ConnectionsState)].own = [Connection("c1", "Far", "http://127.0.0.1:9/v1")]
    app.query_params["sheet"] = sheet_id
    app.session_state["sheet.finals"] = True
    app.run()
    key = f"sheet.finals.{sheet_id}.run"
    time_field(app, key).set_value(datetime.now() - timedelta(hours=1)).run()
    assert "has passed. Choose a later time" in said(app).replace("\\", "")
    assert app.button(key=f"{key}.at").disabled
    time_field(app, key).set_value(datetime.now() + timedelta(days=1)).run()
    time_field(app, key).set_value(datetime.now() - timedelta(hours=1))
    app.button(key=f"{key}.batch").click().run()  # the time passes before the press
    assert app.session_state["sheet.finals"] is True
    assert starts_of(workbench.library, sheet_id) == []
    assert "has passed. Choose a later time" in said(app).replace("\\", "")
    tomorrow = datetime.now().replace(microsecond=0, second=0) + timedelta(days=1)
    time_field(app, key).set_value(tomorrow).run()
    for is_open in (False, True):
        app.session_state["sheet.finals"] = is_open
        app.run()
    assert time_field(app, key).value == tomorrow
    app.button(key=f"{key}.batch").click().run()
    (start,) = starts_of(workbench.library, sheet_id)
    assert (start.as_batch, start.positions) == (True, (2,))
    assert "A batch of 1 run is sent tomorrow at" in said(app)
    assert app.session_state["sheet.finals"] is False
    found = window_json(workbench.library, recent_sheets(workbench.library)[0], first_window(2), is_active=False)
    assert (found["active"], found["slow"], found["planned"]) == (True, True, start.not_before)
    assert [cell["starts"] for cell in found["cells"] if cell["position"] == 2] == [start.not_before]
    app.button(key="sheet.cancel").click().run()
    assert starts_of(workbench.library, sheet_id) == []
    assert app.button(key="sheet.rest").label == "Send the 1 waiting"
    star(workbench.library, images[1:], True)  # of a cell that these finals left out
    app.session_state["sheet.finals"] = True
    app.run()
    app.button(key=f"{key}.at").click().run()
    (start,) = starts_of(workbench.library, sheet_id)
    assert start.positions == (3,)
    found = window_json(workbench.library, recent_sheets(workbench.library)[0], first_window(2), is_active=False)
    assert [cell["starts"] for cell in found["cells"] if cell["position"] == 3] == [start.not_before]


def test_a_start_whose_connection_is_gone_says_what_brings_it_back(app: AppTest, workbench: Workbench) -> None:
    """It fits a key that was only in memory and a connection that the operator has removed."""
    sheet_id = new_sheet(workbench.library, TEMPLATE, make_plan(TEMPLATE), name="Foxes", owner="", **FAR)
    where = {"connection_id": "c1", "base_url": "http://127.0.0.1:9/v1", "owner": "", "user": "", "as_batch": False}
    add_start(workbench.library, [0, 1], sheet_id=sheet_id, not_before=time.time() - 60, **where)
    app.run()
    app.query_params["sheet"] = sheet_id
    app.run()
    assert "was only in memory, or it was removed from the server's settings" in said(app)
    assert "or have it set up again" in said(app)
    assert "To send the other cells" not in said(app)


def test_a_start_of_several_connections_names_those_that_it_waits_for(app: AppTest, workbench: Workbench) -> None:
    """And how to send the cells of the others without it."""
    names = {"c2": ConnectionValue("Lab"), "c3": ConnectionValue("Far"), BUILT_IN_ID: ConnectionValue("Built-in")}
    template = replace(TEMPLATE, varied={CONNECTION: tuple(names)}, connections=names)
    sheet_id = new_sheet(workbench.library, template, make_plan(template), name="Foxes", owner="", **FAR)
    where = {"connection_id": "c1", "base_url": "http://127.0.0.1:9/v1", "owner": "", "user": "", "as_batch": False}
    add_start(workbench.library, [0, 1, 2], sheet_id=sheet_id, not_before=time.time() - 60, **where)
    app.run()
    app.query_params["sheet"] = sheet_id
    app.run()
    assert "It waits for Lab and Far" in said(app).replace("\\", "")
    assert "To send the other cells without waiting, cancel this" in said(app)


def test_what_cannot_be_a_batch_says_why() -> None:
    """Several connections, markup, and images too large for a file."""
    one = InputImage(Path("a.png"), "a.png", "image/png", 40, 30, 120_000_000, "0" * 64)
    assert why_never_batch(replace(TEMPLATE, varied={CONNECTION: ("a", "b")}), []).startswith("A batch goes to one")
    assert "no markup" in why_never_batch(replace(TEMPLATE, inputs=Inputs((one,), markup=one)), [])
    request = resolve("edit", "gpt-image-2", {"prompt": "A hat"}, images=(replace(one, bytes=9_000_000),))
    assert isinstance(request, Request)
    assert why_never_batch(TEMPLATE, [request]) == ""
    assert "too large for a batch" in why_never_batch(TEMPLATE, [replace(request, images=(one,))])

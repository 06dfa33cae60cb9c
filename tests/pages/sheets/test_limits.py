"""The limits of a stored sheet: a higher cap after its cap stopped it, and the question before many runs."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.library.annotations import star
from components.library.sheets.sheet_store import change_sheet, find_sheet, new_sheet
from components.library.team.audit import AuditFilter, audit_page
from components.parameters.sheets import SheetTemplate, make_plan, sheet_price
from components.settings import BUILT_IN_ID
from components.ui.process.workbench import Workbench
from components.ui.session import connections
from components.ui.session.state import state_key
from components.ui.sheets.sheet_view import _act
from tests.pages.sheets.test_sheets import prompted
from tests.pages.sheets.test_sheets import said as said_in_markdown
from tests.unit.library.sheet_fixtures import filled_sheet

FAR = Connection("c1", "Far", "http://127.0.0.1:9/v1", "sk-0123456789abcdefghij")
CAP = Decimal("0.001")


def said(app: AppTest) -> str:
    """All that the page says, without the backslashes of Markdown."""
    return said_in_markdown(app).replace("\\", "")


def template_of(count: int) -> SheetTemplate:
    """A sheet of so many foxes."""
    return SheetTemplate("generate", "gpt-image-2", {"prompt": f"{{1..{count}}} foxes", "size": "1024x1024"}, {})


def stored(workbench: Workbench, count: int, cap: Decimal | None = None) -> str:
    """Store a sheet of which nothing was sent; with a cap, that stopped it."""
    template = template_of(count)
    named = {"connection_id": FAR.id, "connection_name": FAR.name}
    sheet_id = new_sheet(workbench.library, template, make_plan(template), name="Foxes", owner="", cap=cap, **named)
    if cap is not None:
        change_sheet(workbench.library, sheet_id, stopped="cap")
    return sheet_id


def show(app: AppTest, sheet_id: str) -> None:
    """Show a sheet to somebody who has its connection."""
    app.run()
    app.session_state[state_key(connections.ConnectionsState)].own = [FAR]
    app.query_params["sheet"] = sheet_id
    app.run()


@pytest.fixture
def sent(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The positions of each sending, which goes nowhere."""
    found: list[list[int]] = []

    def start(sheet_id: str, connection: Connection, positions: list[int], **given: Any) -> None:
        found.append(list(positions))

    monkeypatch.setattr(workbench.sheets, "start", start)
    return found


def retry(app: AppTest, sheet_id: str, position: int) -> None:
    """Press the button of a cell that runs it again."""
    app.session_state["deferred.actions"].append(partial(_act, sheet_id, "retry", {"position": position}))
    app.run()


def new_cap(app: AppTest) -> Any:
    """The field for a higher cap."""
    (field,) = [one for one in app.text_input if one.label == "New cap (dollars)"]
    return field


def test_a_sheet_at_its_cap_goes_on_under_a_higher_one(
    app: AppTest, workbench: Workbench, sent: list[list[int]]
) -> None:
    """The field holds what all waiting cells may cost; a bad value sends nothing, and a good one is stored first."""
    sheet_id = stored(workbench, 3, CAP)
    highest = sheet_price(make_plan(template_of(3)).requests).cost.high or Decimal(0)
    show(app, sheet_id)
    assert highest <= Decimal(new_cap(app).value) < highest + Decimal("0.01")
    for text, words in (
        ("plenty", "is not an amount in dollars"),
        ("", "Write an amount in dollars, more than"),
        ("0.0005", "Write a higher amount"),
        ("0.0011", "would stop it at once"),
        ("nan", "at most 10,000 dollars"),
    ):
        new_cap(app).set_value(text)
        app.button(key="sheet.rest").click().run()
        assert words in said(app)
        assert sent == []
    new_cap(app).set_value("$2.50")
    app.button(key="sheet.rest").click().run()
    assert sent == [[0, 1, 2]]
    sheet = find_sheet(workbench.library, sheet_id)
    assert sheet is not None
    assert sheet.cap == Decimal("2.5")


def test_failed_cells_of_a_sheet_at_its_cap_are_run_again_under_a_higher_one(
    app: AppTest, workbench: Workbench, sent: list[list[int]]
) -> None:
    """Without a waiting cell, the field holds what is spent and what the failed ones may cost."""
    sheet_id, _ = filled_sheet(workbench.library, template_of(2))
    change_sheet(workbench.library, sheet_id, cap=Decimal("0.03"), stopped="cap")
    workbench.library.update_run(f"{sheet_id[-8:]}0001", state="failed")
    show(app, sheet_id)
    assert Decimal(new_cap(app).value) > Decimal("0.03")
    app.button(key="sheet.failed").click().run()
    assert sent == [[1]]
    sheet = find_sheet(workbench.library, sheet_id)
    assert sheet is not None
    assert sheet.cap is not None
    assert sheet.cap > Decimal("0.03")


def test_a_sheet_that_its_cap_did_not_stop_has_no_field_for_a_higher_one(app: AppTest, workbench: Workbench) -> None:
    """Cells that wait for another reason are sent under the cap that there is."""
    show(app, stored(workbench, 3))
    assert app.button(key="sheet.rest").label == "Send the 3 waiting"
    assert not [one for one in app.text_input if one.label == "New cap (dollars)"]


def confirm(app: AppTest, key: str, words: str, sent: list[list[int]]) -> None:
    """Press a button that asks again: "Not now" brings it back, "Yes" sends."""
    app.button(key=key).click().run()
    assert words in said(app)
    assert key not in [one.key for one in app.button]
    app.button(key=f"{key}.no").click().run()
    app.button(key=key).click().run()
    assert sent == []
    app.button(key=f"{key}.yes").click().run()
    assert "Really send" not in said(app)


def test_many_waiting_or_failed_cells_are_asked_about(
    app: AppTest, workbench: Workbench, sent: list[list[int]]
) -> None:
    """Their price stands below the buttons; 60 runs wait for a yes."""
    show(app, stored(workbench, 60))
    assert "60 waiting: up to $" in said(app)
    confirm(app, "sheet.rest", "Really send 60 runs, up to", sent)
    assert sent == [list(range(60))]
    sent.clear()
    sheet_id, _ = filled_sheet(workbench.library, template_of(51))
    for place in range(51):
        workbench.library.update_run(f"{sheet_id[-8:]}{place:04}", state="failed")
    app.query_params["sheet"] = sheet_id
    app.run()
    assert "51 failed: up to $" in said(app)
    confirm(app, "sheet.failed", "Really send 51 runs, up to", sent)
    assert sent == [list(range(51))]


def test_many_added_and_final_cells_are_asked_about(app: AppTest, workbench: Workbench, sent: list[list[int]]) -> None:
    """Both ask in their panel, as the first sending of a sheet does."""
    sheet_id, images = filled_sheet(workbench.library, template_of(51))
    star(workbench.library, images, True)
    show(app, sheet_id)
    app.session_state["sheet.finals"] = True
    app.run()
    assert "; the drafts cost $13.26." in said(app).replace("\\", "")
    (field,) = [one for one in app.datetime_input if str(one.key).startswith("sheet.finals.")]
    field.set_value(datetime.now() + timedelta(days=1)).run()
    app.button(key=f"sheet.finals.{sheet_id}.run.batch").click().run()
    assert "as a batch, tomorrow at" in said(app)
    field.set_value(None).run()
    assert "Really send" not in said(app), "the time that was asked about is no longer chosen"
    confirm(app, f"sheet.finals.{sheet_id}.run", "Really send 51 runs, up to", sent)
    assert sent == [list(range(51, 102))]
    sent.clear()
    app.session_state["sheet.add"] = True
    app.run()
    app.selectbox(key=f"sheet.add.{sheet_id}").set_value("quality").run()
    (field,) = [one for one in app.multiselect if one.label == "New values"]
    field.set_value(["low"]).run()
    confirm(app, f"sheet.add.{sheet_id}.run", "Really send 51 runs, up to", sent)
    assert sent == [list(range(102, 153))]


def test_few_cells_of_the_built_in_engine_are_free_and_not_asked_about(
    app: AppTest, workbench: Workbench, sent: list[list[int]]
) -> None:
    """Dollars that nobody pays ask nothing."""
    template = SheetTemplate(
        "generate", "gpt-image-2", {"prompt": "{1..40} foxes", "size": "3840x2160", "quality": "high"}, {}
    )
    plan = make_plan(template)
    assert (sheet_price(plan.requests).cost.high or 0) > 1
    named = {"connection_id": BUILT_IN_ID, "connection_name": "Built-in engine"}
    show(app, new_sheet(workbench.library, template, plan, name="Foxes", owner="", **named))
    assert "40 waiting: free here" in said(app)
    app.button(key="sheet.rest").click().run()
    assert sent == [list(range(40))]


def test_one_cell_above_the_cap_raises_it_or_says_why_not(
    app: AppTest, workbench: Workbench, sent: list[list[int]]
) -> None:
    """Its button stores the higher cap in the field, which the audit trail names; one that is none sends nothing."""
    sheet_id = stored(workbench, 3, CAP)
    show(app, sheet_id)
    new_cap(app).set_value("0.0011").run()
    retry(app, sheet_id, 1)
    assert any("more than its cap of $0.0010" in one.value.replace("\\", "") for one in app.toast)
    assert sent == []
    new_cap(app).set_value("2").run()
    retry(app, sheet_id, 1)
    assert sent == [[1]]
    assert any("The cap of this sheet is $2.00 now" in one.value.replace("\\", "") for one in app.toast)
    (entry,) = audit_page(workbench.full_library, AuditFilter(action="sheet.cap_raised")).entries
    assert (entry.target, entry.detail) == (sheet_id, {"from": "0.001", "to": "2"})
    retry(app, sheet_id, 0)
    assert sent == [[1], [0]]
    sheet = find_sheet(workbench.library, sheet_id)
    assert sheet is not None
    assert sheet.cap == 2, "it fits under the cap that there is"


def test_a_price_that_begins_a_sentence_begins_with_a_capital(app: AppTest) -> None:
    """That of one run and of a sheet at a server that is paid."""
    app.run()
    state = app.session_state[state_key(connections.ConnectionsState)]
    state.own, state.chosen = [FAR], FAR.id
    prompted(app, "A fox")
    lines = [one.value.replace("\\", "") for one in app.caption]
    assert [one for one in lines if re.match(r"(About|Very roughly) \$.* for 1 image · Far", one)]
    prompted(app, "A {red|blue} fox")
    assert re.search(r"2 runs, 2 images\. (About|Very roughly) \$.* for 2 images · Far", said(app))

"""The panel of a sheet's checks: what is added and removed, what is refused at its field, and the edit that mends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.images import ocr
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.checks import checks_of, results_of
from components.library.sheets.sheet_store import find_sheet
from components.parameters import Request, resolve
from components.team.people import Person
from components.ui.process.workbench import Workbench
from components.ui.session.connections import ConnectionsState
from components.ui.session.prefill import PrefillState
from components.ui.session.state import state_key
from components.ui.sheets.checks.checks_json import sheet_totals
from components.ui.sheets.checks.panel import ChecksState
from tests.browser.vision_server import asked, models, response_object
from tests.pages.sheets.test_sheets import said, sent
from tests.pages.states import state_of
from tests.unit.library.sheet_fixtures import filled_sheet
from tests.wire.loopback import Loopback, json_answer


def opened(app: AppTest, workbench: Workbench) -> str:
    """Send a sheet of four cells and open the panel of its checks; return the sheet's id."""
    sheet_id = sent(app, workbench, "A {red|blue} fox")
    app.session_state["sheet.checks"] = True
    app.run()
    return sheet_id


def choose(app: AppTest, sheet_id: str, kind: str) -> None:
    """Choose what is to be checked."""
    app.selectbox(key=f"sheet.checks.kind.{sheet_id}").set_value(kind).run()


def test_a_check_is_added_measured_and_removed(app: AppTest, workbench: Workbench) -> None:
    """One press measures the images that are there; the list counts them; a second press says that it is there."""
    sheet_id = opened(app, workbench)
    assert "built-in engine judges no image" in said(app)
    choose(app, sheet_id, "format")
    app.button(key="sheet.checks.add").click().run()
    workbench.checks.join()
    assert len(results_of(workbench.library, sheet_id)) == 4
    app.run()
    assert "4 of 4 passed" in said(app)
    app.button(key="sheet.checks.add").click().run()
    assert "already has this check" in said(app)
    (check,) = checks_of(workbench.library, sheet_id)
    app.button(key=f"sheet.checks.remove.{check.id}").click().run()
    assert checks_of(workbench.library, sheet_id) == []


def test_the_cost_of_a_sheet_says_what_is_in_it(app: AppTest, workbench: Workbench) -> None:
    """Its axes and its sum count the newest runs of its cells; what checks by models cost stands beside it."""
    sheet_id, _ = filled_sheet(workbench.library)
    app.query_params["sheet"] = sheet_id
    app.run()
    assert "The newest runs of its cells cost $0.210." in said(app).replace("\\", "")
    assert "The answers of models" not in said(app).replace("\\", "")
    question = resolve("analyze", "gpt-6.1-terra", {"text": "Is it red?", "input_type": "none"})
    assert isinstance(question, Request), question
    workbench.library.begin_run("asked", question, connection_id="c", connection_name="C", extra={"check": sheet_id})
    workbench.library.update_run("asked", state="done", cost=Decimal("0.05"))
    app.run()
    assert "The newest runs of its cells cost $0.210." in said(app).replace("\\", "")
    assert "The answers of models to its checks cost $0.050 more." in said(app).replace("\\", "")
    sheet = find_sheet(workbench.library, sheet_id)
    assert sheet is not None
    total, totals = sheet_totals(workbench.library, sheet)
    assert total == "$0.035 each"
    assert totals[0] == ["$0.015 each", "$0.035 each", "$0.055 each"]


def test_bad_settings_are_said_and_nothing_is_added(
    app: AppTest, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown color, a share beyond 100, an image that was not chosen, an empty text; what was typed stays."""
    monkeypatch.setattr(ocr, "is_installed", lambda: True)
    sheet_id = opened(app, workbench)
    for kind, typed, words in (
        ("color", {"color": "reddish"}, "This is not a color"),
        ("transparent", {"least": 120.0}, "from 0 to 100"),
        ("distance", {}, "Choose the image to compare with"),
        ("text", {}, "Enter the text"),
    ):
        choose(app, sheet_id, kind)
        for name, value in typed.items():
            fields: Any = app.number_input if isinstance(value, float) else app.text_input
            fields(key=f"sheet.checks.{sheet_id}.{kind}.{name}").set_value(value).run()
        app.button(key="sheet.checks.add").click().run()
        assert words in said(app)
        for name, value in typed.items():
            assert app.session_state[f"sheet.checks.{sheet_id}.{kind}.{name}"] == value
    assert checks_of(workbench.library, sheet_id) == []


def test_text_without_its_extra_cannot_be_chosen(
    app: AppTest, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is there, and its field and button are disabled."""
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    sheet_id = opened(app, workbench)
    choose(app, sheet_id, "text")
    assert "are not installed" in said(app)
    assert app.button(key="sheet.checks.add").disabled
    assert app.text_input(key=f"sheet.checks.{sheet_id}.text.text").disabled


def test_a_failed_check_becomes_an_edit(app: AppTest, workbench: Workbench) -> None:
    """The other image is far from the reference: its edit has the image, and a prompt that names what failed."""
    sheet_id = opened(app, workbench)
    red, *_, blue = (cell.cover for cell in cells_of(workbench.library, sheet_id))
    assert red is not None
    assert blue is not None
    choose(app, sheet_id, "distance")
    app.session_state[state_key(ChecksState, sheet_id)].reference = red.id
    app.number_input(key=f"sheet.checks.{sheet_id}.distance.most").set_value(0.0).run()
    app.button(key="sheet.checks.add").click().run()
    workbench.checks.join()
    found = results_of(workbench.library, sheet_id)
    assert [found[one.id][0].status for one in (red, blue)] == ["pass", "fail"]

    def script(sheet_id: str, output_id: str) -> None:
        from components.ui.sheets.checks.mend import mend

        mend(sheet_id, output_id)

    page = AppTest.from_function(script, args=(sheet_id, red.id))
    page.run()
    assert state_key(PrefillState) not in page.session_state
    page = AppTest.from_function(script, args=(sheet_id, blue.id)).run()
    assert not page.exception
    (prefill,) = page.session_state[state_key(PrefillState)].waiting
    assert (prefill.operation, prefill.edited_output) == ("edit", blue.id)
    assert [one.sha256 for one in prefill.images] == [blue.sha256]
    assert "closer to the reference" in prefill.values["prompt"]


@pytest.fixture
def remote() -> Iterator[Loopback]:
    """A server whose model sees a fox in no image."""
    with Loopback() as server:
        server.answer(models, path="/v1/models")
        found = {"q1": {"answer": False, "reason": "only a dog"}}
        server.answer(json_answer(response_object(json.dumps(found))), path="/v1/responses")
        yield server


def test_a_question_is_asked_of_a_model_and_mended(app: AppTest, workbench: Workbench, remote: Loopback) -> None:
    """The price is there before; each image is asked once; a failure becomes an edit with the model's reason."""
    sheet_id = opened(app, workbench)
    assert "predicate" not in app.selectbox(key=f"sheet.checks.kind.{sheet_id}").options
    state_of(app, ConnectionsState).own = [Connection("own:eye", "Eye", remote.base_url, api_key="sk-test-eye")]
    app.run()
    choose(app, sheet_id, "predicate")
    app.button(key="sheet.checks.add").click().run()
    assert "Enter a question" in said(app)
    app.text_input(key=f"sheet.checks.{sheet_id}.predicate.question").set_value("Is there a fox?").run()
    assert "at Eye about 4 images now, and about each new one" in said(app)
    assert "at most" in said(app)
    assert asked(remote) == []
    app.button(key="sheet.checks.add").click().run()
    workbench.questions.join()
    app.run()
    assert "0 of 4 passed" in said(app)
    assert "The answers of models cost" in said(app)
    assert len(asked(remote)) == len(results_of(workbench.library, sheet_id)) == 4
    (check,) = checks_of(workbench.library, sheet_id)
    assert "sk-test-eye" not in json.dumps(check.settings)
    eye = Connection("own:eye", "Eye", remote.base_url, api_key="sk-test-eye")
    workbench.questions.allow(sheet_id, eye, Person("ben", "Ben"))
    app.button(key=f"sheet.checks.stop.{check.id}").click().run()
    assert [one.name for one in workbench.questions.who_allowed(sheet_id, "own:eye")] == ["Ben"]
    assert "Ben agreed to have it asked and pays for the answers" in said(app)
    app.button(key=f"sheet.checks.stop-all.{check.id}").click().run()
    assert not workbench.questions.who_allowed(sheet_id, "own:eye")

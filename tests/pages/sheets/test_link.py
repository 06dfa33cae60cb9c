"""A sheet that was opened by its link: marks are seen and not changed until its person continues from it."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from components.library.queries.sheet_cells import cells_of
from components.ui.process.workbench import Workbench
from components.ui.session.owner import OwnerState
from tests.pages.forms.test_generate import components, labeled, labels
from tests.pages.sheets.test_sheets import sent
from tests.pages.states import state_of
from tests.setup.environment import ROOT
from tests.unit.library.sheet_fixtures import filled_sheet

BY_LINK = "you opened a link"


def opened(name: str = "", **query: str) -> AppTest:
    """The app as a person with this name sees it who opened an address."""
    app = AppTest.from_file(ROOT / "components" / "ui" / "shell.py", default_timeout=120)
    state_of(app, OwnerState).name = name
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest, part: str = "sheet") -> dict[str, Any]:
    """What the browser is given of the sheet, or of the run, that is on show."""
    found: dict[str, Any]
    (found,) = components(app, {"sheet": "is_link", "run": "status_only"}[part])
    return found


def first_cell(workbench: Workbench, sheet_id: str) -> tuple[str, str]:
    """The image and the run of a sheet's first cell."""
    cell = cells_of(workbench.library, sheet_id)[0]
    assert cell.cover is not None
    return cell.cover.id, str(cell.run_id)


def is_starred(workbench: Workbench, output_id: str) -> bool:
    """Whether an image is starred."""
    output = workbench.library.output(output_id)
    assert output is not None
    return output.starred


def press_star(app: AppTest, sheet_id: str, output_id: str) -> None:
    """Let the sheet's component report a press, whatever it shows."""
    number = shown(app)["handled"] + 1
    acts = [{"sequence": number, "name": "star", "output": output_id, "value": True}]
    app.session_state[f"sheet.view.{sheet_id}"] = {"acts": acts}
    app.run()


def test_a_linked_sheet_keeps_its_marks_until_it_is_continued(app: AppTest, workbench: Workbench) -> None:
    """Neither its cells nor the run of one can be marked; "Continue from here" fills the form and ends that."""
    sheet_id = sent(app, workbench, "A {red|blue} fox")
    assert shown(app)["readOnly"] == "", "this session made it"
    image, run_id = first_cell(workbench, sheet_id)
    ben = opened("ben", sheet=sheet_id)
    assert BY_LINK in shown(ben)["readOnly"]
    assert "Load into the form" not in labels(ben)
    press_star(ben, sheet_id, image)
    assert not is_starred(workbench, image)
    ben.query_params.clear()
    ben.query_params["run"] = run_id
    ben.run()
    assert BY_LINK in shown(ben, "run")["readOnly"]
    ben.query_params.clear()
    ben.query_params["sheet"] = sheet_id
    ben.run()
    labeled(ben, "Continue from here").click().run()
    assert labeled(ben, "Prompt").value == "A {red|blue} fox"
    assert shown(ben)["readOnly"] == ""
    press_star(ben, sheet_id, image)
    assert is_starred(workbench, image)


def test_a_sheet_is_its_makers_also_by_its_link(workbench: Workbench) -> None:
    """Anna made it; so did a session without a name that comes back to the address of its own."""
    sheet_id, _ = filled_sheet(workbench.library)
    anna = opened("anna", sheet=sheet_id)
    assert shown(anna)["readOnly"] == ""
    assert "Load into the form" in labels(anna)
    nameless = opened(sheet=sheet_id)
    assert BY_LINK in shown(nameless)["readOnly"]
    state_of(nameless, OwnerState).begun.add(sheet_id)
    nameless.run()
    assert shown(nameless)["readOnly"] == ""


def test_the_link_of_a_cells_run_leads_to_its_sheet_read_only(app: AppTest, workbench: Workbench) -> None:
    """The way back from the run of a link shows marks as it does; continuing from another cell opens all."""
    sheet_id = sent(app, workbench, "A {red|blue} fox")
    _, run_id = first_cell(workbench, sheet_id)
    ben = opened("ben", run=run_id)
    assert BY_LINK in shown(ben, "run")["readOnly"]
    ben.button(key="sheet.back").click().run()
    assert BY_LINK in shown(ben)["readOnly"]
    ben.query_params.clear()
    ben.query_params["run"] = str(cells_of(workbench.library, sheet_id)[1].run_id)
    ben.run()
    labeled(ben, "Continue from here").click().run()
    assert shown(ben, "run")["readOnly"] == ""

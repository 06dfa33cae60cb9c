"""Sheets on the Edit page: braces and what varies over input images and a mask, sent, shown, extended, run again."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.sheet_store import portable_recipe, recent_sheets
from components.ui.inputs.image_inputs import InputsState
from components.ui.process.workbench import Workbench
from components.ui.results.recipe_fill import SheetOffer
from components.ui.session.connections import ConnectionsState
from components.ui.sheets.sheet_json import sheet_csv
from tests.pages.edit.test_edit import SIZE, add, inputs_of, paint, png, wish
from tests.pages.sheets.test_sheets import said
from tests.pages.states import state_of
from tests.unit.library.file_places import place_of

BUTTON = "edit.sheet.submit"


def test_braces_over_one_image_with_a_mask(page: AppTest, workbench: Workbench) -> None:
    """Each prompt is an edit of the image inside the mask, which stays outside it exactly; the sheet has an address."""
    add(page, png())
    paint(page)
    wish(page, prompt="a {yellow|green} balloon", quality="low")
    page.toggle(key="edit.keep").set_value(True).run()
    assert "2 runs, 2 images" in said(page)
    page.button(key=BUTTON).click().run()
    assert not page.exception
    (sheet,) = recent_sheets(workbench.library)
    workbench.sheets.join(60)
    page.run()
    assert not page.exception
    assert page.query_params["sheet"] == sheet.id
    cells = cells_of(workbench.library, sheet.id)
    assert [cell.state for cell in cells] == ["done", "done"]
    for cell in cells:
        inputs = workbench.library.inputs(str(cell.run_id))
        assert [image.name for image in inputs["image"]] == ["1.png"]
        assert len(inputs["mask"]) == 1
        roles = [output.role for output in workbench.library.outputs(str(cell.run_id))]
        assert "composite" in roles, "the original was put back outside the mask"
    page.button_group(key="edit.shown").set_value("Mask").run()
    assert "sent at full size" in said(page), "the canvas can be drawn on while the sheet is open"


def test_one_edit_over_many_images(page: AppTest, workbench: Workbench) -> None:
    """Each image is a row; the mask goes where it fits. A later image is added from the form, and only it is run."""
    add(page, png(), png((200, 160), 1), png(SIZE, 2))
    paint(page)
    wish(page, quality="low")
    page.multiselect(key="edit.vary").set_value(["image"]).run()
    assert "Each of the 3 images above is edited by itself" in said(page)
    assert "2 runs, 2 images" in said(page)
    page.button(key=BUTTON).click().run()
    (sheet,) = recent_sheets(workbench.library)
    workbench.sheets.join(60)
    page.run()
    cells = cells_of(workbench.library, sheet.id)
    assert [cell.state for cell in cells] == ["done", "skipped", "done"]
    assert cells[1].skipped == "The mask is 480x320, the first image 200x160; they must have the same size."
    assert [one["text"] for one in sheet.axes[0]["values"]] == ["1.png", "2.png", "3.png"]
    assert "\n1.png,done," in sheet_csv(sheet, cells).replace("\r", "")
    add(page, png(SIZE, 5))
    new = inputs_of(page)[-1].sha256
    page.button_group(key="edit.shown").set_value("Result").run()
    page.session_state["sheet.add"] = True
    page.run()
    page.selectbox(key=f"sheet.add.{sheet.id}").set_value("image").run()
    page.multiselect(key=f"sheet.add.{sheet.id}.image.3").set_value([new]).run()
    assert not page.exception
    page.button(key=f"sheet.add.{sheet.id}.run").click().run()
    workbench.sheets.join(60)
    after = cells_of(workbench.library, sheet.id)
    assert [cell.run_id for cell in after[:3]] == [cell.run_id for cell in cells]
    assert [cell.state for cell in after] == ["done", "skipped", "done", "done"]


def test_a_sheet_is_loaded_into_the_form_with_its_images(page: AppTest, workbench: Workbench) -> None:
    """Prompt, what varies, images and mask come back; an unusable mask stops the button, as for one run."""
    add(page, png())
    paint(page)
    wish(page, prompt="a {yellow|green} balloon", quality="low")
    page.button(key=BUTTON).click().run()
    workbench.sheets.join(60)
    image = inputs_of(page)[0]
    page.run()
    wish(page, prompt="another")
    page.button(key="sheet.reuse").click().run()
    assert not page.exception
    assert page.text_area(key="edit.prompt").value == "a {yellow|green} balloon"
    assert [one.sha256 for one in inputs_of(page)] == [image.sha256]
    assert "2 runs, 2 images" in said(page)
    (sheet,) = recent_sheets(workbench.library)
    run = workbench.library.run(str(cells_of(workbench.library, sheet.id)[0].run_id))
    assert run is not None
    page.query_params.clear()
    state_of(page, InputsState, "edit").entries.clear()
    offer = state_of(page, SheetOffer)
    offer.recipe, offer.name = portable_recipe(workbench.library, run.recipe, run.extra), "a.png"
    page.run()
    page.button(key="offer.sheet").click().run()
    assert [one.sha256 for one in inputs_of(page)] == [image.sha256]
    assert "2 runs, 2 images" in said(page)
    path = workbench.library.file("input", image.sha256)
    assert path is not None
    kept = path.read_bytes()
    place = place_of(workbench.full_library)
    place.harm("input", image.sha256, None)
    page.query_params["sheet"] = sheet.id
    page.session_state["sheet.add"] = True
    page.run()
    assert "1 of this sheet's input images is no longer in the library" in said(page)
    place.harm("input", image.sha256, kept)
    page.session_state["sheet.add"] = False
    page.switch_page("../../pages/generate.py")
    page.query_params["sheet"] = sheet.id
    page.run()
    assert page.text_area(key="edit.prompt"), "a link to the sheet opens the page of its operation"


def test_one_prompt_at_several_connections(page: AppTest, workbench: Workbench) -> None:
    """Prices by connection; one whose tab-only key is lost is said at its cells, and offered once it is back."""
    lab = Connection("lab", "Lab", "http://127.0.0.1:9/v1", "sk-of-the-lab-0000")
    own = state_of(page, ConnectionsState)
    own.own = [lab]
    add(page, png())
    wish(page, quality="low", size="1024x1024")
    page.multiselect(key="edit.vary").set_value(["connection"]).run()
    page.button_group(key="edit.vary.connection").set_value(["lab", "built-in"]).run()
    assert not page.exception
    shown = said(page).replace("\\", "")
    assert "2 runs, 2 images. Lab: about $0.0059 for 1 image; Built-in engine, no AI: free here" in shown
    page.button(key=BUTTON).click().run()
    (sheet,) = recent_sheets(workbench.library)
    workbench.sheets.join(60)
    assert {cell.state for cell in cells_of(workbench.library, sheet.id)} == {"done", "failed"}
    own.own = []
    page.run()
    page.button(key="sheet.failed").click().run()
    workbench.sheets.join(60)
    removed = cells_of(workbench.library, sheet.id)[0]
    assert removed.skipped.startswith("Lab is not there now")
    page.run()
    assert "sheet.returned" not in [one.key for one in page.button]
    own.own = [lab]
    page.run()
    assert page.button(key="sheet.returned").label == "Send 1 cell: Lab is available again"
    page.button(key="sheet.returned").click().run()
    workbench.sheets.join(60)
    assert cells_of(workbench.library, sheet.id)[0].state == "failed", "it was sent again, to where nobody listens"
    page.session_state["sheet.download"] = True
    page.run()
    (code,) = [one.proto for one in page.get("download_button") if one.proto.label == "Python script"]
    assert "each connection’s key comes from the environment" in code.help
    assert "promptfoo cannot send an edit's images" in said(page)
    assert "sk-of-the-lab" not in str(sheet.template)

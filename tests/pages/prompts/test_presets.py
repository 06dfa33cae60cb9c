"""Styles and presets on Generate, without a browser: what is shown is what is sent."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from components.library.prompts.presets import add_preset, add_style, set_default_preset
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.sheet_store import recent_sheets
from components.parameters.prompts.styles import Style
from components.settings import BUILT_IN_ID
from components.ui.forms.form_state import FormState
from components.ui.process.workbench import Workbench
from components.ui.session.owner import OwnerState
from tests.pages.forms.test_generate import combobox, labeled, labels, texts, wait_for_end
from tests.pages.states import state_of

INK = Style("ink", "Ink", "ink on paper")


def test_a_style_is_shown_sent_and_not_added_twice(app: AppTest, workbench: Workbench) -> None:
    """The full prompt stands below the field, the run stores it, and the run's own prompt gets no style again."""
    add_style(workbench.library, "Ink", "ink on paper")
    app.session_state["generate.styles"] = True  # the popover is open
    app.run()
    (box,) = [one for one in app.checkbox if one.label == "Ink"]
    box.check().run()
    labeled(app, "Prompt").set_value("a fox").run()
    assert "a fox, ink on paper" in texts(app)
    labeled(app, "Generate").click().run()
    run_id = wait_for_end(app, workbench)
    app.run()
    view = workbench.runner.view(run_id)
    assert view is not None
    assert view.prompt == "a fox, ink on paper"
    assert "Form differs" not in texts(app)
    labeled(app, "Load these settings").click().run()
    assert labeled(app, "Prompt").value == "a fox, ink on paper"
    assert state_of(app, FormState, "generate").styles == ()
    labeled(app, "Undo filling in").click().run()
    assert labeled(app, "Prompt").value == "a fox"
    assert [one.name for one in state_of(app, FormState, "generate").styles] == ["Ink"]


def test_a_style_reaches_every_cell_of_a_sheet(app: AppTest, workbench: Workbench) -> None:
    """Of choices, and of several lines each, with choices too; the form is then not another sheet than the one sent."""
    app.run()
    state_of(app, FormState, "generate").styles = (INK,)
    labeled(app, "Prompt").set_value("a {red|blue} fox").run()
    assert not app.exception, app.exception
    plan = app.session_state["state.SheetState.generate"].made[1]
    assert [one.values["prompt"] for one in plan.requests] == ["a red fox, ink on paper", "a blue fox, ink on paper"]
    app.session_state["state.SheetState.generate"].by_line = True
    labeled(app, "Prompt").set_value("a fox\na hare.").run()
    plan = app.session_state["state.SheetState.generate"].made[1]
    assert [one.values["prompt"] for one in plan.requests] == ["a fox, ink on paper", "a hare. ink on paper"]
    assert "a fox, ink on paper  \na hare. ink on paper" in texts(app), "the box shows what each run is sent with"
    labeled(app, "Prompt").set_value("a {red|blue} fox\na hare.").run()
    app.button("generate.sheet.submit").click().run()
    workbench.sheets.join(60)
    app.run()
    (sheet,) = recent_sheets(workbench.library)
    cells = cells_of(workbench.library, sheet.id)
    prompts = ["a red fox, ink on paper", "a blue fox, ink on paper", "a hare. ink on paper"]
    assert [(cell.recipe or {})["values"]["prompt"] for cell in cells] == prompts
    assert [value["text"] for axis in sheet.axes for value in axis["values"]] == prompts
    assert "Form differs" not in texts(app)
    app.button(key="sheet.reuse").click().run()
    assert app.button("generate.sheet.submit").label == "Run 3"
    assert "Form differs" not in texts(app)


def test_a_preset_is_saved_applied_and_undone(app: AppTest, workbench: Workbench) -> None:
    """It fills in parameters, leaves the prompt, and one Undo brings the former values back."""
    add_preset(workbench.library, "generate", "Two", {"n": 2, "model": "gpt-image-2"})
    app.session_state["generate.presets"] = True
    app.run()
    labeled(app, "Prompt").set_value("a fox")
    labeled(app, "Number of images").set_value("3")
    app.run()
    labeled(app, "Two").click().run()
    assert (labeled(app, "Prompt").value, labeled(app, "Number of images").value) == ("a fox", "2")
    labeled(app, "Undo filling in").click().run()
    assert labeled(app, "Number of images").value == "3"
    labeled(app, "Save the form’s parameters as").set_value("Three")
    labeled(app, "Save preset").click().run()
    assert "Three" in labels(app)
    labeled(app, "Save preset").click().run()
    assert "Enter a name." in texts(app)


def test_who_has_presets_of_their_own_learns_how_one_becomes_a_default(app: AppTest, workbench: Workbench) -> None:
    """The choice of the default stands there once the team has a preset; a name that is taken is refused."""
    add_preset(workbench.library, "generate", "Mine", {"n": 2}, owner="anna")
    app.session_state["generate.presets"] = True
    app.run()
    state_of(app, OwnerState).name = "anna"
    app.run()
    assert "Save one with “For the team” on" in texts(app)
    labeled(app, "Save the form’s parameters as").set_value("Mine")
    labeled(app, "Save preset").click().run()
    assert "You have a preset “Mine” already" in texts(app)
    labeled(app, "For the team").set_value(True)
    labeled(app, "Save preset").click().run()
    assert "Save one with" not in texts(app)
    assert "already" not in texts(app)
    assert [one.label for one in app.selectbox if "preset" in one.label] == ["Default preset of this connection"]


def test_a_connection_begins_with_its_preset_and_says_so(app: AppTest, workbench: Workbench) -> None:
    """In an untouched form only; a line names it, and one click takes it out."""
    preset = add_preset(workbench.library, "generate", "Wide", {"size": "1536x1024"})
    set_default_preset(workbench.library, BUILT_IN_ID, "generate", preset)
    app.run()
    assert combobox(app, "Size")["value"] == "1536x1024"
    assert "uses the preset “Wide”" in texts(app)
    labeled(app, "Remove").click().run()
    assert combobox(app, "Size")["value"] == "auto"
    assert "by default" not in texts(app)

"""What a person left out of a sheet, added to it, or was refused: what the form says of it is what is sent."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from components.library.queries.sheet_cells import cells_of
from components.library.sheets.sheet_inputs import inputs_of_sheet, stored_template
from components.library.sheets.sheet_store import extend_sheet, portable_recipe, recent_sheets
from components.parameters import OPENAI_SERVER
from components.parameters.sheets import make_plan, trim_of
from components.ui.process.workbench import Workbench
from components.ui.session.state import state_key
from components.ui.sheets.downloads.code import sheet_python
from components.ui.sheets.state import SheetState
from tests.pages.forms.test_paste_request import paste
from tests.pages.sheets.test_sheets import BUTTON, prompted, said

PROMPT = "generate.prompt"


def state_of(app: AppTest) -> Any:
    return app.session_state[state_key(SheetState, "generate")]


def leave_out(app: AppTest, *places: tuple[int, ...]) -> None:
    """Clear check marks; AppTest cannot edit a table."""
    state = state_of(app)
    state.trim = trim_of(state.made[1], places)
    app.run()


def test_what_is_left_out_stays_out_until_it_is_run_again(app: AppTest, workbench: Workbench) -> None:
    """Through another word, sending, loading, a recipe, and scripts; the form says how many cells it are."""
    prompted(app, "A {red|blue|green} fox")
    leave_out(app, (1,))
    assert app.button(key=BUTTON).label == "Run 2"
    assert "1 left out" in said(app)
    app.text_area(key=PROMPT).set_value("A {red|blue|green} fox at sea").run()
    assert app.button(key=BUTTON).label == "Run 2"
    app.button(key=BUTTON).click().run()
    workbench.sheets.join(60)
    library, (sheet,) = workbench.library, recent_sheets(workbench.library)
    first, second, third = cells_of(library, sheet.id)
    assert [one.state for one in (first, second, third)] == ["done", "skipped", "done"]
    script = sheet_python(sheet, [first, second, third], OPENAI_SERVER, inputs_of_sheet(library, sheet.id))
    assert "blue" not in script
    assert "green" in script
    app.run()
    assert "Form differs" not in said(app)

    def comes_back() -> None:
        assert app.button(key=BUTTON).label == "Run 2"
        assert state_of(app).left_out == {(1,)}

    prompted(app, "Another")
    app.button(key="sheet.reuse").click().run()
    comes_back()
    assert "Form differs" not in said(app)
    app.button(key="generate.sheet.all").click().run()
    assert app.button(key=BUTTON).label == "Run 3"
    assert "Form differs from the sheet shown: cells left out" in said(app)
    prompted(app, "Another")
    assert first.run_id is not None
    paste(app, json.dumps(portable_recipe(library, first.recipe or {}, {"sheet": {"id": sheet.id}})))
    app.button(key="offer.sheet").click().run()
    comes_back()


def test_a_refusal_goes_with_its_cause(app: AppTest, workbench: Workbench) -> None:
    """Rules that skip every cell refuse the press; the sentence is gone when the rules are."""
    prompted(app, "A {red|blue} fox")
    app.text_area(key="generate.sheet.skip_rules").set_value("prompt=fox")
    app.button(key=BUTTON).click().run()  # the rules arrive with the press
    assert "Nothing was sent" in said(app)
    app.text_area(key="generate.sheet.skip_rules").set_value("").run()
    assert app.button(key=BUTTON).label == "Run 2"
    assert not app.button(key=BUTTON).disabled
    assert "Nothing was sent" not in said(app)
    state_of(app).failure = "The cap is no amount. Nothing was sent."
    app.text_input(key="generate.sheet.cap").set_value("2").run()
    assert "Nothing was sent" not in said(app)
    assert workbench.library.recent() == []


def test_added_values_stand_in_the_prompt_of_a_loaded_sheet(app: AppTest, workbench: Workbench) -> None:
    """What the form shows is what runs, and another word drops none of them."""
    prompted(app, "A {red|blue} fox")
    app.button(key=BUTTON).click().run()
    workbench.sheets.join(60)
    library, (sheet,) = workbench.library, recent_sheets(workbench.library)
    larger = stored_template(library, sheet).with_values("prompt.1", ["green"])
    extend_sheet(library, sheet.id, larger, make_plan(larger))
    app.run()
    app.button(key="sheet.reuse").click().run()
    assert app.text_area(key=PROMPT).value == "A {red|blue|green} fox"
    assert app.button(key=BUTTON).label == "Run 3"
    assert "Form differs" not in said(app)
    app.text_area(key=PROMPT).set_value("An {red|blue|green} owl").run()
    assert app.button(key=BUTTON).label == "Run 3"

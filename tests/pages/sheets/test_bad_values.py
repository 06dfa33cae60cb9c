"""Values that no model takes are named at their field, and nothing with them is sent."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Multiselect

from components.ui.process.workbench import Workbench
from tests.pages.sheets.test_sheets import said, sent


def new_values(app: AppTest, sheet_id: str, name: str) -> Multiselect:
    """Open "Add values" for a parameter; return its field."""
    app.session_state["sheet.add"] = True
    app.run()
    app.selectbox(key=f"sheet.add.{sheet_id}").set_value(name).run()
    (field,) = [one for one in app.multiselect if one.label == "New values"]
    return field


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("size", ["banana", "1536x1024"], "is not a size. Write auto, or width x height"),
        ("n", ["x"], "is not a whole number from 1 to 10"),
        ("n", ["400"], "is not a whole number from 1 to 10"),
    ],
)
def test_a_typed_value_that_cannot_be_is_named_and_not_added(
    app: AppTest, workbench: Workbench, name: str, values: list[str], sentence: str
) -> None:
    """The sentence stands below "New values"; the button is off until the value is gone."""
    sheet_id = sent(app, workbench, "A {red|blue} fox")
    field = new_values(app, sheet_id, name)
    field.set_value(values).run()
    assert sentence in said(app).replace("\\", "")
    assert app.button(key=f"sheet.add.{sheet_id}.run").disabled
    app.multiselect(key=field.key).set_value([]).run()
    assert sentence not in said(app).replace("\\", "")


def test_a_choice_is_chosen_and_not_typed(app: AppTest, workbench: Workbench) -> None:
    """No quality but those that the model has can be added."""
    sheet_id = sent(app, workbench, "A {red|blue} fox")
    typed = {name: new_values(app, sheet_id, name).proto.accept_new_options for name in ("quality", "size", "prompt.1")}
    assert typed == {"quality": False, "size": True, "prompt.1": True}

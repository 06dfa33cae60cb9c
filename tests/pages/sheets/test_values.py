"""Values of a sheet: those that no model takes are named at their field, and what new ones cost is said."""

from __future__ import annotations

from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Multiselect

from components.library.records import SheetCell
from components.library.sheets.sheet_store import recent_sheets
from components.ui.process.workbench import Workbench
from components.ui.sheets.finals import _difference
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


def test_a_value_of_what_varies_is_named_at_its_field(app: AppTest, workbench: Workbench) -> None:
    """Between its values and those of the next parameter; the sheet is not sent while it is there."""
    app.run()
    app.text_area(key="generate.prompt").set_value("A fox").run()
    app.multiselect(key="generate.vary").set_value(["size", "n"]).run()
    app.multiselect(key="generate.vary.size").set_value(["banana"]).run()
    app.multiselect(key="generate.vary.n").set_value([1, 2]).run()
    (problem,) = [one for one in app.markdown if "is not a size" in one.value]  # and no cell can be run
    drawn = list(app.main)
    values = [drawn.index(app.multiselect(key=f"generate.vary.{name}")) for name in ("size", "n")]
    assert values[0] < drawn.index(problem) < values[1]
    assert app.button(key="generate.sheet.submit").disabled
    app.multiselect(key="generate.vary.size").set_value(["1024x1024"]).run()
    assert "is not a size" not in said(app)
    assert not app.button(key="generate.sheet.submit").disabled
    assert recent_sheets(workbench.library) == []


def test_one_run_more_is_one_and_free_on_the_built_in_engine(app: AppTest, workbench: Workbench) -> None:
    """The price is named as what it would cost elsewhere."""
    sheet_id = sent(app, workbench, "A fox")
    new_values(app, sheet_id, "quality").set_value(["high"]).run()
    assert "1 run more. Free here. At OpenAI: very roughly $" in said(app).replace("\\", "")


@pytest.mark.parametrize(("cost", "words"), [(Decimal("0.01"), "cost $0.010"), (None, "cost at most $0.020")])
def test_finals_that_are_paid_say_how_much_more_they_cost(cost: Decimal | None, words: str) -> None:
    """Where a draft's price is not known, its estimate counts."""
    draft = SheetCell(0, (0,), {}, "", "r1", "done", Decimal("0.02"), Decimal(0), cost=cost)
    text = _difference([draft], Decimal("0.05"), "About $0.050 for 1 image")
    more = Decimal("0.05") - (cost or Decimal("0.02"))
    assert text == f"About $0.050 for 1 image; the drafts {words}, so up to ${more:.3f} more."


def test_a_choice_is_chosen_and_not_typed(app: AppTest, workbench: Workbench) -> None:
    """No quality but those that the model has can be added."""
    sheet_id = sent(app, workbench, "A {red|blue} fox")
    typed = {name: new_values(app, sheet_id, name).proto.accept_new_options for name in ("quality", "size", "prompt.1")}
    assert typed == {"quality": False, "size": True, "prompt.1": True}

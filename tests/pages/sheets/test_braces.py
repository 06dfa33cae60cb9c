"""Braces of a prompt as a single run sends, stores and loads them, and recipes of sheets that no form made."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from components.parameters import recipe
from components.parameters.sheets import SheetTemplate, make_plan, with_sheet
from components.ui.process.workbench import Workbench
from tests.pages.forms.test_paste_request import paste
from tests.pages.sheets.test_sheets import BUTTON, prompted, said
from tests.support.await_run import wait_for_ends


def test_escaped_braces_are_sent_as_braces_by_a_single_run_too(app: AppTest, workbench: Workbench) -> None:
    """Sent, stored and compared with as a sheet's cell; loaded, the same text is sent again, as old backslashes are."""
    prompted(app, "A \\{red|blue\\} fox")
    app.button(key="generate.submit").click().run()
    (run,) = workbench.library.recent()
    assert run.prompt == "A {red|blue} fox"
    wait_for_ends(workbench.runner, run.id)
    app.run()
    assert "Form differs" not in said(app)
    app.text_area(key="generate.prompt").set_value("An owl").run()
    app.button(key="change.generate").click().run()
    assert app.text_area(key="generate.prompt").value == "A {red|blue} fox"
    assert app.toggle(key="generate.sheet.is_plain").value is True
    assert "Form differs" not in said(app)
    app.text_area(key="generate.prompt").set_value("An \\} owl").run()
    app.button(key="generate.submit").click().run()
    newest = workbench.library.recent()[0]
    assert newest.prompt == "An \\} owl", "the switch sends what is written"
    wait_for_ends(workbench.runner, newest.id)
    app.toggle(key="generate.sheet.is_plain").set_value(False).run()
    assert "Form differs from the run shown: prompt" in said(app)
    app.button(key="change.generate").click().run()
    assert app.toggle(key="generate.sheet.is_plain").value is True
    assert "Form differs" not in said(app)


def test_a_brace_without_a_partner_is_noted_before_it_is_sent(app: AppTest) -> None:
    """Alone it is text: the prompt says so and can be run; switched to plain braces, or in a group, it says nothing."""
    assert "does not close" not in said(prompted(app, "A cat"))
    app.text_area(key="generate.prompt").set_value("A {cat").run()
    assert "A brace opens at “\\{cat” and does not close\\. It is sent as it is\\." in said(app)
    assert not app.button(key="generate.submit").disabled
    app.text_area(key="generate.prompt").set_value("A cat}").run()
    assert "and was not opened\\. It is sent as it is" in said(app)
    app.text_area(key="generate.prompt").set_value("A {cat|dog}").run()
    assert "sent as it is" not in said(app)


@pytest.mark.parametrize(
    ("prompt", "said_of_it"),
    [("A {red|blue} fox", "2 runs, 2 images"), ("{x|x}" * 8_000, "has 8,000 braces with choices")],
    ids=["places", "groups"],
)
def test_a_recipe_with_places_of_no_cell_or_too_many_groups_fills_the_form(
    app: AppTest, prompt: str, said_of_it: str
) -> None:
    """The form shows what is left of it, at this rerun and the next."""
    template = SheetTemplate("generate", "gpt-image-2", {"prompt": prompt}, left_out=((), (7,)))
    request = make_plan(SheetTemplate("generate", "gpt-image-2", {"prompt": "A fox"})).requests[0]
    paste(app.run(), json.dumps(with_sheet(recipe(request), template)))
    app.button(key="offer.sheet").click().run()
    app.run()
    assert not app.exception
    assert said_of_it in said(app)
    assert app.button(key=BUTTON).disabled is (prompt != "A {red|blue} fox")

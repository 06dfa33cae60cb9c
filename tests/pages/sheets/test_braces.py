"""Braces of a prompt as a single run sends, stores and loads them, and recipes of sheets that no form made."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from components.library.queries.prompts import find_prompts
from components.parameters import recipe
from components.parameters.sheets import SheetTemplate, make_plan, with_sheet
from components.ui.process.workbench import Workbench
from tests.pages.forms.test_generate import components
from tests.pages.forms.test_paste_request import paste
from tests.pages.sheets.test_sheets import BUTTON, prompted, said
from tests.support.await_run import wait_for_ends


def test_escaped_braces_are_sent_as_braces_by_a_single_run_too(app: AppTest, workbench: Workbench) -> None:
    """Sent, stored and compared with as a sheet's cell; loaded, the same text is sent again, as are backslashes."""
    prompted(app, "A \\{red|blue\\} fox")
    app.button(key="generate.submit").click().run()
    (run,) = workbench.library.recent()
    assert run.prompt == "A {red|blue} fox"
    wait_for_ends(workbench.runner, run.id)
    app.run()
    assert "Form differs" not in said(app)
    app.text_area(key="generate.prompt").set_value("An owl").run()
    app.button(key="change.generate").click().run()
    assert app.text_area(key="generate.prompt").value == "A \\{red|blue\\} fox"
    assert app.toggle(key="generate.sheet.is_plain").value is False
    assert "Form differs" not in said(app)
    app.toggle(key="generate.sheet.is_plain").set_value(True).run()
    app.text_area(key="generate.prompt").set_value("An \\} owl").run()
    app.button(key="generate.submit").click().run()
    newest = workbench.library.recent()[0]
    assert newest.prompt == "An \\} owl", "the switch sends what is written"
    wait_for_ends(workbench.runner, newest.id)
    app.toggle(key="generate.sheet.is_plain").set_value(False).run()
    assert "Form differs from the run shown: prompt" in said(app)
    app.button(key="change.generate").click().run()
    assert app.text_area(key="generate.prompt").value == "An \\\\} owl"
    assert "Form differs" not in said(app)


def earlier(app: AppTest) -> list[str]:
    """What Alt+Up brings into the prompt's field."""
    (footer,) = components(app, "earlier")
    found: list[str] = footer["earlier"]
    return found


def test_a_text_that_was_sent_comes_back_as_it_is_written(app: AppTest, workbench: Workbench) -> None:
    """Alt+Up, a saved prompt, a pasted request: each is the one run that it was; braces of JSON stay as they are."""
    prompt, written = 'A {red|blue} fox {"mood": "calm"}', 'A \\{red|blue\\} fox {"mood": "calm"}'
    prompted(app, written)
    app.button(key="generate.submit").click().run()
    run_id = workbench.library.recent()[0].id
    wait_for_ends(workbench.runner, run_id)
    app.run()
    assert workbench.library.recent()[0].prompt == prompt
    assert earlier(app) == [written]
    app.toggle(key="generate.sheet.is_plain").set_value(True).run()
    assert earlier(app) == [prompt], "the switch sends what is written"
    app.text_area(key="generate.prompt").set_value("An owl").run()

    app.button(key="save-prompt.generate").click().run()
    (saved,) = [one for one in find_prompts(workbench.library) if one.newest.text == written]
    app.query_params.clear()
    app.query_params["saved"] = saved.id
    app.switch_page("../../pages/prompts.py").run()
    app.button(key="prompt.use.generate").click().run()
    app.switch_page("../../pages/generate.py").run()
    assert app.text_area(key="generate.prompt").value == written
    assert not app.button(key="generate.submit").disabled

    app.text_area(key="generate.prompt").set_value("An owl").run()
    paste(app, json.dumps({"model": "gpt-image-2", "prompt": prompt}))
    assert app.text_area(key="generate.prompt").value == written
    paste(app, json.dumps({"model": "gpt-image-2", "prompt": '{"mood": "calm"} {{name}}'}))
    assert app.text_area(key="generate.prompt").value == '\\{"mood": "calm"\\} \\{\\{name\\}\\}'
    paste(app, json.dumps({"model": "gpt-image-2", "prompt": '{"mood": "calm"}'}))
    assert app.text_area(key="generate.prompt").value == '{"mood": "calm"}'
    assert not app.button(key="generate.submit").disabled


def test_a_form_that_sends_its_braces_saves_them_as_text(app: AppTest, workbench: Workbench) -> None:
    """Its variables stay variables."""
    prompted(app, "A {red|blue} {{animal}}")
    app.toggle(key="generate.sheet.is_plain").set_value(True).run()
    app.button(key="generate.prompt.save").click().run()
    texts = [one.newest.text for one in find_prompts(workbench.library)]
    assert "A \\{red|blue\\} {{animal}}" in texts


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

"""Saved prompts without a browser: saved, found, filled in, used, changed, and its results."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.library.prompts.prompt_checks import prompt_checks_of
from components.library.prompts.prompt_store import add_prompt
from components.library.queries.prompts import find_prompt, find_prompts, outputs_of_version, versions_of
from components.library.sheets.checks import add_check, checks_of, results_of
from components.library.sheets.sheet_store import recent_sheets
from components.ui.process.workbench import Workbench
from tests.pages.forms.test_generate import combobox, labeled, labels, texts, wait_for_end

PROMPTS = "../../pages/prompts.py"
HOSTILE = "<script>alert(1)</script> **bold** :material/home: [x](https://evil.example)"


def saved(workbench: Workbench, text: str, **values: object) -> str:
    """Save a prompt."""
    recipe = {"operation": "generate", "model": "gpt-image-2", "values": {"prompt": text, **values}}
    return add_prompt(workbench.library, recipe, name="My fox", owner="anna", tags=["animals"])


def open_prompt(app: AppTest, prompt_id: str) -> None:
    """Open a prompt's page by its address."""
    app.run()
    app.query_params["saved"] = prompt_id
    app.switch_page(PROMPTS).run()
    assert not app.exception, app.exception


def test_the_shelf_finds_by_word_and_tag(app: AppTest, workbench: Workbench) -> None:
    """The start set and what was saved; a search that finds nothing says what to do."""
    prompt_id = saved(workbench, "A {{color}} fox")
    app.run()
    app.switch_page(PROMPTS).run()
    assert not app.exception, app.exception
    assert {"My fox", "App icon"} <= set(labels(app))
    labeled(app, "Search").set_value("fox").run()
    assert "My fox" in labels(app)
    assert "App icon" not in labels(app)
    labeled(app, "Search").set_value("no such word").run()
    assert "Remove a word or the tag" in texts(app)
    labeled(app, "Search").set_value("").run()
    labeled(app, "Tag").set_value("animals").run()
    assert "App icon" not in labels(app)
    app.button("open." + prompt_id).click().run()
    assert prompt_id in app.query_params["saved"]
    assert "Use on Generate" in labels(app)


def test_a_filled_in_prompt_is_run_and_its_result_belongs_to_the_version(app: AppTest, workbench: Workbench) -> None:
    """Variables, then Generate with the version's parameters, a run, and its image on the version's page."""
    prompt_id = saved(workbench, r"A {{color}} fox on {{ground}} \}", size="1536x1024")
    open_prompt(app, prompt_id)
    labeled(app, "color").set_value("red").run()
    assert "A red fox on {{ground}}" in texts(app).replace("\\", "")
    labeled(app, "Use on Generate").click().run()
    assert labeled(app, "Prompt").value == r"A red fox on {{ground}} \}"
    assert combobox(app, "Size")["value"] == "1536x1024"
    app.switch_page("../../pages/generate.py").run()
    labeled(app, "Generate").click().run()
    assert "Not filled in: {{ground}}" in texts(app).replace("\\", "")
    assert not workbench.library.recent(), "nothing is sent with a variable that is not filled in"
    labeled(app, "ground").set_value("snow")
    labeled(app, "Fill in").click().run()
    assert labeled(app, "Prompt").value == r"A red fox on snow \}"
    labeled(app, "Generate").click().run()
    run_id = wait_for_end(app, workbench)
    assert workbench.library.recent()[0].prompt == "A red fox on snow }"
    assert [one.run_id for one in outputs_of_version(workbench.library, prompt_id, 1)] == [run_id]
    labeled(app, "Prompt").set_value("Something else").run()
    labeled(app, "Generate").click().run()
    wait_for_end(app, workbench)
    assert len(outputs_of_version(workbench.library, prompt_id, 1)) == 1, "other words are no result of it"


def test_braces_can_be_sent_as_they_are(app: AppTest, workbench: Workbench) -> None:
    """One click, and the variable goes to the model as it is written."""
    app.run()
    labeled(app, "Prompt").set_value("A template with {{name}} in it").run()
    labeled(app, "Generate").click().run()
    assert not workbench.library.recent()
    labeled(app, "Send unchanged").click().run()
    labeled(app, "Generate").click().run()
    wait_for_end(app, workbench)
    assert workbench.library.recent()[0].prompt == "A template with {{name}} in it"


def test_a_sheet_with_a_variable_is_not_sent(app: AppTest, workbench: Workbench) -> None:
    """The variable is refused beside choices as well, and filling it in makes the sheet."""
    app.run()
    labeled(app, "Prompt").set_value("A {red|blue} {{animal}}").run()
    assert not app.exception, app.exception
    assert app.button("generate.sheet.submit").disabled
    labeled(app, "animal").set_value("fox")
    labeled(app, "Fill in").click().run()
    assert labeled(app, "Prompt").value == "A {red|blue} fox"
    assert not app.button("generate.sheet.submit").disabled


def test_a_sheet_of_a_prompt_begins_with_its_checks(app: AppTest, workbench: Workbench) -> None:
    """A sheet's checks are kept with its prompt; its next sheet has them; the prompt's page removes one."""
    prompt_id = saved(workbench, "A {red|blue} fox")
    for press in ("first", "second"):
        open_prompt(app, prompt_id)
        labeled(app, "Use on Generate").click().run()
        app.switch_page("../../pages/generate.py").run()
        app.button("generate.sheet.submit").click().run()
        workbench.sheets.join(60)
        workbench.checks.join()
        sheet_id = recent_sheets(workbench.library)[0].id
        if press == "first":
            add_check(workbench.library, sheet_id, "format", {})
            app.session_state["sheet.checks"] = True
            app.run()
            app.button("sheet.checks.keep").click().run()
            assert "begin with these checks" in texts(app)
            app.session_state["sheet.checks"] = False
    assert [one.kind for one in checks_of(workbench.library, sheet_id)] == ["format"]
    assert len(results_of(workbench.library, sheet_id)) == 2
    open_prompt(app, prompt_id)
    assert "Requested format" in texts(app)
    app.button(f"prompt.checks.remove.{prompt_id}.0").click().run()
    assert prompt_checks_of(workbench.library, prompt_id) == []


def test_a_change_is_a_new_version_with_its_difference(app: AppTest, workbench: Workbench) -> None:
    """The old version stays as it was; words and parameters that changed are named; a label moves."""
    prompt_id = saved(workbench, "A quick red fox")
    open_prompt(app, prompt_id)
    labeled(app, "Prompt").set_value("A quick blue fox").run()
    labeled(app, "What changed (optional)").set_value("blue sells better")
    labeled(app, "Save as a new version").click().run()
    assert [one.text for one in versions_of(workbench.library, prompt_id)] == ["A quick blue fox", "A quick red fox"]
    assert ":red[~~red~~]" in texts(app)
    assert "blue sells better" in texts(app), "the note of the version that is chosen now"
    labeled(app, "Label").set_value("production").run()
    labeled(app, "Move to version 2").click().run()
    prompt = find_prompt(workbench.library, prompt_id)
    assert prompt is not None
    assert [(one.label, one.number) for one in prompt.labels] == [("production", 2)]


def test_a_result_and_a_form_are_saved_with_one_click(app: AppTest, workbench: Workbench) -> None:
    """With parameters and the run as its result; a second click saves nothing again."""
    app.run()
    labeled(app, "Prompt").set_value("A saved fox").run()
    labeled(app, "Save").click().run()
    labeled(app, "Generate").click().run()
    run_id = wait_for_end(app, workbench)
    app.run()
    labeled(app, "Save to prompts").click().run()
    (prompt,) = find_prompts(workbench.library, "saved fox")
    assert [one.number for one in versions_of(workbench.library, prompt.id)] == [1]
    assert [one.run_id for one in outputs_of_version(workbench.library, prompt.id, 1)] == [run_id]


def test_nothing_to_save_is_said(app: AppTest, workbench: Workbench) -> None:
    """An empty form has no prompt to save."""
    app.run()
    labeled(app, "Save").click().run()
    assert "Write a prompt first" in app.toast[0].value
    assert len(find_prompts(workbench.library)) == 12


@pytest.mark.parametrize("page", ["", "own"])
def test_what_others_typed_is_shown_as_text(app: AppTest, workbench: Workbench, page: str) -> None:
    """Names, tags, texts, notes and labels are escaped in the list and on the prompt's page."""
    recipe = {"operation": "generate", "model": HOSTILE, "values": {"prompt": HOSTILE, "size": HOSTILE}}
    prompt_id = add_prompt(workbench.library, recipe, name=HOSTILE, owner=HOSTILE, note=HOSTILE, tags=[HOSTILE])
    open_prompt(app, prompt_id if page else "")
    shown = [one.value for one in (*app.markdown, *app.caption, *app.subheader)] + [one.label for one in app.button]
    marked = [text for text in shown if "alert" in text]
    assert marked
    assert not any("<script>" in text or "**bold**" in text or "[x](" in text for text in marked)


def test_an_unknown_address_says_so(app: AppTest) -> None:
    """A link to a deleted prompt."""
    open_prompt(app, "no-such-prompt")
    assert "It was deleted" in texts(app)

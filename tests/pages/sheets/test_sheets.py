"""The form of a sheet: what it says before anything is sent, what is asked again, and what is refused."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import httpx
from streamlit.testing.v1 import AppTest

from components.images.metadata import recipe_in
from components.library.annotations import star
from components.library.queries.sheet_cells import cells_of
from components.library.records import SheetCell
from components.library.sheets.sheet_store import new_sheet, recent_sheets
from components.parameters.sheets import SheetTemplate, make_plan, trim_of
from components.settings import BUILT_IN_ID
from components.ui.process.workbench import Workbench
from components.ui.results.recent_runs import SHEET, _select
from components.ui.session.state import state_key
from components.ui.sheets.sheet_view import _act
from components.ui.sheets.state import SheetState
from tests.pages.forms.test_generate import components
from tests.pages.forms.test_paste_request import paste
from tests.pages.routes.test_routes import browsing
from tests.support.await_run import wait_for_ends

BUTTON = "generate.sheet.submit"


def prompted(app: AppTest, prompt: str) -> AppTest:
    """The page with a prompt in its form."""
    app.run()
    app.text_area(key="generate.prompt").set_value(prompt).run()
    return app


def strip_of(app: AppTest) -> list[dict[str, Any]]:
    """The items of the strip of runs, from left to right."""
    (row,) = [one for one in components(app, "steps") if one["steps"]]
    items: list[dict[str, Any]] = row["runs"]
    return items


def popovers(app: AppTest) -> list[str]:
    """The labels of the page's popovers."""
    return [one.proto.popover.label for one in app.get("popover")]


def said(app: AppTest) -> str:
    """All that the page says in running text."""
    return " ".join([one.value for one in (*app.markdown, *app.caption)])


def test_what_cannot_be_read_is_said_and_nothing_is_sent(app: AppTest, workbench: Workbench) -> None:
    """Unbalanced braces, an unknown list and an endless range stop at the prompt, and leave it as it was typed."""
    prompted(app, "A {red|blue fox")
    for prompt, words in (
        ("A {red|blue fox", "does not close"),
        ("A {2$$red|blue} kite {broken", "does not close"),
        ("A {colors} fox", "no saved list"),
        ("{1..9999}", "9,999"),
    ):
        app.text_area(key="generate.prompt").set_value(prompt).run()
        drawn = list(app.main)
        (place,) = [at for at, one in enumerate(drawn) if one.type == "markdown" and words in one.value]
        prompt_field, vary = app.text_area(key="generate.prompt"), app.multiselect(key="generate.vary")
        way_out = app.toggle(key="generate.sheet.is_plain")
        assert drawn.index(prompt_field) < place < drawn.index(way_out) < drawn.index(vary)
        assert app.button(key=BUTTON).disabled
        assert app.text_area(key="generate.prompt").value == prompt
    assert recent_sheets(workbench.library) == []


def test_braces_that_are_text_are_sent_as_they_are(app: AppTest, workbench: Workbench) -> None:
    """The way out at the prompt makes one run of it, with every brace."""
    prompt = 'A {2$$red|blue} kite {broken and {"mood": "calm"}'
    prompted(app, prompt)
    app.toggle(key="generate.sheet.is_plain").set_value(True).run()
    app.button(key="generate.submit").click().run()
    assert [run.prompt for run in workbench.library.recent()] == [prompt]
    assert recent_sheets(workbench.library) == []


def test_a_rule_skips_a_cap_is_checked_and_many_runs_are_asked_about(app: AppTest, workbench: Workbench) -> None:
    """The rule changes the count, a cap of 0 is refused at its press, and 60 runs wait for a yes."""
    prompted(app, "{1..60} foxes")
    assert "60 runs, 60 images" in said(app)
    app.text_area(key="generate.sheet.skip_rules").set_value("prompt=7").run()
    assert "59 runs, 59 images" in said(app)
    app.text_input(key="generate.sheet.cap").set_value("0").run()
    app.button(key=BUTTON).click().run()
    assert "A cap must be more than 0" in said(app)
    app.text_input(key="generate.sheet.cap").set_value("").run()
    app.button(key=BUTTON).click().run()
    assert "Really send 59 runs" in said(app)
    assert recent_sheets(workbench.library) == []
    app.button(key="generate.sheet.no").click().run()
    assert not app.button(key=BUTTON).disabled


def test_a_sheet_with_a_problem_is_never_one_run_with_its_braces(app: AppTest, workbench: Workbench) -> None:
    """Too many cells, or a rule that cannot be read, stop the sheet; neither sends the prompt as it is."""
    for prompt, rules in (("{1..100} and {1..100} foxes", ""), ("A {red|blue} fox", "taste=sweet")):
        prompted(app, prompt)
        app.session_state[state_key(SheetState, "generate")].rules = rules
        app.run()
        assert app.button(key=BUTTON).disabled
        assert "generate.submit" not in [one.key for one in app.button]
    assert "a sheet takes at most" not in said(app)
    app.text_area(key="generate.prompt").set_value("A fox").run()
    assert not app.button(key="generate.submit").disabled, "one run has no rules"
    assert workbench.library.recent() == []


def test_a_problem_of_rules_or_cap_stands_at_its_field_and_marks_the_panel(app: AppTest) -> None:
    """The sentence is in the panel alone, whose title has a mark while something in it has a problem."""
    prompted(app, "A {red|blue} fox")

    def panel() -> Any:
        (found,) = [one for one in app.expander if one.label.startswith("Cells and limits")]
        return found

    assert "error" not in panel().label
    for kind, key, text, words in (
        ("text_area", "generate.sheet.skip_rules", "taste=sweet", "taste"),
        ("text_input", "generate.sheet.cap", "0", "A cap must be more than 0"),
    ):
        getattr(app, kind)(key=key).set_value(text).run()
        assert "error" in panel().label
        found = [one.value for one in panel().markdown if words in one.value]
        assert found
        assert [one.value for one in app.markdown if one.value in found] == found, "nowhere else"
        getattr(app, kind)(key=key).set_value("").run()
        assert "error" not in panel().label


def test_a_sheet_is_sent_once_and_has_an_address(app: AppTest, workbench: Workbench) -> None:
    """A press stores the sheet, sends its cells and shows it; in the strip of runs it is one item."""
    prompted(app, "A {red|blue} fox")
    app.button(key=BUTTON).click().run()
    (sheet,) = recent_sheets(workbench.library)
    workbench.sheets.join(60)
    assert app.query_params["sheet"] == sheet.id
    cells = cells_of(workbench.library, sheet.id)
    assert [cell.state for cell in cells] == ["done", "done"]
    (item,) = strip_of(app.run())
    assert (item["id"], item["current"], item["stacked"]) == (f"sheet:{sheet.id}", True, True)
    app.query_params.clear()
    app.query_params["run"] = str(cells[0].run_id)
    (item,) = strip_of(app.run())
    assert item["current"], "a run of the sheet is shown"


def test_control_enter_before_the_page_shows_a_sheet_sends_no_braces(app: AppTest, workbench: Workbench) -> None:
    """A prompt that arrives with its press sends nothing where it makes a sheet, and one run where it does not."""
    app.run()
    app.text_area(key="generate.prompt").set_value("A {red|blue} fox")
    app.button(key="generate.submit").click().run()
    assert workbench.library.recent() == []
    assert "This prompt makes a sheet" in said(app)
    app.text_area(key="generate.prompt").set_value("A fox")
    app.button(key=BUTTON).click().run()
    assert [run.prompt for run in workbench.library.recent()] == ["A fox"]
    assert recent_sheets(workbench.library) == []
    assert "sheet" not in app.query_params


def sent(app: AppTest, workbench: Workbench, prompt: str) -> str:
    """Send a sheet of two qualities of a prompt, wait for its end, show it, and return its id."""
    prompted(app, prompt)
    app.multiselect(key="generate.vary").set_value(["quality"]).run()
    app.button_group(key="generate.vary.quality").set_value(["low", "medium"]).run()
    app.button(key=BUTTON).click().run()
    workbench.sheets.join(60)
    app.run()
    return recent_sheets(workbench.library)[0].id


def varied(app: AppTest) -> list[str]:
    """What varies in the form, by parameter name."""
    return list(app.multiselect(key="generate.vary").value)


def test_a_run_in_the_form_is_one_run_and_undo_brings_the_sheet_back(app: AppTest, workbench: Workbench) -> None:
    """A cell's run fills the form without what varied; Undo and "Load into the form" make it a sheet again."""
    sheet_id = sent(app, workbench, "A {red|blue} fox")
    run_id = cells_of(workbench.library, sheet_id)[0].run_id
    app.query_params.clear()
    app.query_params["run"] = run_id
    app.run()
    app.button(key="change.generate").click().run()
    assert varied(app) == []
    assert app.text_area(key="generate.prompt").value == "A red fox"
    next(one for one in app.button if one.label == "Undo filling in").click().run()
    assert varied(app) == ["quality"]
    assert app.text_area(key="generate.prompt").value == "A {red|blue} fox"
    app.text_area(key="generate.prompt").set_value("Another").run()
    app.multiselect(key="generate.vary").set_value([]).run()
    app.query_params.clear()
    app.query_params["sheet"] = sheet_id
    app.run()
    app.button(key="sheet.reuse").click().run()
    assert varied(app) == ["quality"]
    assert "4 runs, 4 images" in said(app)


def test_choosing_a_sheet_fills_the_form_and_says_where_it_differs(app: AppTest, workbench: Workbench) -> None:
    """As choosing a run does: form and result move together, and what was in the form is one Undo away."""
    sheet_id = sent(app, workbench, "A {red|blue} fox")
    prompted(app, "Another")
    app.multiselect(key="generate.vary").set_value([]).run()
    assert "Form differs from the sheet shown: prompt, quality that varies" in said(app)
    app.session_state["deferred.actions"].append(partial(_select, f"{SHEET}{sheet_id}"))
    app.run()
    assert sheet_id in app.query_params["sheet"]
    assert (app.text_area(key="generate.prompt").value, varied(app)) == ("A {red|blue} fox", ["quality"])
    assert "Form differs" not in said(app)
    app.text_area(key="generate.sheet.skip_rules").set_value("quality=low").run()
    assert "Form differs from the sheet shown: skip rules" in said(app)
    next(one for one in app.button if one.label == "Undo filling in").click().run()
    assert (app.text_area(key="generate.prompt").value, varied(app)) == ("Another", [])


def test_opening_a_cell_fills_the_form_with_its_run(app: AppTest, workbench: Workbench) -> None:
    """As choosing a run in the strip does: form and result move together, Undo and the way back are there."""
    sheet_id = sent(app, workbench, "A {red|blue} fox")
    cell = cells_of(workbench.library, sheet_id)[0]
    app.session_state["deferred.actions"].append(partial(_act, sheet_id, "open", {"position": cell.position}))
    app.run()
    assert cell.run_id in app.query_params["run"]
    assert "sheet" not in app.query_params
    assert (app.text_area(key="generate.prompt").value, varied(app)) == ("A red fox", [])
    next(one for one in app.button if one.label == "Undo filling in").click().run()
    assert (app.text_area(key="generate.prompt").value, varied(app)) == ("A {red|blue} fox", ["quality"])
    app.button(key="sheet.back").click().run()
    assert sheet_id in app.query_params["sheet"]
    assert not app.exception


def test_the_recipe_of_a_cell_fills_in_its_settings_or_the_whole_sheet(app: AppTest, workbench: Workbench) -> None:
    """A downloaded file carries the sheet; its recipe, pasted, asks which of the two to fill in."""
    sheet_id = sent(app, workbench, "A {red|blue} fox")
    run_id = cells_of(workbench.library, sheet_id)[0].run_id
    assert run_id is not None
    wait_for_ends(workbench.runner, run_id)
    (output,) = workbench.library.outputs(run_id)
    file = workbench.library.staging / "fox.png"

    async def use(client: httpx.AsyncClient) -> None:
        file.write_bytes((await client.get(f"/outputs/{output.id}/download")).content)

    browsing(use)
    found = recipe_in(file)
    app.query_params.clear()
    for button, prompt, varies in (("image", "A red fox", []), ("sheet", "A {red|blue} fox", ["quality"])):
        app.text_area(key="generate.prompt").set_value("Another").run()
        paste(app, json.dumps(found))
        assert "The recipe" in said(app)
        app.button(key=f"offer.{button}").click().run()
        assert app.text_area(key="generate.prompt").value == prompt
        assert varied(app) == varies
        assert not [one for one in app.button if str(one.key).startswith("offer.")]
    assert "4 runs, 4 images" in said(app)


def test_finals_run_the_starred_cells_at_high_quality_price_difference_first(
    app: AppTest, workbench: Workbench
) -> None:
    """The offer names what it costs more; each starred cell is run once, also one that is starred afterwards."""
    sheet_id = sent(app, workbench, "A {red|blue} fox")
    library = workbench.library

    def cells() -> dict[tuple[int, ...], SheetCell]:
        return {cell.places: cell for cell in cells_of(library, sheet_id)}

    def run_finals(*places: tuple[int, int]) -> None:
        star(library, [cells()[one].cover.id for one in places], True)  # type: ignore[union-attr]
        app.session_state["sheet.finals"] = True
        app.run()
        assert "Free here. At OpenAI: very roughly $" in said(app).replace("\\", "")
        assert "the drafts cost" not in said(app), "they were free too"
        app.button(key=f"sheet.finals.{sheet_id}.run").click().run()
        workbench.sheets.join(60)

    run_finals((0, 0))
    assert {places: cell.state for places, cell in cells().items() if places[1] == 2} == {
        (0, 2): "done",
        (1, 2): "skipped",
    }
    first = cells()[0, 2].run_id
    run_finals((1, 0))
    assert [cells()[place, 2].state for place in (0, 1)] == ["done", "done"]
    assert cells()[0, 2].run_id == first
    assert cells()[1, 2].recipe is not None
    assert "quality" in str(cells()[1, 2].recipe)


def test_a_list_that_is_missing_is_saved_beside_the_sentence_about_it(app: AppTest) -> None:
    """Its name is filled in, an empty one is not saved, and the prompt is read with it at once."""
    prompted(app, "A {2$$sea_birds} at sea")
    assert "Save a list “sea\\_birds”" in popovers(app)
    app.button(key="generate.list.missing.save").click().run()
    assert "no saved list" in said(app)
    app.text_area(key="generate.list.missing.sea_birds").set_value("gull\n\ntern\n")
    app.button(key="generate.list.missing.save").click().run()
    assert "no saved list" not in said(app)
    assert app.button(key=BUTTON).label == "Run 2"
    assert "Save a list" not in " ".join(popovers(app))
    app.text_area(key="generate.prompt").set_value("A {cats} and \\{dogs\\}").run()
    app.toggle(key="generate.sheet.is_plain").set_value(True).run()
    assert "Save a list" not in " ".join(popovers(app))


def test_downloads_a_saved_list_and_a_trimmed_table(app: AppTest, workbench: Workbench) -> None:
    """`{name}` is a list that was saved in the page; a cell without its check mark stays and is not run."""
    prompted(app, "A {animals} at sea")
    assert "no saved list" in said(app)
    app.text_input(key="generate.list.name").set_value("animals").run()
    app.text_area(key="generate.list.words.animals").set_value("fox\n\nowl\n").run()
    app.button(key="generate.list.save").click().run()
    assert "2 runs, 2 images" in said(app)
    state = app.session_state[state_key(SheetState, "generate")]
    state.trim = trim_of(state.made[1], {(1,)})  # AppTest cannot edit a table
    app.run()
    assert "1 run, 1 image" in said(app)
    app.button(key=BUTTON).click().run()
    workbench.sheets.join(60)
    (sheet,) = recent_sheets(workbench.library)
    assert [cell.state for cell in cells_of(workbench.library, sheet.id)] == ["done", "skipped"]
    app.session_state["sheet.download"] = True
    app.run()
    links = {one.proto.label: one.proto.url for one in app.get("link_button")}
    assert links["Images with recipes (ZIP)"].startswith("/")
    assert {"One labeled image", "Table (CSV)"} <= set(links)


def test_each_form_draws_at_random_and_keeps_its_draw_until_it_draws_again(app: AppTest, workbench: Workbench) -> None:
    """The seed is chosen with the first draw, changes by the button alone, and comes back with the stored sheet."""
    prompted(app, "A {red|blue} fox")
    state = app.session_state[state_key(SheetState, "generate")]
    assert state.seed is None
    assert "generate.sheet.draw" not in [one.key for one in app.button]
    app.text_area(key="generate.prompt").set_value("A {2$$red|blue|green|gray|black|white} fox").run()
    first = state.seed
    assert first
    app.run()
    assert state.seed == first
    app.button(key="generate.sheet.draw").click().run()
    assert state.seed not in {None, first}
    state.seed = 5
    app.run()
    app.button(key=BUTTON).click().run()
    workbench.sheets.join(60)
    (sheet,) = recent_sheets(workbench.library)
    assert sheet.template["seed"] == 5
    state.seed = 6
    app.run()
    app.button(key="sheet.reuse").click().run()
    assert state.seed == 5


def test_another_form_draws_with_another_seed(app: AppTest) -> None:
    """Two forms with the same prompt do not draw with the same seed, as all did once."""
    seeds = []
    for _ in range(2):
        prompted(app, "A {2$$red|blue|green} fox")
        seeds.append(app.session_state[state_key(SheetState, "generate")].seed)
        app.session_state[state_key(SheetState, "generate")] = SheetState()
    assert seeds[0] != seeds[1]


def test_any_sheet_is_found_in_the_list(app: AppTest, workbench: Workbench) -> None:
    """The newest fifteen at first, more with a click, and by the words of its name any other."""
    template = SheetTemplate("generate", "gpt-image-2", {"prompt": "A {red|blue} fox"})
    named = {"owner": "", "connection_id": BUILT_IN_ID, "connection_name": "Built-in engine"}
    ids = [
        new_sheet(workbench.library, template, make_plan(template), name=f"Foxes 100% {place}", **named)
        for place in range(17)
    ]
    app.run()
    app.session_state["sheets.list"] = True
    app.run()

    def listed() -> list[str]:
        keys = [str(one.key) for one in app.button]
        return [key.removeprefix("sheet.open.") for key in keys if key.startswith("sheet.open.")]

    assert listed() == ids[:1:-1]
    app.button(key="sheets.more").click().run()
    assert listed() == ids[::-1]
    app.text_input(key="sheets.words").set_value("100% FOXES 16").run()
    assert listed() == [ids[16]]
    app.text_input(key="sheets.words").set_value("100_").run()
    assert listed() == []
    assert "No sheet has these words" in said(app)

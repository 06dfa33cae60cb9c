"""Iterating without a browser: form and result move together, and nothing that was in the form is lost."""

from __future__ import annotations

import importlib
from functools import partial

from streamlit.testing.v1 import AppTest

from components.runs import RunView
from components.ui.base.error_boundary import guarded
from components.ui.process.workbench import Workbench
from components.ui.results.actions import NEXT_STEPS, follow
from components.ui.results.recent_runs import LIBRARY, MOST_SHOWN, OLDER, SHOWN, StripState, _older, _select, select_run
from tests.pages.edit.edit_page import open_edit
from tests.pages.edit.test_edit import add, inputs_of, paint, png, press, wish
from tests.pages.forms.test_generate import components, labeled, labels, texts, wait_for_end
from tests.pages.library.test_library import run as stored_run
from tests.pages.states import state_of
from tests.setup.environment import ROOT

DIFFERS = "Form differs from the run shown: "


def select(app: AppTest, run_id: str) -> None:
    """Click a run of the strip."""
    app.session_state["deferred.actions"].append(partial(select_run, run_id))
    app.run()
    assert not app.exception


def generate(app: AppTest, workbench: Workbench, prompt: str, number: str = "1") -> RunView:
    """Run a prompt and wait for its end."""
    labeled(app, "Prompt").set_value(prompt)
    labeled(app, "Number of images").set_value(number)
    app.run()
    labeled(app, "Generate").click().run()
    run_id = wait_for_end(app, workbench)
    app.run()
    view = workbench.runner.view(run_id)
    assert view is not None
    return view


def filled(app: AppTest) -> tuple[str, str]:
    """What prompt and number of the form hold."""
    return labeled(app, "Prompt").value, labeled(app, "Number of images").value


def strip(app: AppTest) -> list[str]:
    """The runs of the strip, from left to right."""
    (row,) = [one for one in components(app, "steps") if one["steps"]]
    return [run["id"] for run in row["runs"]]


def test_selecting_a_run_fills_the_form_and_one_undo_brings_back_what_was_in_it(
    app: AppTest, workbench: Workbench
) -> None:
    """Over several runs that are looked at one Undo leads back; a line says where form and run differ."""
    app.run()
    first = generate(app, workbench, "A red boat")
    second = generate(app, workbench, "A red boat at dusk", "2")
    assert DIFFERS not in texts(app), "the form is what was just sent"
    labeled(app, "Prompt").set_value("A green boat, not sent yet").run()
    assert f"{DIFFERS}prompt" in texts(app)
    for view, values in (
        (first, ("A red boat", "1")),
        (second, ("A red boat at dusk", "2")),
        (first, ("A red boat", "1")),
    ):
        select(app, view.id)
        assert view.id in app.query_params["run"]
        assert filled(app) == values
        assert DIFFERS not in texts(app)
    labeled(app, "Undo filling in").click().run()
    assert filled(app) == ("A green boat, not sent yet", "2")
    assert f"{DIFFERS}prompt, number of images" in texts(app)
    labeled(app, "Redo filling in").click().run()
    assert filled(app) == ("A red boat", "1")
    # What is entered after a load is one Undo away as well.
    labeled(app, "Prompt").set_value("A blue boat").run()
    select(app, second.id)
    labeled(app, "Undo filling in").click().run()
    assert filled(app) == ("A blue boat", "1")
    labeled(app, "Undo filling in").click().run()
    assert filled(app)[0] == "A green boat, not sent yet"


def test_an_undo_brings_back_images_and_mask(app: AppTest, workbench: Workbench) -> None:
    """On the Edit page an Undo restores the input images in their order and what was painted over the first."""
    page = open_edit(app)
    add(page, png())
    wish(page, quality="low")
    first = press(page, workbench)
    add(page, png(seed=5))
    paint(page)
    before = [one.sha256 for one in inputs_of(page)]
    assert f"{DIFFERS}input images, mask or markup" in texts(page)
    select(page, first.id)
    assert [one.sha256 for one in inputs_of(page)] == before[:1]
    assert DIFFERS not in texts(page)
    labeled(page, "Undo filling in").click().run()
    assert [one.sha256 for one in inputs_of(page)] == before
    labeled(page, "Draw").set_value("Mask").run()
    assert "**Mask 9.4%**" in texts(page)


def test_a_result_marks_what_changed_since_the_run_before(app: AppTest, workbench: Workbench) -> None:
    """The words of its prompt that are new, those that went, and every other value that differs."""
    app.run()
    generate(app, workbench, "A red boat, calm sea")
    (viewer,) = components(app, "status_only")
    assert viewer["changes"] is None
    generate(app, workbench, "A green boat, calm sea", "2")
    (viewer,) = components(app, "status_only")
    marked = [(one["kind"], one["text"].strip()) for one in viewer["changes"]["words"] if one["kind"] != "same"]
    assert marked == [("removed", "red"), ("added", "green")]
    assert viewer["changes"]["values"] == [{"label": "Number of images", "before": "1", "after": "2"}]


def changed(app: AppTest) -> list[tuple[str, str]] | None:
    """The marked words of the run on show, with their kind; None if nothing is marked."""
    (viewer,) = components(app, "status_only")
    if viewer["changes"] is None:
        return None
    return [(one["kind"], one["text"].strip()) for one in viewer["changes"]["words"] if one["kind"] != "same"]


def test_half_of_a_prompt_changed_is_marked_and_another_prompt_is_not(app: AppTest, workbench: Workbench) -> None:
    """Such a run has no parent: the run before it of the same person is what it is compared with."""
    app.run()
    generate(app, workbench, "crimson boat")
    view = generate(app, workbench, "turquoise boat")
    assert view.parent_output is None
    assert changed(app) == [("removed", "crimson"), ("added", "turquoise")]
    generate(app, workbench, "A fox in the snow")
    assert changed(app) is None
    generate(app, workbench, "A house at night, by the river")
    assert changed(app) is None, "they share articles alone"
    select(app, view.id)
    assert changed(app) == [("removed", "crimson"), ("added", "turquoise")]
    other = AppTest.from_file(ROOT / "components" / "ui" / "shell.py", default_timeout=120)
    other.run()
    generate(other, workbench, "Fox in the rain")
    assert changed(other) is None, "the run before is another session's, and nobody has a name"


def test_an_image_edited_again_marks_what_changed_since_the_edit_before(app: AppTest, workbench: Workbench) -> None:
    """The parent of both edits is the run that generated the image, which was asked for something else."""
    app.run()
    made = generate(app, workbench, "A boat")
    output = workbench.library.output(made.images[0].id)
    assert output is not None
    page = open_edit(app)
    edits = []
    for color in ("red", "blue"):
        page.session_state["deferred.actions"].append(partial(follow, NEXT_STEPS[0], output))
        page.run()
        wish(page, prompt=f"Make it {color}", quality="low")
        edits.append(press(page, workbench))
    assert [one.parent_output for one in edits] == [output.id, output.id]
    assert changed(page) == [("removed", "red"), ("added", "blue")]


def test_a_link_shows_a_run_and_leaves_the_form_until_it_is_continued(app: AppTest, workbench: Workbench) -> None:
    """Whoever opens a run's address sees it beside an empty form; "Continue from here" fills that."""
    app.run()
    view = generate(app, workbench, "A red boat", "2")
    other = AppTest.from_file(ROOT / "components" / "ui" / "shell.py", default_timeout=120)
    other.query_params["run"] = view.id
    other.query_params["output"] = view.images[1].id
    other.run()
    (viewer,) = components(other, "status_only")
    assert (viewer["run"]["prompt"], viewer["linked"]) == ("A red boat", view.images[1].id)
    assert filled(other) == ("", "1")
    assert "you opened a link" in viewer["readOnly"]
    assert DIFFERS not in texts(other), "nothing is written yet"
    labeled(other, "Prompt").set_value("A green boat").run()
    assert f"{DIFFERS}prompt, number of images" in texts(other)
    assert "Load these settings" not in labels(other)
    labeled(other, "Continue from here").click().run()
    assert [one["readOnly"] for one in components(other, "status_only")] == [""]
    assert filled(other) == ("A red boat", "2")
    assert DIFFERS not in texts(other)
    own = generate(other, workbench, "A blue boat")
    assert own.id in other.query_params["run"]
    assert "Load these settings" in labels(other)
    assert "Continue from here" not in labels(other)
    select(other, view.id)
    assert "Continue from here" in labels(other)


def test_who_came_by_a_link_cuts_nothing_out_before_they_continue(app: AppTest, workbench: Workbench) -> None:
    """The version would be everybody's: the button is off, and a press that comes all the same is refused."""
    app.query_params["model"] = "dall-e-3"
    app.run()
    view = generate(app, workbench, "a boat, on a plain flat #2040ff background")
    ben = AppTest.from_file(ROOT / "components" / "ui" / "shell.py", default_timeout=120)
    ben.query_params["run"] = view.id
    ben.run()
    image = view.images[0].id
    for is_refused, roles in ((True, ["image"]), (False, ["image", "cutout"])):
        actions = importlib.import_module("components.ui.results.stage.image_actions")
        ben.session_state["deferred.actions"] = [partial(guarded(actions.on_image_action), "cut", image)]
        ben.run()
        assert not ben.exception
        assert [one.role for one in workbench.library.outputs(view.id)] == roles
        assert any("you opened a link" in one.value for one in ben.toast) == is_refused
        labeled(ben, "Continue from here").click().run()


def test_the_strip_goes_on_to_older_runs(app: AppTest, workbench: Workbench) -> None:
    """The item before the oldest brings the next ones, and nothing else changes; a long strip ends at the library."""
    ids = [stored_run(workbench, f"boat {number}") for number in range(SHOWN + 2)]
    app.query_params["run"] = ids[2]
    app.run()
    assert strip(app) == [OLDER, *ids[2:]]
    app.session_state["deferred.actions"].append(partial(_select, OLDER, state_of(app, StripState, "generate")))
    app.run()
    assert strip(app) == ids
    assert app.query_params["run"] in (ids[2], [ids[2]])
    state_of(app, StripState, "generate").most = MOST_SHOWN
    assert _older(state_of(app, StripState, "generate")).id == LIBRARY


def test_the_strip_hides_failures_and_tells_mine_from_everyones(app: AppTest, workbench: Workbench) -> None:
    """Failed runs are behind a button that counts them; the newest run is on the right."""
    app.run()
    first = generate(app, workbench, "A red boat")
    failed = [generate(app, workbench, f"[server error] {number}") for number in range(2)]
    last = generate(app, workbench, "A blue boat")
    assert strip(app) == [first.id, last.id]
    labeled(app, "2 failed").click().run()
    assert strip(app) == [first.id, *(view.id for view in failed), last.id]
    assert "Whose runs" not in labels(app), "there are no others' runs"
    other = AppTest.from_file(ROOT / "components" / "ui" / "shell.py", default_timeout=120)
    other.run()
    mine = generate(other, workbench, "A green boat")
    assert strip(other) == [first.id, last.id, mine.id]
    labeled(other, "Whose runs").set_value("Mine").run()
    assert strip(other) == [mine.id]


def code_captions(app: AppTest) -> list[str]:
    """What "Use in code" says of each form of the run on show."""
    app.session_state["lead.generate.export"] = True
    app.run()
    return [one.value for one in app.caption]


def test_streaming_is_on_in_the_form_and_can_be_turned_off(app: AppTest, workbench: Workbench) -> None:
    """The switch shows it, the run has it; a run without it is loaded without it."""
    app.run()
    assert (labeled(app, "Stream").value, labeled(app, "Partial images").value) == (True, "1")
    streamed = generate(app, workbench, "A red boat")
    assert (streamed.recipe["values"]["stream"], streamed.recipe["values"]["partial_images"]) == (True, 1)
    labeled(app, "Stream").set_value(False)
    labeled(app, "Partial images").set_value("0")
    plain = generate(app, workbench, "A green boat")
    assert not {"stream", "partial_images"} & plain.recipe["values"].keys()
    assert sum("without streaming" in one for one in code_captions(app)) == 0
    select(app, streamed.id)
    assert labeled(app, "Stream").value is True
    assert sum("without streaming and without previews" in one for one in code_captions(app)) == 6, "not the recipe"
    select(app, plain.id)
    assert (labeled(app, "Stream").value, labeled(app, "Partial images").value) == (False, "0")
    assert DIFFERS not in texts(app)

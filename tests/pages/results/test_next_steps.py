"""What leads on from an image: each page is filled in with everything, and with nothing that was left there before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.client import Connection
from components.library import StoredOutput
from components.ui.forms.form_state import FormState
from components.ui.library.page_state import GridState
from components.ui.process.workbench import Workbench
from components.ui.session.connections import ConnectionsState
from tests.browser.vision_server import data, models
from tests.pages.analyze import test_analyze as analyze
from tests.pages.edit.edit_page import open_edit
from tests.pages.edit.test_edit import add, drawing_over, inputs_of, paint, png, press, wish
from tests.pages.forms.test_generate import labeled, labels, texts
from tests.pages.library.test_library import library, relations, run
from tests.pages.states import input_images_of, state_of
from tests.setup.environment import ROOT
from tests.unit.library.file_places import place_of
from tests.wire.loopback import Loopback


@pytest.fixture
def remote() -> Iterator[Loopback]:
    """A server that answers with data."""
    with Loopback() as server:
        server.answer(models, path="/v1/models")
        server.answer(data({"price": 3}), path="/v1/responses")
        yield server


def output(workbench: Workbench, output_id: str) -> StoredOutput:
    """An output that is there."""
    found = workbench.library.output(output_id)
    assert found is not None
    return found


def open_output(app: AppTest, output_id: str) -> None:
    """From whatever page it is on, go to an output's."""
    app.switch_page("../../pages/library.py")
    app.query_params.clear()
    app.query_params["output"] = output_id
    app.run()
    assert not app.exception


def test_edit_this_begins_with_an_empty_mask(app: AppTest, workbench: Workbench) -> None:
    """What was painted over the image another time is not sent with it; Undo brings it back."""
    made = f"{run(workbench, 'a red boat')}-0"
    library(app, output=made)
    app.button(key="output.step.Edit this").click().run()
    paint(app)
    assert not drawing_over(app).is_empty
    open_output(app, made)
    app.button(key="output.step.Edit this").click().run()
    assert not app.exception
    assert len(inputs_of(app)) == 1
    assert drawing_over(app).is_empty
    app.button(key="mask.undo").click().run()
    assert not drawing_over(app).is_empty


def test_change_and_run_of_an_edit_brings_the_switch_and_no_other_mask(app: AppTest, workbench: Workbench) -> None:
    """Keep outside the mask is as the run had it, off or on, and a run without a mask is filled in without one."""
    page = open_edit(app)
    add(page, png())
    wish(page, size="auto")
    plain = press(page, workbench)
    paint(page)
    labeled(page, "Keep outside the mask exactly").set_value(True).run()
    page.slider(key="edit.keep.feather").set_value(3).run()
    kept = press(page, workbench)
    open_output(page, plain.images[0].id)
    page.button(key="output.change").click().run()
    assert drawing_over(page).is_empty
    assert not page.session_state["edit.keep"]
    open_output(page, kept.images[0].id)
    page.button(key="output.change").click().run()
    assert not page.exception
    assert "**Mask 9.4%**" in texts(page)
    assert labeled(page, "Keep outside the mask exactly").value is True
    assert page.slider(key="edit.keep.feather").value == 3


def test_run_again_without_its_image_fills_the_form_in(app: AppTest, workbench: Workbench) -> None:
    """Nothing is sent; the form has what is left and says what is missing."""
    page = open_edit(app)
    add(page, png())
    wish(page, size="auto", quality="low")
    view = press(page, workbench)
    place_of(workbench.full_library).harm("input", workbench.library.inputs(view.id)["image"][0].sha256, None)
    open_output(page, view.images[0].id)
    page.button(key="output.again").click().run()
    assert not page.exception
    assert len(workbench.library.recent()) == 1
    assert inputs_of(page) == []
    assert labeled(page, "Quality").value == "low"
    assert "Not sent: one thing above needs your attention" in texts(page)


def test_a_run_goes_again_to_where_it_went(app: AppTest, workbench: Workbench, remote: Loopback) -> None:
    """What was free is not paid for because another connection is in use by now; the form shows which it is."""
    made = run(workbench, "a red boat")
    own = Connection("own:eye", "Eye", remote.base_url, api_key="sk-test-eye")
    state_of(app, ConnectionsState).own, state_of(app, ConnectionsState).chosen = [own], own.id
    library(app, output=f"{made}-0")
    app.button(key="output.again").click().run()
    assert not app.exception
    again = workbench.library.run(workbench.library.recent(limit=1)[0].id)
    assert again is not None
    assert again.id != made
    assert again.connection_id == "built-in"
    assert labeled(app, "Connection").value == own.id, "a run again fills nothing in"
    open_output(app, f"{made}-0")
    app.button(key="output.change").click().run()
    assert labeled(app, "Connection").value == "built-in"


def test_analyze_this_shows_the_image_where_addresses_were_asked_for(app: AppTest, workbench: Workbench) -> None:
    """The page takes files again, or the image would be neither seen nor sent."""
    made = f"{run(workbench, 'a red boat')}-0"
    app.run().switch_page("../../pages/analyze.py").run()
    labeled(app, "Input type").set_value("urls").run()
    open_output(app, made)
    app.button(key="output.step.Analyze this").click().run()
    assert not app.exception
    assert labeled(app, "Input type").value == "files"
    assert len(input_images_of(app, "analyze")) == 1


def test_a_question_is_a_child_of_its_image_in_whatever_size_it_is_sent(app: AppTest, workbench: Workbench) -> None:
    """At low detail a smaller copy is sent; the family is the same, also of the question asked again and changed."""
    made = f"{run(workbench, 'a red boat')}-0"
    library(app, output=made)
    app.button(key="output.step.Analyze this").click().run()
    state_of(app, FormState, "analyze").values = {"detail": "low"}
    app.switch_page("../../pages/analyze.py").run()
    first = analyze.press(app, workbench)
    (small,) = workbench.library.inputs(first.id)["image"]
    assert small.sha256 != output(workbench, made).sha256
    app.button(key="again.analyze").click().run()
    again = analyze.ended(app, workbench)
    app.button(key="change.analyze").click().run()
    state_of(app, FormState, "analyze").values = {
        **state_of(app, FormState, "analyze").values,
        "text": "Is there a sail?",
    }
    changed = analyze.press(app, workbench)
    assert len({first.id, again.id, changed.id}) == 3
    assert [view.parent_output for view in (first, again, changed)] == [made] * 3
    open_output(app, made)
    reported = relations(app)
    assert [one["state"] for one in reported] == ["answer"] * 3
    assert all(one["answer"] for one in reported), "the family tells what was answered"


def test_change_and_run_of_a_question_brings_images_and_shape(
    app: AppTest, workbench: Workbench, remote: Loopback
) -> None:
    """Several images in their order, structured data with its fields, and the connection it was asked at."""
    state_of(app, ConnectionsState).own = [Connection("own:eye", "Eye", remote.base_url, api_key="sk-test-eye")]
    app.run().switch_page("../../pages/analyze.py").run()
    analyze.add(app, "red", "green", "blue")
    labeled(app, "Answer").set_value("As data").run()
    labeled(app, "Fields or JSON schema").set_value("price: number").run()
    view = analyze.press(app, workbench)
    assert view.state == "done", view.error
    other = AppTest.from_file(ROOT / "components" / "ui" / "shell.py", default_timeout=120)
    other.session_state["analyze.target.panel"] = True
    state_of(other, ConnectionsState).own = state_of(app, ConnectionsState).own
    state_of(other, ConnectionsState).chosen = "built-in"
    other.run().switch_page("../../pages/analyze.py")
    other.query_params["run"] = view.id
    other.run()
    other.button(key="change.analyze").click().run()
    assert not other.exception
    asked = [image.sha256 for image in workbench.library.inputs(view.id)["image"]]
    assert [image.sha256 for image in input_images_of(other, "analyze")] == asked
    assert labeled(other, "Answer").value == "As data"
    assert labeled(other, "Fields or JSON schema").value == "price: number"
    assert labeled(other, "Connection").value == "own:eye"


@pytest.mark.parametrize("page", ["edit", "analyze"])
def test_several_selected_images_go_into_a_page_together(app: AppTest, workbench: Workbench, page: str) -> None:
    """In the order in which they were selected; each once, and in place of what was there."""
    made = run(workbench, "a red boat", n=3)
    chosen = [f"{made}-2", f"{made}-0"]
    library(app)
    state_of(app, GridState, "library").selected = chosen
    app.session_state["act.use"] = True
    app.run()
    app.button(key=f"act.use.{page}").click().run()
    assert not app.exception
    wanted: list[Any] = [output(workbench, one).sha256 for one in chosen]
    assert [image.sha256 for image in input_images_of(app, page)] == wanted
    assert "Prompt" in labels(app) or "Text input" in labels(app)


def test_selected_runs_without_an_image_run_again_together(app: AppTest, workbench: Workbench) -> None:
    """After a crash all that was never sent goes out with two clicks, each as a run of its own, and says its price."""
    failed = [run(workbench, f"[server error] number {number}") for number in range(3)]
    library(app)
    state_of(app, GridState, "library").selected = [f"run:{one}" for one in reversed(failed)]
    app.session_state["act.again"] = True
    app.run()
    assert "3 runs, free on the built-in engine" in " ".join(one.value.replace("\\", "") for one in app.markdown)
    app.button(key="act.again.now").click().run()
    assert not app.exception
    found = workbench.library.recent(limit=9)
    assert [one.prompt for one in found] == 2 * [f"[server error] number {number}" for number in (2, 1, 0)]
    assert "run" not in app.query_params
    assert not state_of(app, GridState, "library").selected

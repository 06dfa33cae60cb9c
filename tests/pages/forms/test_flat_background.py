"""A transparent background from models that make none: asked for in a key color, cut out here, the original kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from components.images.decoding.opening import decode
from components.images.metadata import recipe_in
from components.library import StoredOutput
from components.library.queries.sheet_cells import cells_of
from components.library.sheets.sheet_store import recent_sheets
from components.parameters.recipes.recipe import read_recipe
from components.runs import RunView
from components.ui.forms.form_state import FormState
from components.ui.inputs.framing.dialog import FrameState
from components.ui.process.workbench import Workbench
from components.ui.results.cut_action import can_be_cut
from tests.pages.edit.edit_page import open_edit
from tests.pages.edit.test_edit import add, inputs_of, png, press, wish
from tests.pages.forms.test_generate import components, labeled, labels, texts, wait_for_end
from tests.pages.results.test_next_steps import open_output
from tests.pages.routes.test_routes import browsing
from tests.pages.states import state_of
from tests.support.await_run import wait_for_ends
from tests.unit.images.odd_images import saved

SWITCH = "Transparent background, cut out here"


def generate(app: AppTest, workbench: Workbench, prompt: str, *, cuts: bool = True, **query: str) -> RunView:
    """Run a prompt with the switch on, and draw the page again."""
    for name, value in {"model": "dall-e-3", "prompt": prompt, **query}.items():
        app.query_params[name] = value
    app.run()
    if cuts:
        labeled(app, SWITCH).set_value(True).run()
    labeled(app, "Generate").click().run()
    view = workbench.runner.view(wait_for_end(app, workbench))
    assert view is not None
    app.run()
    assert not app.exception
    return view


def pixels(workbench: Workbench, output: StoredOutput) -> np.ndarray:
    """An output's pixels as RGBA."""
    path = workbench.library.file("original", output.sha256)
    assert path is not None
    return np.asarray(decode(path, max_pixels=10**7).convert("RGBA"))


def test_what_is_sent_is_shown_and_the_background_is_cut_out(app: AppTest, workbench: Workbench) -> None:
    """The prompt with the color stands below the field; both versions are kept, and the cut one has a soft edge."""
    view = generate(app, workbench, "a red apple with a leaf")
    assert "a red apple with a leaf, on a completely flat solid magenta (#ff00ff) background" in texts(app)
    assert view.prompt.startswith("a red apple with a leaf, on a completely flat solid magenta (#ff00ff) background")
    uncut, cut = view.images
    assert (uncut.role, cut.role, cut.id) == ("image", "cutout", f"{uncut.id}-cut")
    before, after = pixels(workbench, uncut), pixels(workbench, cut)
    assert tuple(before[0, 0]) == (255, 0, 255, 255)
    alpha = after[..., 3]
    assert alpha[0, 0] == 0
    assert alpha[512, 512] == 255
    assert ((alpha > 0) & (alpha < 255)).sum() > 500
    edge = after[(alpha > 40) & (alpha < 220)].astype(int)
    fringe = np.minimum(edge[:, 0], edge[:, 2]) - edge[:, 1]  # how magenta the edge is
    assert np.median(fringe) < 30
    (viewer,) = components(app, "status_only")
    shown = {one["index"]: one for one in viewer["run"]["images"]}
    assert shown[2000]["note"] == "flat background #ff00ff cut out here"
    assert shown[2000]["name"].endswith("-cut.png")
    assert viewer["run"]["prompt"] == view.prompt


def test_a_run_that_is_loaded_brings_the_switch_along(app: AppTest, workbench: Workbench) -> None:
    """The prompt comes back as it was written; what is sent is the same again. Another run turns the switch off."""
    view = generate(app, workbench, "a red apple")
    labeled(app, SWITCH).set_value(False).run()
    assert "Sent:" not in texts(app)
    labeled(app, "Prompt").set_value("Something else").run()
    labeled(app, "Load these settings").click().run()
    assert labeled(app, "Prompt").value == "a red apple"
    assert labeled(app, SWITCH).value is True
    labeled(app, "Generate").click().run()
    again = workbench.runner.view(wait_for_end(app, workbench))
    assert again is not None
    assert (again.prompt, [one.role for one in again.images]) == (view.prompt, ["image", "cutout"])


def test_the_recipe_of_the_cut_image_says_so(app: AppTest, workbench: Workbench, tmp_path: Path) -> None:
    """What is downloaded carries the prompt that was sent and the color that was cut; the original's has no cut."""
    images = generate(app, workbench, "a red apple").images
    found: list[dict[str, Any]] = []

    async def use(client: httpx.AsyncClient) -> None:
        for one in images:
            file = tmp_path / f"{one.role}.png"
            file.write_bytes((await client.get(f"/outputs/{one.id}/download")).content)
            found.append(recipe_in(file) or {})

    browsing(use)
    assert ["#00ff00" in one["values"]["prompt"] for one in found] == [True, True]
    assert [one.get("cut_background") for one in found] == [None, "#00ff00"]
    operation, values = read_recipe(found[1])
    assert (operation, values["model"]) == ("generate", "dall-e-3")


def test_without_a_flat_background_the_result_says_so(
    app: AppTest, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that did not follow leaves one version, with a note; nothing is lost and the run is done."""
    monkeypatch.setattr("components.engine.api.images.image_job.split_backdrop", lambda prompt: (prompt, None))
    view = generate(app, workbench, "a red apple, wide")
    assert (view.state, [one.role for one in view.images]) == ("done", ["image"])
    (viewer,) = components(app, "status_only")
    assert viewer["run"]["images"][0]["note"].startswith("The background was not cut out. ")


def test_the_switch_is_offered_where_it_is_needed(app: AppTest) -> None:
    """For models without transparent backgrounds, for unknown ones, and where the server refused one."""
    app.query_params["model"] = "gpt-image-1"
    app.query_params["prompt"] = "a boat"
    app.run()
    assert SWITCH not in labels(app)
    state = state_of(app, FormState, "generate")
    state.values["background"] = "transparent"
    state.refused["background"] = ("Transparent background is not supported for this model.", "transparent")
    app.run()
    labeled(app, SWITCH).set_value(True).run()
    assert state.values["background"] == "auto"
    state.refused.clear()
    labeled(app, SWITCH).set_value(False).run()
    assert SWITCH not in labels(app)
    state.values["model"] = "our-own-model"
    app.run()
    assert SWITCH in labels(app)


def test_the_cells_of_a_sheet_are_cut_too(app: AppTest, workbench: Workbench) -> None:
    """The color is asked for in each cell's prompt, and each image has its version without the background."""
    app.query_params["model"] = "dall-e-3"
    app.query_params["prompt"] = "a {red|blue} boat"
    app.run()
    labeled(app, SWITCH).set_value(True).run()
    app.button(key="generate.sheet.submit").click().run()
    assert not app.exception
    workbench.sheets.join(60)
    (sheet,) = recent_sheets(workbench.library)
    runs = [cell.run_id for cell in cells_of(workbench.library, sheet.id) if cell.run_id is not None]
    wait_for_ends(workbench.runner, *runs)
    assert len(runs) == 2
    assert [[one.role for one in workbench.library.outputs(run)] for run in runs] == [["image", "cutout"]] * 2


def test_an_edit_takes_a_color_that_the_image_does_not_have(app: AppTest, workbench: Workbench) -> None:
    """Over a green image the background is another color; the result is cut as well."""
    open_edit(app)
    image = Image.new("RGB", (512, 512), (10, 240, 20))
    image.paste((200, 40, 60), (128, 128, 384, 384))
    add(app, saved(image, "PNG"))
    wish(app, model="dall-e-2", prompt="a tin robot")
    state_of(app, FormState, "edit").cuts_background = True
    app.run()
    assert "#00ff00" not in texts(app)
    view = press(app, workbench)
    assert "flat solid" in view.prompt
    assert "#00ff00" not in view.prompt
    assert [one.role for one in view.images] == ["image", "cutout"]


def test_a_stored_image_is_cut_on_request(app: AppTest, workbench: Workbench) -> None:
    """On an image's page; a second press finds the version that is there."""
    view = generate(app, workbench, "a boat, on a plain flat #2040ff background", cuts=False)
    (made,) = view.images
    for _ in range(2):
        open_output(app, made.id)
        labeled(app, "Cut out").click().run()
        assert not app.exception
    assert [one.role for one in workbench.library.outputs(view.id)] == ["image", "cutout"]
    assert not can_be_cut(replace(made, role="composite"))


def test_an_image_without_a_flat_background_is_not_cut(app: AppTest, workbench: Workbench) -> None:
    """A message says why, and no version is made."""
    open_edit(app)
    add(app, png())
    wish(app, size="auto")
    view = press(app, workbench)
    open_output(app, view.images[0].id)
    labeled(app, "Cut out").click().run()
    assert [one.role for one in workbench.library.outputs(view.id)] == ["image"]
    assert any("Nothing was cut out" in one.value for one in app.toast), [one.value for one in app.toast]


def flat_input() -> bytes:
    """A dark square before white, with a white hole."""
    image = Image.new("RGB", (200, 120), (255, 255, 255))
    image.paste((30, 40, 60), (60, 30, 140, 90))
    image.paste((255, 255, 255), (90, 50, 110, 70))
    return saved(image, "PNG")


def test_an_input_loses_its_flat_background(app: AppTest, workbench: Workbench) -> None:
    """In the dialog; what is enclosed stays, Undo brings the image back, and a photograph is left alone."""
    open_edit(app)
    add(app, flat_input())
    (before,) = inputs_of(app)
    app.button(key="frame.open.edit").click().run()
    labeled(app, "Remove flat background").click().run()
    (after,) = inputs_of(app)
    alpha = np.asarray(decode(after.path, max_pixels=10**6).getchannel("A"))
    assert (alpha[5, 5], alpha[60, 100], alpha[40, 70]) == (0, 255, 255)
    assert "Its flat background was removed." in texts(app)
    app.button(key="frame.undo.edit.0").click().run()
    assert inputs_of(app) == [before]


def test_a_photograph_is_left_as_it_is(app: AppTest) -> None:
    """The dialog says why and stays open."""
    open_edit(app)
    add(app, png())
    before = inputs_of(app)
    app.button(key="frame.open.edit").click().run()
    labeled(app, "Remove flat background").click().run()
    assert inputs_of(app) == before
    assert "does not have one flat color" in texts(app)
    assert state_of(app, FrameState, "edit").shown

"""Runs of the Edit page without a browser: what goes out, what comes of a mask, and what is kept for the next try."""

from __future__ import annotations

import importlib
import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from streamlit.testing.v1 import AppTest

from components.library import StoredOutput, check_library
from components.parameters import InputImage
from components.runs import RunView
from components.ui.inputs.image_inputs import InputsState
from components.ui.process.workbench import Workbench
from tests.pages.edit.test_edit import PAINTED, SIZE, add, inputs_of, paint, png, press, wish
from tests.pages.forms.test_generate import components, labeled, labels, texts
from tests.pages.states import state_of
from tests.setup.environment import ROOT


def staged(page: AppTest) -> str:
    """What the browser is given to show the run with."""
    return "\n".join(str(one.proto.json) for one in page.get("bidi_component"))


def pixels(workbench: Workbench, output: StoredOutput) -> NDArray[np.int16]:
    """An output's colors, rows first."""
    path = workbench.library.file("original", output.sha256)
    assert path is not None
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB"), dtype=np.int16)


def colors(image: InputImage) -> NDArray[np.int16]:
    """An input's colors, rows first."""
    with Image.open(image.path) as opened:
        return np.asarray(opened.convert("RGB"), dtype=np.int16)


def around_the_mask() -> NDArray[np.bool_]:
    """Where nothing is painted, but for a pixel's width around it."""
    outside = np.ones(SIZE[::-1], bool)
    left, top, right, bottom = PAINTED
    outside[top - 1 : bottom + 1, left - 1 : right + 1] = False
    return outside


def sent(workbench: Workbench, view: RunView) -> dict[str, list[str]]:
    """What went into a run: hashes by role."""
    return {role: [one.sha256 for one in found] for role, found in workbench.library.inputs(view.id).items()}


def test_a_masked_edit_says_what_changed_outside(page: AppTest, workbench: Workbench) -> None:
    """The mask goes out at the image's size, what is painted is edited, and the rest is measured."""
    add(page, png())
    wish(page, size="auto")
    paint(page)
    assert "**Mask 9.4%**" in texts(page)
    view = press(page, workbench)
    assert view.state == "done", view.error
    found = workbench.library.inputs(view.id)
    assert [one.sha256 for one in found["image"]] == [inputs_of(page)[0].sha256]
    with Image.open(found["mask"][0].path) as mask:
        alpha = np.asarray(mask.getchannel("A"))
    left, top, right, bottom = PAINTED
    assert alpha.shape == (SIZE[1], SIZE[0])
    assert not alpha[top + 1 : bottom - 1, left + 1 : right - 1].any()
    assert alpha.sum() == pytest.approx(255 * (alpha.size - (right - left) * (bottom - top)), rel=0.01)
    [output] = view.images
    assert (output.facts or {})["changed_outside"] == 0, "the built-in engine keeps to a mask"
    assert "0.0% changed outside the mask" in staged(page)


def test_keep_outside_gives_both_versions(page: AppTest, workbench: Workbench) -> None:
    """Where the model ignored the mask, the second version has the original there, pixel by pixel."""
    add(page, png())
    wish(page, prompt="a yellow balloon [ignore mask]", size="auto")
    paint(page)
    labeled(page, "Keep outside the mask exactly").set_value(True).run()
    view = press(page, workbench)
    assert view.state == "done", view.error
    assert [output.role for output in view.images] == ["image", "composite"]
    made, kept = view.images
    share = (made.facts or {})["changed_outside"]
    assert share > 0.005
    assert f"{share * 100:.1f}% changed outside the mask" in staged(page)
    assert "original kept outside the mask" in staged(page)
    before = colors(inputs_of(page)[0])
    outside = around_the_mask()
    assert (pixels(workbench, kept)[outside] == before[outside]).all()
    assert (pixels(workbench, kept)[~outside] != before[~outside]).any()


def test_without_the_switch_there_is_one_version(page: AppTest, workbench: Workbench) -> None:
    """Nothing is put back unless it is requested, nor where there is no mask."""
    add(page, png())
    wish(page)
    labeled(page, "Keep outside the mask exactly").set_value(True).run()
    view = press(page, workbench)
    assert [output.role for output in view.images] == ["image"]
    assert "mask" not in sent(workbench, view)


def test_markup_goes_out_instead_of_the_mask(page: AppTest, workbench: Workbench) -> None:
    """With a mask and markup over one image, what is in view is sent, and the other waits."""
    add(page, png())
    wish(page, model="gpt-image-2.5-flare")
    paint(page)
    paint(page, "markup")
    labeled(page, "Draw").set_value("Markup").run()
    assert "**Markup: 1 mark**" in texts(page)
    marked = press(page, workbench)
    assert sorted(sent(workbench, marked)) == ["image", "markup"]
    labeled(page, "Draw").set_value("Mask").run()
    assert "**Mask 9.4%**" in texts(page)
    assert sorted(sent(workbench, press(page, workbench))) == ["image", "mask"]


def test_a_failed_run_loses_nothing(page: AppTest, workbench: Workbench) -> None:
    """Images, words and mask are there as before; the error stands with the run, and the next try sends the same."""
    add(page, png(), png(seed=9))
    wish(page, prompt="a balloon [server error]", quality="low")
    paint(page)
    before = [one.sha256 for one in inputs_of(page)]
    failed = press(page, workbench)
    assert failed.state == "failed"
    assert [one.sha256 for one in inputs_of(page)] == before
    assert labeled(page, "Prompt").value == "a balloon [server error]"
    assert labeled(page, "Quality").value == "low"
    assert "the server had an error" in texts(page).lower()
    labeled(page, "Draw").set_value("Mask").run()
    assert "**Mask 9.4%**" in texts(page)
    labeled(page, "Prompt").set_value("a balloon").run()
    again = press(page, workbench)
    assert again.state == "done"
    assert sent(workbench, again) == sent(workbench, failed)


def test_a_masked_drawing_says_that_it_is_not_compared(page: AppTest, workbench: Workbench) -> None:
    """An SVG has no pixels to lay over the original: that is said in place of a share, and nothing is put back."""
    add(page, png())
    wish(page, model="gpt-image-2.6-sunburst", output_format="svg")
    page.session_state["edit.keep"] = True
    paint(page)
    view = press(page, workbench)
    assert view.state == "done", view.error
    assert [(one.role, one.format) for one in view.images] == [("image", "svg")]
    assert "a drawing in SVG has no pixels to compare" in staged(page)


def test_the_result_takes_the_place_of_the_canvas(page: AppTest, workbench: Workbench) -> None:
    """A run's result comes up where the mask was; the mask is a click away, and another first image brings it."""
    add(page, png())
    wish(page)
    paint(page)
    assert "Result" not in labeled(page, "Draw").options
    view = press(page, workbench)
    page.run()
    assert labeled(page, "Draw").value == "Result"
    assert view.images[0].sha256 in staged(page)
    assert "**Mask" not in texts(page)
    labeled(page, "Draw").set_value("Mask").run()
    assert "**Mask 9.4%**" in texts(page)
    page.run()
    assert labeled(page, "Draw").value == "Mask"
    again = press(page, workbench)
    assert again.id != view.id
    assert labeled(page, "Draw").value == "Result"
    state_of(page, InputsState, "edit").entries.clear()
    page.run()
    add(page, png(seed=5))
    assert labeled(page, "Draw").value == "Mask"


def test_images_and_mask_survive_other_pages_and_models(page: AppTest) -> None:
    """Whoever looks elsewhere comes back to what was there."""
    add(page, png())
    wish(page)
    paint(page)
    page.switch_page("../../pages/generate.py").run()
    page.switch_page("../../pages/edit.py").run()
    wish(page, model="dall-e-2")
    wish(page)
    assert len(inputs_of(page)) == 1
    assert "**Mask 9.4%**" in texts(page)


def test_a_run_in_the_address_fills_images_and_mask(page: AppTest, workbench: Workbench) -> None:
    """Somebody else opens the run's link, sees it, and "Continue from here" puts everything it had into the form."""
    add(page, png(), png(seed=5))
    wish(page, quality="low")
    paint(page)
    first = press(page, workbench)
    other = AppTest.from_file(ROOT / "components" / "ui" / "shell.py", default_timeout=120)
    other.query_params["run"] = first.id
    other.run()
    other.switch_page("../../pages/edit.py")
    other.query_params["run"] = first.id
    other.run()
    assert not other.exception
    assert "Run again" in labels(other)
    assert inputs_of(other) == []
    labeled(other, "Continue from here").click().run()
    assert not other.exception
    assert [one.sha256 for one in inputs_of(other)] == sent(workbench, first)["image"]
    assert labeled(other, "Prompt").value == "a yellow balloon"
    assert labeled(other, "Quality").value == "low"
    assert "**Mask 9.4%**" in texts(other)
    again = press(other, workbench)
    assert again.id != first.id
    assert sent(workbench, again)["image"] == sent(workbench, first)["image"]
    masks = [workbench.library.inputs(view.id)["mask"][0].path for view in (first, again)]
    alphas = [np.asarray(Image.open(io.BytesIO(path.read_bytes())).getchannel("A"), np.int16) for path in masks]
    assert np.abs(alphas[0] - alphas[1]).max() <= 1


def test_a_result_of_another_size_or_shape_is_said(page: AppTest, workbench: Workbench) -> None:
    """Before and after tell when they do not lie over each other; a result of the same size needs no word."""
    add(page, png())
    for size, said in {
        "auto": "",
        "1536x1024": "both are shown at the same size",
        "1024x1024": "different shape",
    }.items():
        wish(page, size=size)
        press(page, workbench)
        (stage,) = components(page, "before")
        assert stage["before"]["src"], "it lies over the result itself"
        assert ("The result is" in texts(page)) == bool(said)
        assert said in texts(page)


def test_the_original_can_be_put_back_after_the_run(page: AppTest, workbench: Workbench) -> None:
    """Who sees only afterwards that the mask was ignored gets the second version without another run."""
    add(page, png())
    wish(page, prompt="a yellow balloon [ignore mask]", size="auto")
    paint(page)
    view = press(page, workbench)
    labeled(page, "Put the original back outside the mask").click().run()
    assert not page.exception
    assert "original kept outside the mask" in staged(page)
    assert "Put the original back outside the mask" not in labels(page)
    made, kept = workbench.library.outputs(view.id)
    assert (made.role, kept.role) == ("image", "composite")
    before, outside = colors(inputs_of(page)[0]), around_the_mask()
    assert (pixels(workbench, kept)[outside] == before[outside]).all()
    assert (pixels(workbench, made)[outside] != before[outside]).any()


def test_two_tabs_put_the_original_back_once(page: AppTest, workbench: Workbench) -> None:
    """Whoever presses at the same time, or on a page that was drawn before, gets the version that there is."""
    add(page, png())
    wish(page, prompt="a yellow balloon [ignore mask]", size="auto")
    paint(page)
    view = press(page, workbench)
    request = importlib.import_module("components.ui.results.rerun").request_of(view)
    (made,) = workbench.library.outputs(view.id)
    with ThreadPoolExecutor(3) as tabs:
        found = list(tabs.map(lambda feather: workbench.runner.versions.put_back(request, made, feather), (4, 8, 16)))
    kept = workbench.library.outputs(view.id)[1]
    assert found == [kept] * 3
    assert check_library(workbench.library, thorough=True).is_clean


def test_nothing_is_put_back_where_nothing_changed(page: AppTest, workbench: Workbench) -> None:
    """A model that kept to its mask leaves nothing to put back."""
    add(page, png())
    wish(page, size="auto")
    paint(page)
    press(page, workbench)
    assert "0.0% changed outside the mask" in staged(page)
    assert "Put the original back outside the mask" not in labels(page)


def test_a_chain_goes_on_through_an_extension(page: AppTest, workbench: Workbench) -> None:
    """A result that is edited on after it got new borders is a step of the same chain."""
    add(page, png())
    wish(page, size="auto")
    first = press(page, workbench)
    assert not any(one.value == "Steps" for one in page.caption)
    edited_on(page, first.images[0])
    labeled(page, "Draw").set_value("Extend").run()
    page.selectbox(key="extend.ratio").set_value("1:1").run()
    page.button(key="extend.go").click().run()
    assert (inputs_of(page)[0].width, inputs_of(page)[0].height) == (480, 480)
    second = press(page, workbench)
    assert second.parent_output == first.images[0].id
    assert any(one.value == "Steps" for one in page.caption)


def test_a_result_goes_on_alone_and_the_others_can_be_had_back(page: AppTest, workbench: Workbench) -> None:
    """What was combined is in the result already; who wants the further images again gets them with a click."""
    add(page, png(), png(seed=2), png(seed=3))
    wish(page, size="auto")
    further = inputs_of(page)[1:]
    output = press(page, workbench).images[0]
    edited_on(page, output)
    assert [image.sha256 for image in inputs_of(page)] == [output.sha256]
    labeled(page, "Put the 2 other images back").click().run()
    assert inputs_of(page)[1:] == further
    assert "Put the 2 other images back" not in labels(page)
    edited_on(page, output)
    press(page, workbench)
    assert "Put the 2 other images back" not in labels(page), "a run without them has gone out"


def edited_on(page: AppTest, output: StoredOutput) -> None:
    """Press "Edit this" on an output's page, which brings it to the Edit page."""
    page.switch_page("../../pages/library.py")
    page.query_params["output"] = output.id
    page.run()
    page.button(key="output.step.Edit this").click().run()
    page.switch_page("../../pages/edit.py").run()
    assert not page.exception


def test_a_run_that_is_changed_brings_its_switch_along(page: AppTest, workbench: Workbench) -> None:
    """ "Load these settings" fills in that the outside was kept, and how soft the edge was."""
    add(page, png())
    wish(page, size="auto")
    paint(page)
    labeled(page, "Keep outside the mask exactly").set_value(True).run()
    page.slider(key="edit.keep.feather").set_value(20).run()
    press(page, workbench)
    labeled(page, "Keep outside the mask exactly").set_value(False).run()
    labeled(page, "Load these settings").click().run()
    assert labeled(page, "Keep outside the mask exactly").value
    assert page.slider(key="edit.keep.feather").value == 20


def test_every_image_of_earlier_runs_can_be_picked(page: AppTest, workbench: Workbench) -> None:
    """All of a run's outputs are offered, also animations, whose first frame goes in; no drawings without pixels."""
    pick = importlib.import_module("components.ui.inputs.library_picker")
    add(page, png((96, 64)))
    wish(page, n=3, size="auto")
    three = press(page, workbench)
    wish(page, model="gpt-image-2.6-flare", output_format="gif", frame_count=2, size="auto")
    moving = press(page, workbench)
    wish(page, model="gpt-image-2.6-flare", output_format="svg", size="auto")
    drawn = press(page, workbench)
    assert [one.id for one in pick.pickable_outputs()] == [one.id for one in (*moving.images, *three.images)]
    still = pick.output_as_input(moving.images[0])
    assert (still.content_type, still.width, still.height) == ("image/png", 96, 64)
    assert pick.output_as_input(drawn.images[0]) is None

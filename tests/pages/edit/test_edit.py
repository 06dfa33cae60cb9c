"""The Edit page without a browser: what it shows, what it refuses and offers instead, what it warns of.

The canvas draws nothing here, so a test puts what a person would have drawn into the session, where the canvas puts it.
"""

from __future__ import annotations

import errno
import importlib
import io
from functools import partial
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from components.images.intake.intake import Intake, take_in
from components.images.selection import clicks
from components.parameters import CATALOGUE, Group, InputImage, applicable
from components.runs import RunView
from components.ui.edit.canvas.page_state import CanvasState
from components.ui.edit.canvas.state import CanvasDrawing, Step
from components.ui.forms.form_state import FormState
from components.ui.inputs.image_inputs import InputsState
from components.ui.process.workbench import Workbench
from components.ui.session.acts import HandledActs
from tests.pages.forms.test_generate import labeled, labels, texts, wait_for_end
from tests.pages.interruptions import interrupt
from tests.pages.states import input_images_of, state_of
from tests.setup.environment import ROOT
from tests.unit.images.drawings import rectangle
from tests.unit.library.file_places import place_of

SIZE = (480, 320)
PAINTED = (120, 80, 240, 200)  # left, top, right, bottom of what is painted, in pixels of the image
SAMPLE = (ROOT / "tests" / "samples" / "chelsea.png").read_bytes()
EDITS = [model for model in CATALOGUE if "edit" in CATALOGUE[model].operations]


def png(size: tuple[int, int] = SIZE, seed: int = 0) -> bytes:
    """A photograph of this size, another one for each seed."""
    with Image.open(io.BytesIO(SAMPLE)) as opened:
        image = opened.convert("RGB").resize(size)
    image.putpixel((0, 0), (seed % 256, seed // 256, 0))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def add(page: AppTest, *files: bytes, kind: str = "image/png") -> None:
    """Add images as files, "1.png" and so on."""
    page.get("file_uploader")[0].set_value(
        [(f"{place}.{kind.removeprefix('image/')}", data, kind) for place, data in enumerate(files, 1)]
    ).run()
    assert not page.exception


def inputs_of(page: AppTest) -> list[InputImage]:
    """Return the input images."""
    return input_images_of(page, "edit")


def drawing_over(page: AppTest, purpose: str = "mask") -> CanvasDrawing:
    """The drawing over the first image, as the session keeps it."""
    return state_of(page, CanvasState, purpose).drawings.setdefault(inputs_of(page)[0].sha256, CanvasDrawing())


def paint(page: AppTest, purpose: str = "mask") -> None:
    """Paint PAINTED over the first image."""
    left, top, right, bottom = PAINTED
    drawing_over(page, purpose).add(Step((rectangle(left, top, right - left, bottom - top),), 1.0), load=True)
    page.run()
    assert not page.exception


def wish(page: AppTest, **values: Any) -> None:
    """Fill the form in."""
    state_of(page, FormState, "edit").values = {"model": "gpt-image-2", "prompt": "a yellow balloon", **values}
    page.run()
    assert not page.exception


def press(page: AppTest, workbench: Workbench) -> RunView:
    """Press Edit, wait for the run's end, and draw the page again."""
    labeled(page, "Edit").click().run()
    assert not page.exception
    view = workbench.runner.view(wait_for_end(page, workbench))
    assert view is not None
    page.run()
    assert not page.exception
    return view


def test_the_empty_page_explains_itself(page: AppTest) -> None:
    """It says where to begin and what a mask is for; nothing is red, and no canvas is there."""
    shown = texts(page)
    assert any(one.value == "Add an image to begin" for one in page.subheader)
    for words in ("Drop one on the left", "paint over what should change", "Without a mask the whole image"):
        assert words in shown
    assert ":red[" not in shown
    assert "Undo" not in labels(page)


@pytest.mark.parametrize("model", [*EDITS, "house-model-7"])
def test_only_what_the_model_takes_is_shown(page: AppTest, model: str) -> None:
    """The form shows the parameters of the chosen model that apply, and no others."""
    wish(page, model=model)
    wanted = {one.label for one in applicable("edit", model, {}) if one.group in Group}
    everything = {
        one.label for other in [*EDITS, "house-model-7"] for one in applicable("edit", other, {}) if one.group in Group
    }
    files = {one.label for one in page.get("file_uploader")}
    shown = labels(page) | files
    assert wanted - {"Image mask", "Image markup", "Markup"} <= shown
    assert shown & (everything - wanted) == set()


@pytest.mark.parametrize(
    ("model", "there", "absent"),
    [
        ("dall-e-2", {"Respond with image URL(s)"}, {"Background", "Input fidelity", "Output format", "Stream"}),
        ("gpt-image-1.5", {"Input fidelity", "Background"}, {"Complexity", "Respond with image URL(s)"}),
        ("gpt-image-2", {"Background"}, {"Input fidelity", "Complexity", "Respond with image URL(s)"}),
        ("gpt-image-2.6-flare", {"Background", "Complexity"}, {"Input fidelity", "Moderation"}),
    ],
)
def test_the_references_word_on_some_models(page: AppTest, model: str, there: set[str], absent: set[str]) -> None:
    """The table of the API reference, read by a person."""
    wish(page, model=model)
    assert there <= labels(page)
    assert not (absent | {"Moderation", "Style"}) & labels(page)


def test_markup_is_offered_where_it_is_taken(page: AppTest) -> None:
    """GPT Image 2 takes a mask alone; 2.5 takes markup too."""
    add(page, png())
    for model, modes in {
        "gpt-image-2": ["Mask", "Extend"],
        "gpt-image-2.5-flare": ["Mask", "Markup", "Extend"],
    }.items():
        wish(page, model=model)
        assert labeled(page, "Draw").options == modes


def test_a_seventeenth_image_is_refused(page: AppTest) -> None:
    """Sixteen go in; with one more, the field says how many are taken, and nothing is sent."""
    add(page, *(png((32, 32), seed) for seed in range(17)))
    wish(page)
    assert len(inputs_of(page)) == 17
    labeled(page, "Edit").click().run()
    assert "There are 17 images; gpt-image-2 takes at most 16 images." in texts(page)
    assert "run" not in page.query_params
    del state_of(page, InputsState, "edit").entries[16:]
    page.run()
    assert "There are" not in texts(page)


@pytest.mark.parametrize(("button", "side"), [("Crop to a square", 320), ("Pad to a square", 480)])
def test_dall_e_2_takes_one_square_png(page: AppTest, workbench: Workbench, button: str, side: int) -> None:
    """One image of another shape is refused with both ways to make it square; after either it is taken, mask too."""
    add(page, png())
    paint(page)
    wish(page, model="dall-e-2", size="256x256")
    labeled(page, "Edit").click().run()
    assert "480x320; the model takes only square images" in texts(page)
    assert "run" not in page.query_params
    assert {f"{one}: 1.png" for one in ("Crop to a square", "Pad to a square")} <= labels(page)
    labeled(page, f"{button}: 1.png").click().run()
    assert [(one.width, one.height, one.content_type) for one in inputs_of(page)] == [(side, side, "image/png")]
    assert "only square images" not in texts(page)
    view = press(page, workbench)
    assert (view.state, len(view.images)) == ("done", 1)
    [mask] = workbench.library.inputs(view.id)["mask"]
    assert (mask.width, mask.height) == (side, side)


def test_dall_e_2_refuses_a_jpeg_and_a_second_image(page: AppTest) -> None:
    """Its three limits are reported at once, the PNG with the button that makes one."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(buffer, "JPEG")
    add(page, buffer.getvalue(), kind="image/jpeg")
    add(page, png((64, 64)))
    wish(page, model="dall-e-2")
    labeled(page, "Edit").click().run()
    assert "There are 2 images; dall-e-2 takes at most 1 image." in texts(page)
    assert "is jpeg; the model takes png" in texts(page)
    labeled(page, "Make a PNG under 4 MB: 1.jpeg").click().run()
    assert [one.content_type for one in inputs_of(page)] == ["image/png", "image/png"]
    assert "is jpeg" not in texts(page)


def test_an_image_over_50_mb_is_offered_smaller(page: AppTest) -> None:
    """It is taken in and refused at its field, with a button that makes it fit."""
    noise = np.random.default_rng(1).integers(0, 256, (4100, 4100, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG", compress_level=0)
    assert len(buffer.getvalue()) > 50_000_000
    add(page, buffer.getvalue())
    wish(page)
    labeled(page, "Edit").click().run()
    assert "it must be under 50 MB" in texts(page)
    assert "run" not in page.query_params
    labeled(page, "Make smaller: 1.png").click().run()
    assert inputs_of(page)[0].bytes < 50_000_000
    assert "it must be under" not in texts(page)


def test_files_that_a_browser_tells_of_twice_are_taken_in_once(page: AppTest) -> None:
    """Over a slow network the next click may still bring the files of a chooser that is gone already."""
    chooser = page.get("file_uploader")[0]
    chooser.set_value([("1.png", png(), "image/png")])
    for _ in range(2):
        chooser.run()
        assert [image.name for image in inputs_of(page)] == ["1.png"]
    add(page, png())
    assert len(inputs_of(page)) == 2


def test_what_is_missing_is_named_and_nothing_is_sent(page: AppTest, workbench: Workbench) -> None:
    """No image and no words: both are reported at their fields, once the button was pressed."""
    assert "Write something" not in texts(page)
    labeled(page, "Edit").click().run()
    assert "Add an image to edit first." in texts(page)
    assert "Write something here first." in texts(page)
    assert "Not sent: 2 things" in texts(page)
    add(page, png())
    assert "Add an image" not in texts(page)
    assert "Not sent: one thing" in texts(page)
    assert "run" not in page.query_params
    assert workbench.library.recent() == []


def test_a_mask_that_does_not_do_what_was_meant_is_reported(page: AppTest) -> None:
    """Before it costs money: nothing painted, everything painted, an edge so soft that nothing is painted in full."""
    add(page, png())
    assert "all may change" in texts(page)
    page.button(key="mask.all").click().run()
    assert "**Mask 100.0%**" in texts(page)
    assert "The whole image is painted" in texts(page)
    page.button(key="mask.invert").click().run()
    assert "all may change" in texts(page)
    paint(page)
    assert ":orange[" not in texts(page)
    page.slider(key="mask.amount").set_value(100).run()
    for _ in range(3):
        page.button(key="mask.feather").click().run()
    assert "The edge is so soft" in texts(page)
    page.button(key="mask.clear").click().run()
    assert ":orange[" not in texts(page)


def test_a_mask_whose_beginning_is_gone_is_reported(page: AppTest, workbench: Workbench) -> None:
    """A base whose file is missing is not left out in silence: less would be sent than was meant."""
    add(page, png())
    page.button(key="mask.all").click().run()
    assert "no longer in the library" not in texts(page)
    base = drawing_over(page).now.base
    assert base is not None
    place_of(workbench.full_library).harm("input", base, None)
    page.run()
    assert "The file that this mask started from is no longer in the library" in texts(page)


def test_keys_of_a_former_session_undo_nothing(page: AppTest) -> None:
    """What the browser reported to the session before is over; a new key undoes one step, however often it comes."""
    add(page, png())
    for _ in range(3):
        paint(page)
    handle_acts = importlib.import_module("components.ui.edit.canvas.canvas").handle_acts
    handled = state_of(page, HandledActs, "drawing.mask").handled
    acts = [{"name": "undo", "sequence": number} for number in (1, 2, 3, handled + 1)]
    for _ in range(2):
        page.session_state["deferred.actions"].append(partial(handle_acts, inputs_of(page)[0], "mask", acts))
        page.run()
        assert not page.exception
        assert drawing_over(page).place == 2


def test_a_thin_line_on_a_large_image_is_a_good_mask(page: AppTest) -> None:
    """It fades when it is counted on a small mask, and is whole on the one that is sent."""
    add(page, png((2880, 1920)))
    drawing_over(page).add(Step((rectangle(300, 300, 2, 1200),), 1.0), load=True)
    page.run()
    assert "sent at full size" in texts(page)
    assert ":orange[" not in texts(page)


def test_a_broken_drawing_breaks_no_page(page: AppTest) -> None:
    """Whatever a canvas may hold, the page is drawn."""
    add(page, png())
    broken: tuple[dict[str, Any], ...] = ({"type": "Path", "path": [["Q", "x"]]}, {"type": "Ellipse"}, {"left": 1e300})
    drawing_over(page).add(Step(broken, 1.0), load=True)
    page.run()
    assert not page.exception


def test_images_are_all_taken_in_whatever_happens_meanwhile(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody types, or a run ends, while files are looked at: none of them is lost."""

    def slow(*args: Any, **more: Any) -> Intake:
        interrupt()
        return take_in(*args, **more)

    monkeypatch.setattr("components.ui.inputs.image_inputs.take_in", slow)
    add(page, png(), b"nothing", png(seed=2), png(seed=3))
    assert len(inputs_of(page)) == 3
    assert "2.png: This is not an image" in texts(page)


def test_a_press_counts_whatever_happens_meanwhile(
    page: AppTest, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run ends just while the mask is drawn out: the button's own run begins all the same, once."""
    form = importlib.import_module("components.ui.edit.form")  # its canvas cannot be imported before the app runs
    draw, drawn = form.mask_input, []

    def slow(image: InputImage) -> InputImage | None:
        drawn.append(image)
        if len(drawn) == 1:
            interrupt()
        return cast(InputImage | None, draw(image))

    monkeypatch.setattr(form, "mask_input", slow)
    add(page, png())
    wish(page)
    paint(page)
    view = press(page, workbench)
    assert view.state == "done"
    assert sorted(workbench.library.inputs(view.id)) == ["image", "mask"]
    assert len(workbench.library.recent()) == 1
    page.run()
    assert len(workbench.library.recent()) == 1


def test_what_the_disk_does_not_take_is_reported(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is a sentence below the images; those that were there stay."""

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    add(page, png())
    wish(page, model="dall-e-2")
    monkeypatch.setattr("components.ui.inputs.image_inputs.apply_fix", full)
    monkeypatch.setattr("components.ui.inputs.image_inputs.take_in", full)
    labeled(page, "Crop to a square: 1.png").click().run()
    assert "1.png: It could not be stored: No space left on device." in texts(page)
    add(page, png(seed=4))
    assert "It could not be stored: No space left on device." in texts(page)
    assert [image.width for image in inputs_of(page)] == [SIZE[0]]


def test_the_last_brush_is_found_again(page: AppTest) -> None:
    """Tool, size, hardness and color hold for another image, and after another page."""
    add(page, png())
    page.slider(key="drawing.mask.brush").set_value(77).run()
    page.slider(key="drawing.mask.hardness").set_value(30).run()
    page.color_picker(key="drawing.mask.color").set_value("#0055ff").run()
    page.button_group(key="drawing.mask.tool").set_value("eraser").run()
    page.switch_page("../../pages/generate.py").run()
    page.switch_page("../../pages/edit.py").run()
    state_of(page, InputsState, "edit").entries.clear()
    add(page, png(seed=1))
    assert page.button_group(key="drawing.mask.tool").value == "eraser"
    assert page.slider(key="drawing.mask.brush").value == 77
    assert page.slider(key="drawing.mask.hardness").value == 30
    assert page.color_picker(key="drawing.mask.color").value == "#0055ff"


def test_without_opencv_no_tool_needs_it(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tool for clicks on an object is left out; the wand and the fill are there."""
    monkeypatch.setattr(clicks, "find_spec", lambda name: None)
    add(page, png())
    options = " ".join(one.content for one in page.button_group(key="drawing.mask.tool").proto.options)
    assert "Object" not in options
    assert "Wand" in options
    assert "Fill" in options

"""Input images are cropped, rotated, padded and extended before they are sent; Undo brings the former ones back."""

from __future__ import annotations

import importlib
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.images.decoding.opening import decode
from components.images.masks.extend import SEAM
from components.ui.edit.page_state import EXTEND
from components.ui.inputs.framing.dialog import FrameState, apply_frame
from components.ui.process.workbench import Workbench
from components.ui.session.acts import HandledActs
from tests.pages.edit.edit_page import open_edit
from tests.pages.edit.test_edit import PAINTED, SIZE, add, drawing_over, inputs_of, paint, png, wish
from tests.pages.edit.test_edit_runs import press
from tests.pages.forms.test_generate import labeled, labels, texts
from tests.pages.states import input_images_of, state_of

BOX = (100, 40, 400, 300)  # left, top, right, bottom


@pytest.fixture
def page(app: AppTest) -> AppTest:
    """The Edit page with one image."""
    open_edit(app)
    add(app, png())
    return app


def part(name: str) -> Any:
    """A module of the Edit page; it can be imported once the app runs."""
    return importlib.import_module(f"components.ui.edit.{name}")


def frame(page: AppTest, **event: Any) -> None:
    """Open the dialog and apply a frame, as the browser tells it."""
    page.button(key="frame.open.edit").click().run()
    event = {"image": state_of(page, FrameState, "edit").shown, "box": BOX, **event}
    page.session_state["deferred.actions"].append(partial(apply_frame, "edit", event, part("form").carry_over))
    page.run()
    assert not page.exception


def moved(mask_or_markup: Any) -> tuple[int, ...]:
    """The box of what is drawn."""
    return tuple(mask_or_markup.getbbox())


def test_a_crop_takes_mask_and_markup_along_and_can_be_undone(page: AppTest, workbench: Workbench) -> None:
    """What is sent are the cropped image and the mask over the same part of it; Undo brings back both as they were."""
    paint(page)
    paint(page, "markup")
    before, drawn = inputs_of(page)[0], drawing_over(page).now
    frame(page)
    (image,) = inputs_of(page)
    assert (image.width, image.height) == (300, 260)
    assert "Reframed from 480x320 to 300x260." in texts(page)
    assert state_of(page, FrameState, "edit").shown == "", "the dialog closes"
    shift = [BOX[0], BOX[1]] * 2
    (mark,) = drawing_over(page, "markup").now.objects
    left, top, right, bottom = PAINTED
    assert (mark["left"], mark["top"]) == pytest.approx(((left + right) / 2 - 100, (top + bottom) / 2 - 40), abs=60)
    wish(page, size="auto")
    view = press(page, workbench)
    sent = workbench.library.inputs(view.id)
    assert sent["image"][0].sha256 == image.sha256
    hole = decode(sent["mask"][0].path, max_pixels=10**6).getchannel("A").point(lambda value: 255 - value)
    assert moved(hole) == tuple(edge - by for edge, by in zip(PAINTED, shift, strict=True))

    page.button(key="frame.undo.edit.0").click().run()
    assert inputs_of(page) == [before]
    assert drawing_over(page).now is drawn
    assert "Undo" not in [one.label for one in page.button if one.key.startswith("frame.undo")]


def test_two_changes_are_undone_one_by_one(page: AppTest) -> None:
    """Each former image comes back, the last one first."""
    first = inputs_of(page)
    frame(page, turns=1, box=[0, 0, 320, 480])
    second = inputs_of(page)
    assert (second[0].width, second[0].height) == (320, 480)
    frame(page, box=[-10, 0, 320, 480], fill="#ffffff")
    assert inputs_of(page)[0].width == 330
    for wanted in (second, first):
        page.button(key="frame.undo.edit.0").click().run()
        assert inputs_of(page) == wanted


def test_a_frame_that_makes_no_sense_leaves_everything(page: AppTest) -> None:
    """The dialog stays open and says why."""
    before = inputs_of(page)
    frame(page, box=[0, 0, 20_000, 20_000])
    assert inputs_of(page) == before
    assert "The image stays as it is: The image would be 20000x20000" in texts(page)
    assert state_of(page, FrameState, "edit").shown == before[0].sha256


def test_a_mask_that_was_cropped_away_never_edits_the_whole_image(page: AppTest, workbench: Workbench) -> None:
    """The page says that nothing is painted any more, and sends nothing."""
    paint(page)
    frame(page, box=[300, 0, 480, 320])
    assert "Nothing is painted, so there is no mask." in texts(page)
    wish(page, size="auto")
    labeled(page, "Edit").click().run()
    assert not workbench.runner.live_views()
    assert not workbench.library.recent()


def test_dragged_borders_fill_in_the_numbers_and_an_extension_can_be_undone(page: AppTest) -> None:
    """A drag sets the pixels of each side; what is new is masked; Undo brings back the image."""
    (before,) = inputs_of(page)
    labeled(page, "Draw").set_value(EXTEND).run()
    page.selectbox(key="extend.ratio").set_value("1:1").run()
    handled = state_of(page, HandledActs, "extend")
    drag = {"left": 0, "top": 30, "right": 20, "bottom": 0, "sequence": handled.handled + 1}
    of_a_former_session = {**drag, "top": 50, "sequence": 7}
    page.session_state["deferred.actions"].append(
        partial(part("extend_panel").handle_drags, [of_a_former_session, drag])
    )
    page.run()
    assert [page.number_input(key=f"extend.{side}").value for side in ("left", "top", "right", "bottom")] == [
        0,
        30,
        20,
        0,
    ]
    assert handled.handled == drag["sequence"]
    page.button(key="extend.go").click().run()
    assert (inputs_of(page)[0].width, inputs_of(page)[0].height) == (SIZE[0] + 20, SIZE[1] + 30)
    assert SEAM
    assert "Mask" in texts(page)
    page.button(key="frame.undo.edit.0").click().run()
    assert inputs_of(page) == [before]


def test_an_image_to_analyze_is_cropped_too(app: AppTest) -> None:
    """The same dialog stands on the Analyze page."""
    app.run()
    app.switch_page("../../pages/analyze.py").run()
    add(app, png())
    app.button(key="frame.open.analyze").click().run()
    event = {"image": state_of(app, FrameState, "analyze").shown, "box": BOX}
    app.session_state["deferred.actions"].append(partial(apply_frame, "analyze", event, lambda *_: None))
    app.run()
    assert input_images_of(app, "analyze")[0].width == 300
    assert "Undo" in labels(app)

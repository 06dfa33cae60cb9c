"""A mask that cannot be used never becomes an edit of the whole image without a word."""

from __future__ import annotations

import importlib
import io

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from components.ui.process.workbench import Workbench
from tests.pages.edit.edit_page import open_edit
from tests.pages.edit.test_edit import SIZE, add, drawing_over, paint, png, press, wish
from tests.pages.forms.test_generate import labeled, labels, texts
from tests.unit.library.file_places import place_of


@pytest.fixture
def page(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The Edit page with an image and a prompt; the field for a mask's file stands open."""
    open_edit(app)
    sources = importlib.import_module("components.ui.edit.mask_sources")
    panel = importlib.import_module("components.ui.edit.mask_panel")
    monkeypatch.setattr(panel, "draw_sources", sources._draw_upload)
    add(app, png())
    wish(app)
    return app


def file_of(image: Image.Image) -> bytes:
    """An image as a PNG."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def cut_out(size: tuple[int, int]) -> bytes:
    """A mask of this size with a see-through hole of a quarter of each edge."""
    mask = Image.new("RGBA", size, "black")
    mask.paste((0, 0, 0, 0), (size[0] // 2, size[1] // 2, size[0] * 3 // 4, size[1] * 3 // 4))
    return file_of(mask)


def give(page: AppTest, data: bytes, reading: str = "Automatic") -> None:
    """Upload a mask."""
    page.selectbox(key="mask.reading").set_value(reading).run()
    chooser = next(one for one in page.get("file_uploader") if one.label == "Image mask")
    chooser.set_value([("mask.png", data, "image/png")]).run()
    assert not page.exception


def refused(page: AppTest, workbench: Workbench, words: str) -> None:
    """The page says why, and a press sends nothing."""
    assert words in texts(page)
    before = len(workbench.library.recent())
    labeled(page, "Edit").click().run()
    assert "Not sent: one thing above" in texts(page)
    assert words in texts(page)
    assert len(workbench.library.recent()) == before


def roles(workbench: Workbench, run_id: str) -> list[str]:
    """What went into a run."""
    return sorted(workbench.library.inputs(run_id))


@pytest.mark.parametrize(
    ("data", "reading", "words"),
    [
        (cut_out((320, 480)), "Automatic", "their shapes differ"),
        (file_of(Image.new("RGBA", SIZE, "black")), "Transparent areas are edited", "nothing in it is see-through"),
        (file_of(Image.new("RGB", SIZE, "white")), "Transparent areas are edited", "nothing in it is see-through"),
        (file_of(Image.new("RGB", SIZE, "white")), "Automatic", "it is the same all over"),
        (file_of(Image.new("RGB", SIZE, "black")), "White areas are edited", "nothing in it is white"),
        (b"no image at all", "Automatic", "mask.png cannot be used as a mask"),
    ],
)
def test_a_mask_that_cannot_be_used_stops_the_edit(
    page: AppTest, workbench: Workbench, data: bytes, reading: str, words: str
) -> None:
    """Whatever is wrong with it: nothing is sent until it is removed."""
    give(page, data, reading)
    refused(page, workbench, words)
    labeled(page, "Remove the mask").click().run()
    assert words not in texts(page)
    assert roles(workbench, press(page, workbench).id) == ["image"]


def test_the_whole_image_is_edited_once_that_was_said(page: AppTest, workbench: Workbench) -> None:
    """A confirmation is for the mask as it is: with another one that cannot be used it has to be given again."""
    give(page, cut_out((320, 480)))
    labeled(page, "Edit the whole image").click().run()
    assert "No mask is sent: the whole image may change." in texts(page)
    labeled(page, "Withdraw").click().run()
    refused(page, workbench, "their shapes differ")
    labeled(page, "Edit the whole image").click().run()
    assert roles(workbench, press(page, workbench).id) == ["image"]
    labeled(page, "Draw").set_value("Mask").run()
    give(page, cut_out((100, 480)))
    refused(page, workbench, "100x480")


def test_a_good_mask_takes_the_place_of_a_bad_one(page: AppTest, workbench: Workbench) -> None:
    """Given again, or painted before."""
    give(page, b"no image at all")
    give(page, cut_out(SIZE))
    assert "cannot be used" not in texts(page)
    give(page, b"no image at all")
    refused(page, workbench, "cannot be used")
    labeled(page, "Keep the mask that is painted").click().run()
    assert roles(workbench, press(page, workbench).id) == ["image", "mask"]


def test_a_mask_of_another_size_is_scaled_after_a_word(page: AppTest, workbench: Workbench) -> None:
    """Of the same shape: one button scales it."""
    give(page, cut_out((240, 160)))
    refused(page, workbench, "mask.png is 240x160, the image 480x320")
    labeled(page, "Scale it to 480x320").click().run()
    assert "240x160" not in texts(page)
    [mask] = workbench.library.inputs(press(page, workbench).id)["mask"]
    assert (mask.width, mask.height) == SIZE


def test_a_mask_that_edits_nothing_stops_the_edit(page: AppTest, workbench: Workbench) -> None:
    """Too soft, or with nothing painted in it any more."""
    paint(page)
    page.slider(key="mask.amount").set_value(100).run()
    for _ in range(3):
        page.button(key="mask.feather").click().run()
    refused(page, workbench, "The edge is so soft")
    page.button(key="mask.clear").click().run()
    page.button(key="mask.all").click().run()
    page.button(key="mask.invert").click().run()
    refused(page, workbench, "Nothing is painted, so there is no mask.")
    labeled(page, "Remove the mask").click().run()
    assert "Nothing is painted" not in texts(page)
    assert roles(workbench, press(page, workbench).id) == ["image"]


def test_a_mask_whose_beginning_is_gone_stops_the_edit(page: AppTest, workbench: Workbench) -> None:
    """Less would be sent than was meant, or nothing."""
    give(page, cut_out(SIZE))
    base = drawing_over(page).now.base
    assert base is not None
    place_of(workbench.full_library).harm("input", base, None)
    page.run()
    refused(page, workbench, "no longer in the library")


def test_markup_that_a_model_does_not_take_stops_the_edit(page: AppTest, workbench: Workbench) -> None:
    """What was drawn is not left out in silence, on whichever side of the choice it is."""
    wish(page, model="gpt-image-2.5-flare")
    paint(page, "markup")
    refused(page, workbench, "Markup is sent only while it is chosen above")
    labeled(page, "Draw").set_value("Markup").run()
    assert "is sent only" not in texts(page)
    wish(page, model="gpt-image-2")
    refused(page, workbench, "This model takes no markup")
    wish(page, model="gpt-image-2.5-flare")
    labeled(page, "Draw").set_value("Mask").run()
    drawing_over(page, "markup").move(-1)
    paint(page)
    labeled(page, "Draw").set_value("Markup").run()
    refused(page, workbench, "Nothing is drawn as markup")
    labeled(page, "Edit the whole image").click().run()
    assert roles(workbench, press(page, workbench).id) == ["image"]


def test_a_run_whose_mask_is_gone_is_not_run_again_without_it(page: AppTest, workbench: Workbench) -> None:
    """Run again fills the form in and says what is missing, in place of an edit of the whole image."""
    paint(page)
    view = press(page, workbench)
    [mask] = workbench.library.inputs(view.id)["mask"]
    place_of(workbench.full_library).harm("input", mask.sha256, None)
    labeled(page, "Run again").click().run()
    assert not page.exception
    assert len(workbench.library.recent()) == 1
    refused(page, workbench, "The mask of this edit cannot be laid over the image")
    assert "Remove the mask" in labels(page)

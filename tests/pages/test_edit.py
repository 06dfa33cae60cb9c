"""The Edit page without a browser: what it shows, checks, keeps and sends; strokes are given as a canvas would."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from components.parameters import CATALOGUE, Group, InputImage, applicable
from components.ui.drawing import Drawing, Step
from components.ui.tray import Entry
from components.ui.workbench import Workbench
from tests.pages.test_generate import labelled, labels, texts, wait_for_end

PAGE = "../../pages/edit.py"
# What the page draws with widgets of its own kind.
DRAWN = {"Image(s)", "Image mask", "Markup"}
EDITORS = [one for one in CATALOGUE if "edit" in CATALOGUE[one].operations]


def edit(app: AppTest, **query: str) -> AppTest:
    """Go to the page, with something in its address."""
    app.run().switch_page(PAGE)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def picture(workbench: Workbench, folder: Path, *, size: tuple[int, int] = (320, 240), seed: int = 0) -> InputImage:
    """A picture that is in the library."""
    file = io.BytesIO()
    Image.new("RGB", size, (40 + seed, 120, 200)).save(file, "PNG")
    data = file.getvalue()
    path = folder / f"{seed}.png"
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return workbench.library.keep_input(
        InputImage(path, f"{seed}.png", "image/png", *size, bytes=len(data), sha256=digest, has_alpha=False)
    )


def put(app: AppTest, *images: InputImage) -> None:
    """Fill the tray."""
    app.session_state["tray.edit"] = [Entry(image) for image in images]


def paint(app: AppTest, image: InputImage, *, purpose: str = "mask") -> None:
    """Draw a rectangle of 100 x 80 in the middle, on a canvas of the picture's size."""
    rectangle = {
        "type": "Rect",
        "left": 160,
        "top": 120,
        "width": 100,
        "height": 80,
        "fill": "#e0245e",
        "strokeWidth": 0,
        "originX": "center",
        "originY": "center",
    }
    drawing = Drawing(steps=[Step((rectangle,), 1.0)])
    app.session_state[f"drawings.{purpose}"] = {image.sha256: drawing}


def test_an_empty_page_says_where_to_begin(app: AppTest) -> None:
    """There is no canvas without a picture, but a sentence; Edit names what is missing and sends nothing."""
    edit(app)
    assert "Add a picture to begin" in {one.value for one in app.subheader}
    labelled(app, "Prompt").set_value("a fox").run()
    labelled(app, "Edit").click().run()
    assert "Add a picture" in texts(app)
    assert "run" not in app.query_params


@pytest.mark.parametrize("model", EDITORS)
def test_only_what_the_model_takes_is_shown(app: AppTest, workbench: Workbench, tmp_path: Path, model: str) -> None:
    """The form shows the parameters of the chosen model that apply, and no others."""
    edit(app, model=model)
    put(app, picture(workbench, tmp_path))
    app.run()
    assert not app.exception
    wanted = {one.label for one in applicable("edit", model, {}) if one.group in Group} - DRAWN
    assert wanted <= labels(app)
    every = {one.label for name in EDITORS for one in applicable("edit", name, {})}
    assert not labels(app) & (every - wanted - DRAWN)


@pytest.mark.parametrize(
    ("model", "shown", "hidden"),
    [
        ("gpt-image-1.5", {"Input fidelity", "Quality"}, {"Complexity"}),
        ("gpt-image-2", {"Quality", "Background"}, {"Input fidelity"}),
        ("dall-e-2", {"Size"}, {"Background", "Input fidelity", "Output format", "Stream"}),
    ],
)
def test_what_the_reference_says_of_models(app: AppTest, model: str, shown: set[str], hidden: set[str]) -> None:
    """Some facts of the API's reference, told apart from the registry."""
    edit(app, model=model)
    assert shown <= labels(app)
    assert not labels(app) & hidden


def test_a_masked_edit_with_the_outside_kept(app: AppTest, workbench: Workbench, tmp_path: Path) -> None:
    """The mask goes along at the picture's size; both versions are there; what changed outside is told."""
    image = picture(workbench, tmp_path)
    edit(app, quality="low")
    put(app, image)
    paint(app, image)
    app.run()
    assert "Mask 10.4%" in texts(app).replace("*", "")
    labelled(app, "Keep outside the mask exactly").set_value(True).run()
    labelled(app, "Prompt").set_value("a red ball").run()
    labelled(app, "Edit").click().run()
    run_id = wait_for_end(app, workbench)
    view = workbench.runner.view(run_id)
    assert view is not None
    assert (view.state, [one.role for one in view.images]) == ("done", ["image", "composite"])
    assert "changed_outside" in (view.images[0].facts or {})
    with Image.open(workbench.library.inputs(run_id)["mask"][0].path) as mask:
        assert (mask.size, mask.mode) == ((320, 240), "RGBA")
        alpha = mask.getchannel("A")
    assert (alpha.getpixel((160, 120)), alpha.getpixel((100, 120))) == (0, 255)
    app.run()
    assert not app.exception
    assert "Before and after" in {one.value for one in app.subheader}


def test_a_failed_run_loses_nothing(app: AppTest, workbench: Workbench, tmp_path: Path) -> None:
    """After a server's error the pictures, their order, the mask and the prompt are as they were."""
    first, second = (picture(workbench, tmp_path, seed=seed) for seed in (1, 2))
    edit(app)
    put(app, first, second)
    paint(app, first)
    labelled(app, "Prompt").set_value("[server error] no").run()
    labelled(app, "Edit").click().run()
    view = workbench.runner.view(wait_for_end(app, workbench))
    assert view is not None
    assert view.state == "failed"
    app.run()
    assert not app.exception
    assert labelled(app, "Prompt").value == "[server error] no"
    assert [entry.image for entry in app.session_state["tray.edit"]] == [first, second]
    assert "Mask 10.4%" in texts(app).replace("*", "")


def test_markup_takes_the_place_of_a_mask(app: AppTest, workbench: Workbench, tmp_path: Path) -> None:
    """With both drawn, the one that is chosen goes along; the page says so."""
    image = picture(workbench, tmp_path)
    edit(app, quality="low")
    put(app, image)
    paint(app, image)
    paint(app, image, purpose="markup")
    app.session_state["edit.mode"] = "Markup"
    app.run()
    assert "instead of a mask" in texts(app)
    labelled(app, "Prompt").set_value("a red ball").run()
    labelled(app, "Edit").click().run()
    assert set(workbench.library.inputs(wait_for_end(app, workbench))) == {"image", "markup"}


def test_more_pictures_than_the_model_takes(app: AppTest, workbench: Workbench, tmp_path: Path) -> None:
    """Seventeen are one too many; nothing is sent and all stay in the tray."""
    images = [picture(workbench, tmp_path, seed=seed) for seed in range(17)]
    edit(app)
    put(app, *images)
    labelled(app, "Prompt").set_value("a fox").run()
    labelled(app, "Edit").click().run()
    assert "16" in texts(app)
    assert "run" not in app.query_params
    assert len(app.session_state["tray.edit"]) == 17


@pytest.mark.parametrize(("offer", "size"), [("Crop", (240, 240)), ("Pad", (320, 320))])
def test_a_square_for_dall_e_2(
    app: AppTest, workbench: Workbench, tmp_path: Path, offer: str, size: tuple[int, int]
) -> None:
    """A picture that is not square is told of, with buttons that make it so."""
    edit(app, model="dall-e-2")
    put(app, picture(workbench, tmp_path))
    app.run()
    labelled(app, "Prompt").set_value("a fox").run()
    labelled(app, "Edit").click().run()
    assert "square" in texts(app)
    assert "run" not in app.query_params
    button = next(one for one in app.button if one.label.startswith(offer))
    button.click().run()
    assert not app.exception
    made = app.session_state["tray.edit"][0].image
    assert (made.width, made.height) == size


def test_hostile_drawings_end_in_no_traceback(app: AppTest, workbench: Workbench, tmp_path: Path) -> None:
    """What a broken canvas could hold draws the page all the same."""
    image = picture(workbench, tmp_path)
    edit(app)
    put(app, image)
    broken: tuple[dict[str, Any], ...] = ({"type": "Path", "path": [["Q", "x"]]}, {"type": "Ellipse"}, {"left": 1e300})
    app.session_state["drawings.mask"] = {image.sha256: Drawing(steps=[Step(broken, 1.0)])}
    app.run()
    assert not app.exception

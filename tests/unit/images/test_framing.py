"""An image is cropped, rotated and padded, and what lies over it moves along."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.images.errors import ImageRefused
from components.images.framing import Framing, framing_from, moved_object, reframe, reframe_mask
from components.images.intake.intake import take_in
from components.images.masks.from_drawing import mask_from_drawing
from components.parameters import InputImage
from tests.unit.images.drawings import rectangle
from tests.unit.images.odd_images import opened, photo, saved

SIZE = (60, 40)


@pytest.fixture(params=["PNG", "JPEG"])
def image(request: pytest.FixtureRequest, tmp_path: Path) -> InputImage:
    data = saved(photo().convert("RGB").resize(SIZE), request.param)
    return take_in("coffee", data, tmp_path, max_pixels=10**6).image


@pytest.fixture
def png(tmp_path: Path) -> InputImage:
    return take_in("coffee.png", saved(photo().convert("RGB").resize(SIZE), "PNG"), tmp_path, max_pixels=10**6).image


def pixels(image: InputImage, mode: str = "RGB") -> np.ndarray:
    return np.asarray(opened(image.path).convert(mode))


def test_a_crop_keeps_the_pixels_and_the_format(image: InputImage, tmp_path: Path) -> None:
    """A PNG's pixels stay; a JPEG stays a JPEG, as good as it was. The former file is not touched."""
    before = pixels(image)
    cropped = reframe(image, Framing((10, 5, 50, 35)), tmp_path)
    assert (cropped.width, cropped.height, cropped.content_type) == (40, 30, image.content_type)
    assert not cropped.has_alpha
    assert cropped.sha256 != image.sha256
    difference = np.abs(pixels(cropped).astype(int) - before[5:35, 10:50])
    assert difference.mean() < (0.001 if image.content_type == "image/png" else 3)
    assert np.array_equal(pixels(image), before)


@pytest.mark.parametrize(("turns", "rot90"), [(1, 3), (2, 2), (3, 1)])
def test_quarter_turns_are_exact(png: InputImage, tmp_path: Path, turns: int, rot90: int) -> None:
    """They go clockwise and move every pixel without a change."""
    framing = Framing((0, 0, *((40, 60) if turns % 2 else SIZE)), turns)
    assert np.array_equal(pixels(reframe(png, framing, tmp_path)), np.rot90(pixels(png), rot90))


def test_padding_is_colored_or_transparent(image: InputImage, tmp_path: Path) -> None:
    """A color keeps the format, transparency needs a PNG; the old pixels stay where they were."""
    box = (-10, -5, 70, 40)
    red, clear = (reframe(image, Framing(box, fill=fill), tmp_path) for fill in ("#ff0000", None))
    assert (red.content_type, red.has_alpha) == (image.content_type, False)
    assert np.abs(pixels(red)[:, :2].astype(int) - [255, 0, 0]).max() < 40
    assert (clear.content_type, clear.has_alpha, clear.width, clear.height) == ("image/png", True, 80, 45)
    found = pixels(clear, "RGBA")
    assert np.array_equal(found[5:, 10:70, :3], pixels(image))
    assert found[5:, 10:70, 3].min() == 255
    assert found[:5, :, 3].max() == found[:, 70:, 3].max() == 0


def test_padding_leaves_the_transparency_of_the_image(tmp_path: Path) -> None:
    """The color fills what is new, not what was transparent before."""
    data = saved(Image.new("RGBA", (20, 20), (0, 0, 255, 0)), "PNG")
    image = take_in("clear.png", data, tmp_path, max_pixels=10**6).image
    found = pixels(reframe(image, Framing((0, 0, 30, 20), fill="#00ff00"), tmp_path), "RGBA")
    assert found[0, 10, 3] == 0
    assert tuple(found[0, 25]) == (0, 255, 0, 255)


def test_a_fine_rotation_is_about_the_center_and_has_smooth_edges(tmp_path: Path) -> None:
    """The center stays, the corners become the padding, and the slanting edge has values in between."""
    marked = Image.new("RGB", (101, 61), (0, 0, 255))
    marked.paste((255, 255, 0), (48, 28, 53, 33))
    image = take_in("marked.png", saved(marked, "PNG"), tmp_path, max_pixels=10**6).image
    framing = Framing((0, 0, 101, 61), angle=10)
    found = pixels(reframe(image, framing, tmp_path), "RGBA")
    assert tuple(found[30, 50]) == (255, 255, 0, 255)
    assert found[0, 0, 3] == 0
    assert found[60, 100, 3] == 0
    alpha = found[..., 3]
    assert ((alpha > 10) & (alpha < 245)).sum() > 10
    edge = found[(alpha > 60) & (alpha < 200)]
    assert edge[:, 2].min() > 240, "the edge keeps the image's color, and does not darken"
    inside = framing_from({"box": [20, 20, 80, 40], "angle": 10})
    assert not inside.has_gaps(image_size := (101, 61))
    assert framing.has_gaps(image_size)


FRAMINGS = (
    Framing((10, 5, 70, 35)),
    Framing((-4, -8, 40, 60), 1),
    Framing((0, 0, 60, 40), 2, 12.0),
    Framing((5, 5, 38, 55), 3, -7.5),
)


@pytest.mark.parametrize("framing", FRAMINGS)
def test_mask_and_markup_move_along(png: InputImage, tmp_path: Path, framing: Framing) -> None:
    """What was painted lies over the same part of the image afterwards, as pixels and as an object of the canvas."""
    scale, drawn = 2.0, rectangle(24, 20, 60, 30)
    canvas = (SIZE[0] * scale, SIZE[1] * scale)
    mask = mask_from_drawing({"objects": [drawn]}, SIZE, canvas)
    marked = Image.new("RGB", SIZE)
    marked.paste((255, 255, 255), mask=mask)
    image = take_in("marked.png", saved(marked, "PNG"), tmp_path, max_pixels=10**6).image
    result = reframe(image, framing, tmp_path)
    wanted = np.asarray(opened(result.path).convert("RGBA")).astype(int)
    wanted = wanted[..., 0] * (wanted[..., 3] > 0)
    moved = reframe_mask(mask, framing)
    assert moved.size == framing.size
    assert np.abs(np.asarray(moved).astype(int) - wanted).max() < 12
    objects = [moved_object(drawn, framing, SIZE, scale)]
    width, height = framing.size
    painted = np.asarray(mask_from_drawing({"objects": objects}, framing.size, (width * scale, height * scale)))
    assert np.abs(painted.astype(int) - np.asarray(moved)).mean() < 2.5
    assert abs(int(painted.sum()) - int(np.asarray(moved, dtype=int).sum())) < 0.03 * painted.sum()


BROKEN = (
    {},
    {"box": [0, 0, 0, 10]},
    {"box": [0, 0, "x", 10]},
    {"box": [0, 0, 1e9, 10]},
    {"box": [0, 0, 10, float("nan")]},
    {"box": [0, 0, 10, 10], "angle": 60},
    {"box": [0, 0, 10, 10], "angle": float("nan")},
    {"box": [0, 0, 10, 10], "fill": "red"},
)


@pytest.mark.parametrize("event", BROKEN)
def test_a_broken_frame_is_refused(event: dict[str, object]) -> None:
    """What a browser sends is checked."""
    with pytest.raises(ImageRefused):
        framing_from(event)


@pytest.mark.parametrize(("framing", "words"), [
    (Framing((0, 0, *SIZE)), "changes nothing"), (Framing((60, 0, 90, 40)), "shows nothing"),
    (Framing((-900, -900, 900, 900)), "at most 1 megapixels"),
])  # fmt: skip
def test_a_frame_that_makes_no_sense_is_refused(png: InputImage, tmp_path: Path, framing: Framing, words: str) -> None:
    """The message says why."""
    with pytest.raises(ImageRefused, match=words):
        reframe(png, framing, tmp_path, max_pixels=10**6)

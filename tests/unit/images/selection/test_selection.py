"""Selecting by clicks on an object, by color, and by what a painted line encloses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from components.images.masks.operations import share
from components.images.selection import clicks
from components.images.selection.clicks import Clicks, select_object
from components.images.selection.color import fill, select_color
from tests.setup.environment import ROOT

SAMPLES = ROOT / "tests" / "samples"
OUTLINES = json.loads((SAMPLES / "hand-drawn-masks.json").read_text(encoding="utf-8"))

# What a person points at, in pixels: on it, beside it, and the box around it.
POINTED = {
    "coffee.png": ([(285, 50), (130, 220)], [], None),
    "astronaut.png": (
        [(100, 350), (225, 60), (225, 110), (320, 300), (240, 220), (170, 385)],
        [(400, 430), (20, 300), (80, 100), (330, 100), (320, 450)],
        (16, 12, 366, 511),
    ),
    "grace_hopper.jpg": (
        [(260, 200), (260, 110), (150, 450), (400, 450), (260, 370)],
        [(100, 250), (430, 200)],
        (5, 20, 511, 599),
    ),
}


def as_array(mask: Image.Image) -> NDArray[np.bool_]:
    return np.asarray(mask) > 127


def saved(folder: Path, image: Image.Image) -> Path:
    path = folder / "image.png"
    image.save(path)
    return path


def two_squares() -> Image.Image:
    """Two red squares on gray, the second one a little darker, and a blue one."""
    image = Image.new("RGB", (120, 60), (90, 90, 90))
    for left, color in ((10, (200, 40, 40)), (50, (190, 45, 40)), (90, (40, 40, 200))):
        image.paste(color, (left, 20, left + 20, 40))
    return image


@pytest.mark.parametrize("name", POINTED)
def test_clicks_reach_what_is_drawn_by_hand(name: str) -> None:
    """Intersection over union with a mask drawn by hand is at least 0.9, and the same clicks select the same."""
    with Image.open(SAMPLES / name) as photo:
        width, height = photo.size
    hand = Image.new("L", (width, height))
    ImageDraw.Draw(hand).polygon([tuple(point) for point in OUTLINES[name]], fill=255)
    inside, outside, box = POINTED[name]
    pointed = Clicks(
        tuple((x / width, y / height) for x, y in inside),
        tuple((x / width, y / height) for x, y in outside),
        box and (box[0] / width, box[1] / height, box[2] / width, box[3] / height),
    )
    found = select_object(SAMPLES / name, (width, height), pointed)
    ours, theirs = as_array(found), as_array(hand)
    assert (ours & theirs).sum() / (ours | theirs).sum() >= 0.9
    assert found == select_object(SAMPLES / name, (width, height), pointed)


def test_a_box_is_a_start_and_a_click_beside_takes_away() -> None:
    """The box alone finds the crockery; a click on the spoon's bowl as background leaves it out."""
    size = (600, 400)
    box = (70 / 600, 12 / 400, 484 / 600, 392 / 400)
    complete = select_object(SAMPLES / "coffee.png", size, Clicks(box=box))
    on_cup, on_saucer, spoon = (285 / 600, 50 / 400), (130 / 600, 220 / 400), (365 / 600, 290 / 400)
    less = select_object(SAMPLES / "coffee.png", size, Clicks((on_cup, on_saucer), (spoon,), box))
    assert as_array(complete)[290, 365]
    assert not as_array(less)[290, 365]
    assert as_array(less)[50, 285]
    assert not as_array(complete)[:10].any()


def test_odd_clicks_select_no_more_than_they_can(tmp_path: Path) -> None:
    """No click, one beside alone, points outside of the image, an image of one color and one of one pixel."""
    path, size = saved(tmp_path, two_squares()), (120, 60)
    for pointed in (Clicks(), Clicks(outside=((0.5, 0.5),))):
        assert not as_array(select_object(path, size, pointed)).any()
    assert select_object(path, size, Clicks(inside=((2.0, -1.0),), outside=((0.0, 5.0),))).size == size
    assert not as_array(select_object(path, size, Clicks(inside=((0.17, 0.5),))))[:, 60:].any()
    for side in ((64, 64), (1, 1)):
        (folder := tmp_path / str(side[0])).mkdir()
        plain = saved(folder, Image.new("RGB", side, "white"))
        assert select_object(plain, side, Clicks(inside=((0.5, 0.5),))).size == side
        assert select_object(plain, side, Clicks(box=(0.2, 0.2, 0.2, 0.2))).size == side


def test_without_opencv_nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is looked for, not imported."""
    monkeypatch.setattr(clicks, "find_spec", lambda name: None)
    assert not clicks.is_installed()


def test_the_wand_selects_by_color(tmp_path: Path) -> None:
    """What connects with the click, or that color everywhere; no tolerance is the very color."""
    path, size = saved(tmp_path, two_squares()), (120, 60)
    point = (20 / 120, 30 / 60)

    def boxes(tolerance: int, contiguous: bool) -> tuple[int, ...] | None:
        return select_color(path, size, point, tolerance=tolerance, contiguous=contiguous).getbbox()

    assert boxes(0, True) == boxes(32, True) == boxes(0, False) == (10, 20, 30, 40)
    assert boxes(32, False) == (10, 20, 70, 40)
    assert boxes(255, True) == (0, 0, *size)


def test_the_wand_sees_no_hidden_colors(tmp_path: Path) -> None:
    """Transparent pixels are alike whatever color they hide; opaque ones of that color are not."""
    image = Image.new("RGBA", (40, 20), (255, 0, 0, 0))
    image.paste((0, 0, 255, 0), (10, 0, 20, 20))
    image.paste((255, 0, 0, 255), (20, 0, 40, 20))
    found = select_color(saved(tmp_path, image), (40, 20), (0.1, 0.5), tolerance=10, contiguous=True)
    assert found.getbbox() == (0, 0, 20, 20)


def test_fill_paints_what_is_enclosed_and_leaves_no_seam() -> None:
    """An outline with soft edges is filled to its middle; filling it to be empty takes all of it away."""
    ring = Image.new("L", (100, 100))
    ImageDraw.Draw(ring).ellipse((20, 20, 80, 80), outline=255, width=8)
    ring = ring.resize((200, 200), Image.Resampling.BICUBIC)
    filled = fill(ring, (0.5, 0.5), painted=True)
    assert np.asarray(filled)[60:140, 60:140].min() == 255
    assert np.asarray(filled)[:20].max() == 0
    assert share(fill(filled, (0.5, 0.5), painted=False)) < 0.001
    assert fill(filled, (0.5, 0.5), painted=True) == filled
    assert fill(filled, (0.0, 0.0), painted=False) == filled

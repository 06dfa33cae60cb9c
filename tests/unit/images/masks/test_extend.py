"""An image is extended by borders, and its mask covers what is new."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.images.errors import ImageRefused
from components.images.intake.intake import take_in
from components.images.masks.extend import SEAM, Borders, borders_for_ratio, extend
from components.parameters import InputImage
from tests.unit.images.odd_images import opened, photo, saved


@pytest.fixture
def image(tmp_path: Path) -> InputImage:
    return take_in("coffee.jpg", saved(photo().resize((60, 40)), "JPEG"), tmp_path, max_pixels=10**6).image


@pytest.mark.parametrize(
    ("size", "ratio", "borders"),
    [
        ((600, 400), 1.0, Borders(0, 100, 0, 100)),
        ((600, 401), 1.0, Borders(0, 100, 0, 99)),
        ((400, 600), 16 / 9, Borders(334, 0, 333, 0)),
        ((600, 400), 1.5, Borders()),
        ((1, 1), 3.0, Borders(1, 0, 1, 0)),
    ],
)
def test_the_smallest_borders_for_a_ratio(size: tuple[int, int], ratio: float, borders: Borders) -> None:
    """Two sides grow, evenly, to the pixel; nothing is cut off."""
    found = borders_for_ratio(*size, ratio)
    width, height = size[0] + found.left + found.right, size[1] + found.top + found.bottom
    assert width / height == pytest.approx(ratio, abs=1.01 / height)
    assert sum(vars(found).values()) == sum(vars(borders).values())
    assert abs(found.left - borders.left) + abs(found.top - borders.top) <= 1


def test_the_old_image_stays_and_the_rest_is_see_through(image: InputImage, tmp_path: Path) -> None:
    """Every old pixel is where it was, every new one has alpha 0; the file is a PNG named "…-extended"."""
    larger, mask = extend(image, Borders(10, 20, 30, 0), tmp_path)
    assert (larger.width, larger.height) == mask.size == (100, 60)
    assert (larger.content_type, larger.has_alpha, larger.name) == ("image/png", True, "coffee-extended.png")
    pixels = np.asarray(opened(larger.path))
    assert np.array_equal(pixels[20:, 10:70, :3], np.asarray(opened(image.path)))
    assert (pixels[20:, 10:70, 3] == 255).all()
    assert pixels[:20].max() == pixels[:, :10].max() == pixels[:, 70:].max() == 0


def test_the_mask_reaches_over_the_seam_where_something_is_new(image: InputImage, tmp_path: Path) -> None:
    """It covers the new area and a few old pixels next to it, but not on sides that did not grow."""
    _, mask = extend(image, Borders(left=10, top=20), tmp_path)
    kept = np.argwhere(np.asarray(mask) == 0)
    assert kept.min(axis=0).tolist() == [20 + SEAM, 10 + SEAM]
    assert kept.max(axis=0).tolist() == [59, 69]


def test_a_tiny_image_keeps_something(tmp_path: Path) -> None:
    """The seam never covers all of the old image."""
    tiny = take_in("tiny.png", saved(photo().resize((3, 5)), "PNG"), tmp_path, max_pixels=10**6).image
    _, mask = extend(tiny, Borders(4, 4, 4, 4), tmp_path)
    assert mask.getextrema() == (0, 255)


@pytest.mark.parametrize(
    ("borders", "piece"), [(Borders(), "Nothing is added"), (Borders(left=-5), "Nothing"), (Borders(900), "megapixels")]
)
def test_invalid_borders_are_refused(image: InputImage, borders: Borders, piece: str, tmp_path: Path) -> None:
    """No borders, negative ones, and ones that make the image too large are refused."""
    with pytest.raises(ImageRefused, match=piece):
        extend(image, borders, tmp_path, max_pixels=20_000)

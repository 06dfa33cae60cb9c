"""Operations on masks, and masks from uploads."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from components.images.decoding.opening import decode
from components.images.errors import ImageRefused
from components.images.masks import operations as work
from tests.unit.images.drawings import values
from tests.unit.images.odd_images import deep_png, saved


def blot(size: tuple[int, int] = (120, 90), box: tuple[int, int, int, int] = (40, 30, 80, 60)) -> Image.Image:
    """Return a mask with one painted rectangle (left, top, right, bottom; the last two not included)."""
    mask = Image.new("L", size)
    mask.paste(255, box)
    return mask


def test_invert_and_select_all() -> None:
    """Inverting twice changes nothing; select_all paints everything."""
    assert work.invert(blot()).getpixel((0, 0)) == 255
    assert work.invert(work.invert(blot())).tobytes() == blot().tobytes()
    assert work.select_all((7, 5)).getextrema() == (255, 255)


@pytest.mark.parametrize("pixels", [1, 2, 7, 20])
def test_growing_reaches_exactly_the_distance_all_around(pixels: int) -> None:
    """One pixel grows to the disc of all pixels within the distance."""
    point = Image.new("L", (61, 61))
    point.putpixel((30, 30), 255)
    y, x = np.mgrid[-30:31, -30:31]
    assert np.array_equal(values(work.grow(point, pixels)) == 1, np.hypot(x, y) <= pixels)


def test_shrinking_undoes_growing_but_not_at_the_images_edge() -> None:
    """A rectangle grown and shrunk is itself again; one at the image's edge is not eaten from there."""
    assert work.shrink(work.grow(blot(), 9), 9).tobytes() == blot().tobytes()
    edge = blot(box=(0, 0, 50, 90))
    assert work.shrink(edge, 10).getbbox() == (0, 0, 40, 90)
    assert work.shrink(blot(box=(40, 30, 45, 35)), 10).getbbox() is None


@pytest.mark.parametrize("operation", [work.grow, work.shrink, work.feather])
@pytest.mark.parametrize("mask", [Image.new("L", (9, 4)), Image.new("L", (9, 4), 255), blot((9, 4), (2, 1, 3, 2))])
def test_the_smallest_masks_take_any_amount(operation: Callable[..., Image.Image], mask: Image.Image) -> None:
    """Any distance, and an empty or a full mask, cause no error and keep the size."""
    before = mask.tobytes()
    assert operation(mask, 0).tobytes() == before
    assert operation(mask, 50).size == mask.size
    assert mask.tobytes() == before


def test_a_feather_is_soft_on_both_sides() -> None:
    """The edge is at half; a feather's width away it is full inside and zero outside."""
    soft = values(work.feather(blot((200, 200), (0, 0, 100, 200)), 20))
    assert soft[100, 99:101].mean() == pytest.approx(0.5, abs=0.02)
    assert soft[100, 70] > 0.98
    assert soft[100, 130] < 0.02
    assert soft[100, 90] > soft[100, 110] > 0


@pytest.mark.parametrize(("mask", "expected"), [(blot(), 1200 / 10800), (Image.new("L", (5, 5), 51), 0.2)])
def test_the_share_counts_half_painted_pixels_half(mask: Image.Image, expected: float) -> None:
    """The share is the painted part of the image."""
    assert work.share(mask) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("mask", "piece"),
    [
        (Image.new("L", (9, 9)), "Nothing is painted"),
        (Image.new("L", (9, 9), 255), "whole image"),
        (Image.new("L", (9, 9), 200), "so soft"),
        (blot(), None),
    ],
)
def test_mask_problems_are_reported_before_they_cost_money(mask: Image.Image, piece: str | None) -> None:
    """An empty mask, a full one, and one without alpha 0 on the wire are reported."""
    trouble = work.mask_problem(mask)
    assert trouble is None if piece is None else trouble is not None and piece in trouble


def test_an_images_own_transparency_is_a_mask() -> None:
    """See-through parts are painted, half see-through ones half painted; an image without alpha paints nothing."""
    image = Image.new("RGBA", (4, 1), (9, 9, 9, 255))
    image.putpixel((0, 0), (9, 9, 9, 0))
    image.putpixel((1, 0), (9, 9, 9, 155))
    assert list(work.mask_from_alpha(image).tobytes()) == [255, 100, 0, 0]
    palette = Image.new("P", (2, 1))
    palette.info["transparency"] = 0
    assert work.mask_from_alpha(palette).getextrema() == (255, 255)
    assert work.mask_from_alpha(image.convert("RGB")).getextrema() == (0, 0)


WHITE = blot().convert("RGB")
BLACK = work.invert(blot()).convert("L")
HOLE = Image.merge("RGBA", (*[Image.new("L", (120, 90), 255)] * 3, work.invert(blot())))


@pytest.mark.parametrize(
    ("upload", "reading"),
    [
        *((upload, "auto") for upload in (WHITE, BLACK, HOLE, HOLE.convert("LA"), WHITE.convert("1"))),
        (WHITE.convert("RGBA"), "auto"),
        (WHITE, "white"),
        (BLACK, "black"),
        (HOLE, "alpha"),
        (work.invert(blot()).convert("L"), "black"),
    ],
)
def test_uploaded_masks_are_read_either_way_round(upload: Image.Image, reading: str) -> None:
    """Alpha, white or black may mark what is edited; "auto" tries alpha, then the rarer of black and white."""
    assert work.mask_from_upload(upload, (120, 90), reading=reading).tobytes() == blot().tobytes()


def test_an_uploaded_mask_is_scaled_but_not_distorted() -> None:
    """One of the same shape fits after scaling; one of another shape is refused with both sizes."""
    assert work.mask_from_upload(WHITE, (240, 180)).getbbox() == pytest.approx((80, 60, 160, 120), abs=3)
    with pytest.raises(ImageRefused, match="120x90, the image 90x120"):
        work.mask_from_upload(WHITE, (90, 120))


def test_a_mask_from_a_file(tmp_path: Path) -> None:
    """16 bits are read; a file that is not an image is refused."""
    deep = deep_png(np.where(values(blot()) > 0, 40000, 300), 0)
    assert work.mask_from_upload(decode(deep, max_pixels=20_000), (120, 90)).getextrema() == (1, 156)
    path = tmp_path / "mask.png"
    path.write_bytes(saved(HOLE, "PNG"))
    assert work.mask_from_upload(decode(path, max_pixels=20_000), (120, 90)).tobytes() == blot().tobytes()
    for data, limit in ((b"nonsense", 20_000), (path.read_bytes(), 100)):
        with pytest.raises(ImageRefused):
            decode(data, max_pixels=limit)


def test_a_disc_grows_as_geometry_says() -> None:
    """A disc of 30 pixels grown by 12 covers the area of one of 42."""
    mask = Image.new("L", (120, 120))
    ImageDraw.Draw(mask).ellipse((30, 30, 90, 90), fill=255)
    assert values(work.grow(mask, 12)).sum() == pytest.approx(math.pi * 42.5**2, rel=0.03)

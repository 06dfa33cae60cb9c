"""Polygons and strokes cover exactly what geometry says they do."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from components.images.drawing.affine import Points
from components.images.drawing.rasterizer import box_of, edges_of, rasterize
from components.images.drawing.stroker import Pen, outline


def drawn(polygons: list[Points], width: int = 120, height: int = 120) -> NDArray[np.float64]:
    """Return the coverage of an image, from 0 to 1."""
    return rasterize(edges_of(polygons), (0, 0, width, height)).astype(float) / 255


def polygon(*points: tuple[float, float]) -> Points:
    return np.array(points, float)


def circle(x: float, y: float, radius: float, corners: int = 720) -> Points:
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def truth(points: Points, half: float, closed: bool, fine: int = 8, size: int = 120) -> NDArray[np.float64]:
    """Return the share of each pixel that is within `half` of the line, sampled `fine` times finer."""
    y, x = (np.mgrid[0 : size * fine, 0 : size * fine] + 0.5) / fine
    nearest = np.full(x.shape, np.inf)
    ends = np.concatenate([points, points[:1]]) if closed else points
    for (ax, ay), (bx, by) in pairwise(ends):
        vx, vy = bx - ax, by - ay
        along = np.clip(((x - ax) * vx + (y - ay) * vy) / ((vx * vx + vy * vy) or 1), 0, 1)
        np.minimum(nearest, np.hypot(x - ax - along * vx, y - ay - along * vy), out=nearest)
    inside: NDArray[np.float64] = (nearest <= half).reshape(size, fine, size, fine).mean(axis=(1, 3))
    return inside


@pytest.mark.parametrize(
    ("points", "area"),
    [
        (polygon((10.25, 20.5), (30.75, 20.5), (30.75, 40.25), (10.25, 40.25)), 20.5 * 19.75),
        (polygon((0, 0), (100, 1), (0, 2)), 100),
        (polygon((5, 5), (5.5, 100), (6, 5)), 47.5),
        (circle(60, 60, 40), 720 / 2 * 1600 * math.sin(2 * math.pi / 720)),
        (polygon((60, 60), (60, 60), (60, 60)), 0),
        (polygon((10, 10), (100, 10)), 0),
    ],
)
@pytest.mark.parametrize("way", [1, -1])
def test_areas_are_exact(points: Points, area: float, way: int) -> None:
    """The sum of all shares is the polygon's area, whatever its direction."""
    assert drawn([points[::way]]).sum() == pytest.approx(area, abs=0.3)


@pytest.mark.parametrize("shift", [(-60, 0), (60, 0), (0, -60), (0, 60), (-200, 0), (0, 500)])
def test_parts_outside_the_image_are_cut_off(shift: tuple[float, float]) -> None:
    """Half a circle beyond any edge leaves exactly its other half; one far out leaves nothing."""
    covered = drawn([circle(60 + shift[0], 60 + shift[1], 40)])
    expected = np.pi * 1600 / 2 if max(map(abs, shift)) == 60 else 0
    assert covered.sum() == pytest.approx(expected, abs=2)


def test_overlapping_polygons_form_their_union() -> None:
    """An area covered twice counts once."""
    one, two = polygon((10, 10), (60, 10), (60, 60), (10, 60)), polygon((40, 40), (90, 40), (90, 90), (40, 90))
    assert drawn([one, two]).sum() == pytest.approx(2500 + 2500 - 400, abs=0.1)


def test_bands_and_portions_do_not_show() -> None:
    """A large image that is filled in many bands, from very many edges, has no seams."""
    random.seed(5)
    spots = [circle(random.uniform(0, 900), random.uniform(0, 900), 3, 40) for _ in range(6000)]
    filled = drawn([*spots, polygon((0, 0), (900, 0), (900, 900), (0, 900))], 900, 900)
    assert filled.min() == 1


@pytest.mark.parametrize("seed", range(12))
def test_round_strokes_cover_all_within_half_their_width(seed: int) -> None:
    """However a line turns, no hole is left inside, nothing is painted outside, and the edges are right on average."""
    chance = random.Random(seed)
    half, step, turn = chance.choice([3, 8, 20]), chance.choice([0.4, 2, 15]), chance.choice([0.3, 1, 3.1])
    closed = seed % 3 == 2
    x = y = 60.0
    angle, points = chance.uniform(0, 6), []
    for _ in range(chance.choice([2, 5, 30])):
        points.append((x, y))
        angle += chance.uniform(-turn, turn)
        x, y = (min(95.0, max(25.0, at + step * go)) for at, go in ((x, math.cos(angle)), (y, math.sin(angle))))
    line = np.array(points)
    got = drawn(outline(line, closed, Pen(half)))
    expected = truth(line, half, closed)
    assert got[expected == 1].min() > 0.78
    assert got[expected == 0].max(initial=0) < 0.15
    assert np.abs(got - expected)[(expected > 0) & (expected < 1)].mean() < 0.12


@pytest.mark.parametrize(("cap", "area"), [("butt", 50 * 20), ("square", 70 * 20), ("round", 50 * 20 + math.pi * 100)])
def test_ends(cap: str, area: float) -> None:
    """A line ends at its point, half its width later, or round."""
    covered = drawn(outline(polygon((30, 60), (80, 60)), False, Pen(10, cap=cap)))
    assert covered.sum() == pytest.approx(area, rel=0.004)


@pytest.mark.parametrize(
    ("join", "limit", "corner"), [("miter", 4, 1), ("miter", 1.2, 0), ("bevel", 4, 0), ("round", 4, 0)]
)
def test_corners(join: str, limit: float, corner: int) -> None:
    """Only a miter within its limit reaches into the corner's square."""
    line = polygon((20, 90), (90, 90), (90, 20))
    assert drawn(outline(line, False, Pen(10, "butt", join, limit)))[98, 98] == corner


@pytest.mark.parametrize(("cap", "area"), [("butt", 0), ("square", 400), ("round", math.pi * 100)])
def test_a_click_is_a_dot(cap: str, area: float) -> None:
    """A line without length paints as far as its ends reach."""
    assert drawn(outline(polygon((50, 50), (50, 50)), False, Pen(10, cap))).sum() == pytest.approx(area, rel=0.01)


def test_a_closed_line_has_no_ends() -> None:
    """A square's outline is a ring: mitered outside, empty inside."""
    ring = drawn(outline(polygon((30, 30), (90, 30), (90, 90), (30, 90)), True, Pen(5, "butt", "miter")))
    assert ring.sum() == pytest.approx(70 * 70 - 50 * 50, abs=0.5)
    assert (ring[60, 60], ring[26, 26]) == (0, 1)


def test_a_box_is_the_smallest_that_holds_all() -> None:
    """The pixels that edges touch, inside the image; None for nothing or for all outside."""
    assert box_of(edges_of([circle(50, 50, 10.5)]), 200, 100) == (39, 39, 61, 61)
    assert box_of(edges_of([circle(0, 0, 10)]), 200, 100) == (0, 0, 10, 10)
    assert box_of(edges_of([circle(-50, 0, 10)]), 200, 100) is None
    assert box_of(edges_of([]), 200, 100) is None

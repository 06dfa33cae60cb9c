"""A mask of 200 strokes at 3840x2160: our drawing, antialiased and from the canvas's JSON, against bare Pillow.

Bare Pillow draws the same strokes through the mouse's own points, without reading JSON, without curves between the
points and without antialiasing: for each stroke one `line` with round joints and an `ellipse` at both ends.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from components.images.intake.intake import take_in
from components.images.masks.from_drawing import mask_from_drawing
from components.images.masks.png import MASK_BYTES, mask_png
from components.images.preview import preview_of, small_image
from components.images.selection import clicks
from components.images.selection.clicks import Clicks, select_object
from components.images.selection.color import select_color
from tests.bench.report import Ratio, record
from tests.setup.environment import ROOT

STROKES = 200
POINTS = 40
CANVAS = (960, 540)
IMAGE = (3840, 2160)
SCALE = IMAGE[0] / CANVAS[0]
ROUNDS = 4

Stroke = list[tuple[int, int]]


def strokes(step: float) -> list[Stroke]:
    """Mouse tracks over the canvas, in its whole pixels, with `step` pixels between two points."""
    chance = random.Random(1)
    tracks = []
    for _ in range(STROKES):
        x, y, angle = chance.uniform(50, 900), chance.uniform(50, 500), chance.uniform(0, 6.28)
        track: Stroke = []
        for _ in range(POINTS):
            track.append((round(x), round(y)))
            angle += chance.uniform(-0.5, 0.5)
            x, y = x + step * math.cos(angle), y + step * math.sin(angle)
        tracks.append(track)
    return tracks


def brush_path(points: Stroke, width: int) -> dict[str, Any]:
    """What Fabric's brush makes of a track: curves from middle to middle of its points."""
    path: list[list[Any]] = [["M", *points[0]]]
    for (x, y), (next_x, next_y) in pairwise(points):
        path.append(["Q", x, y, (x + next_x) / 2, (y + next_y) / 2])
    path.append(["L", *points[-1]])
    looks = {"fill": None, "stroke": "#e0245e", "strokeWidth": width, "strokeLineCap": "round"}
    place = {"left": points[0][0], "top": points[0][1], "originX": "center", "originY": "center"}
    return {"type": "Path", "path": path, "strokeLineJoin": "round", **looks, **place}


def bare(tracks: list[Stroke], width: int) -> Image.Image:
    """The same with nothing but Pillow's draw calls."""
    image = Image.new("L", IMAGE)
    draw = ImageDraw.Draw(image)
    wide = int(width * SCALE)
    for track in tracks:
        points = [(x * SCALE, y * SCALE) for x, y in track]
        draw.line(points, 255, wide, joint="curve")
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2), 255)
    return image


def shortest(*calls: Callable[[], object]) -> list[float]:
    """The shortest of several rounds of each, taken in turns."""
    best = [math.inf] * len(calls)
    for _ in range(ROUNDS):
        for number, call in enumerate(calls):
            start = time.perf_counter()
            call()
            best[number] = min(best[number], time.perf_counter() - start)
    return best


@pytest.mark.parametrize("width", [10, 40, 80])
def test_a_mask_of_200_strokes(record_property: Callable[[str, object], None], width: int) -> None:
    """Drawn from the canvas's JSON, sharp and antialiased, in at most twice the time of the bare draw calls."""
    tracks = strokes(9)
    drawing = {"version": "7.4.0", "objects": [brush_path(track, width) for track in tracks]}
    ours, theirs = shortest(lambda: mask_from_drawing(drawing, IMAGE, CANVAS), lambda: bare(tracks, width))
    what = f"mask of {STROKES} strokes of {width * SCALE:.0f} px at 3840x2160"
    record(record_property, Ratio(what, ours, theirs, "s", 2))
    assert mask_from_drawing(drawing, IMAGE, CANVAS).getextrema() == (0, 255)


def test_that_mask_as_a_file(record_property: Callable[[str, object], None], tmp_path: Path) -> None:
    """Its PNG is written in the time that Pillow takes to save the same pixels with its own settings, and smaller."""
    tracks = strokes(9)
    drawing = {"version": "7.4.0", "objects": [brush_path(track, 20) for track in tracks]}
    mask = mask_from_drawing(drawing, IMAGE, CANVAS)
    alone = Image.merge("RGBA", (*[Image.new("L", IMAGE)] * 3, mask))
    ours, theirs = shortest(lambda: mask_png(mask, tmp_path), lambda: alone.save(tmp_path / "alone.png"))
    record(record_property, Ratio("that mask as a PNG", ours, theirs, "s"))
    assert mask_png(mask, tmp_path).bytes < MASK_BYTES


def test_a_large_photo_is_taken_in(record_property: Callable[[str, object], None], tmp_path: Path) -> None:
    """A JPEG of some 30 MB is checked and kept, and made small for the canvas, each against one bare decode."""
    photo = Image.open(ROOT / "tests" / "samples" / "coffee.png").convert("RGB")
    noise = Image.effect_noise((8000, 5333), 40).convert("RGB")
    photo = Image.blend(photo.resize((8000, 5333), Image.Resampling.BICUBIC), noise, 0.4)
    path = tmp_path / "photo.jpg"
    photo.save(path, quality=95, subsampling=0)
    data = path.read_bytes()
    ours, theirs, preview = shortest(
        lambda: take_in("photo.jpg", data, tmp_path, max_pixels=80_000_000),
        lambda: Image.open(path).load(),
        lambda: preview_of(small_image(path, (1400, 1000), max_pixels=80_000_000), (1400, 1000)),
    )
    what = f"a {len(data) / 1e6:.0f} MB photo taken in"
    record(record_property, Ratio(what, ours, theirs, "s"), Ratio("the preview alone", preview, theirs, "s"))


def test_clicks_on_12_megapixels(record_property: Callable[[str, object], None], tmp_path: Path) -> None:
    """An object by a click, with and without its reduced copy made before, and the wand, against one bare decode."""
    photo = Image.open(ROOT / "tests" / "samples" / "coffee.png").convert("RGB")
    path, size = tmp_path / "photo.jpg", (4000, 3000)
    photo.resize(size, Image.Resampling.BICUBIC).save(path, quality=92)
    pointed = Clicks(((0.475, 0.125), (0.217, 0.55)), (), (0.12, 0.03, 0.81, 0.98))

    def first() -> None:
        clicks._copy.cache_clear()
        select_object(path, size, pointed)

    begun, further, wand, theirs = shortest(
        first,
        lambda: select_object(path, size, pointed),
        lambda: select_color(path, size, (0.05, 0.05), tolerance=32, contiguous=True),
        lambda: Image.open(path).load(),
    )
    record(
        record_property,
        Ratio("an object selected by its first click at 4000x3000, aim 2 s", begun, theirs, "s"),
        Ratio("by each further click", further, theirs, "s"),
        Ratio("a color selected there by the wand", wand, theirs, "s"),
    )
    assert select_object(path, size, pointed).getextrema() == (0, 255)

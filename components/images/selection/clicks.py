"""Select an object by a few clicks on it and beside it, and by a box around it, with OpenCV where it is installed.

All is done on a reduced copy. Watershed grows the clicks up to the edges between them; GrabCut then finds the line
within a narrow band along that edge. A box without clicks is GrabCut alone. The result is as sharp as the copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from components.images.decoding.opening import KNOWN_PIXELS, decoding_all
from components.images.preview import opaque, small_image

Point = tuple[float, float]  # shares of the image's width and height, 0 to 1

COPY_EDGE = 400  # pixels
_CLICK = 0.012  # radius of a click as a share of the copy's longer edge
_BAND = 0.02  # half the width of the band in which GrabCut decides, likewise
_RIM = 3  # pixels at the copy's edge that count as background, as far as they look unlike every click
_UNLIKE = 25  # distance in CIELAB
_ROUNDS = 2
_BOX_ROUNDS = 4
_INSIDE, _OUTSIDE = 1, 2


@dataclass(frozen=True)
class Clicks:
    """Points on the object, points beside it, and a box around it (left, top, right, bottom), all in shares."""

    inside: tuple[Point, ...] = ()
    outside: tuple[Point, ...] = ()
    box: tuple[float, float, float, float] | None = None


def is_installed() -> bool:
    """Return whether the optional package `opencv-python-headless` can be imported."""
    return find_spec("cv2") is not None


def select_object(path: Path, size: tuple[int, int], clicks: Clicks) -> Image.Image:
    """Return the object as an L image of `size` (width, height), 255 inside; empty without a click on it or a box.

    Raise ImageRefused, OSError for a file that cannot be opened, ImportError without OpenCV.
    """
    found = _object(_copy(path), clicks)
    return Image.fromarray(found * 255).resize(size, Image.Resampling.BICUBIC)


@lru_cache(maxsize=4)
def _copy(path: Path) -> NDArray[np.uint8]:
    with decoding_all(path, copies=1):
        small = opaque(small_image(path, (COPY_EDGE, COPY_EDGE), max_pixels=KNOWN_PIXELS))
    return np.ascontiguousarray(np.asarray(small)[:, :, ::-1])  # blue, green, red, as OpenCV reads


def _object(copy: NDArray[np.uint8], clicks: Clicks) -> NDArray[np.uint8]:
    """Return 1 where the object is."""
    cv2 = import_module("cv2")  # an optional package
    marks = _marks(cv2, copy, clicks)
    known = np.select([marks == _INSIDE, marks == _OUTSIDE], [cv2.GC_FGD, cv2.GC_BGD], 255).astype(np.uint8)
    if clicks.inside:
        grown = marks.copy()
        cv2.watershed(cv2.GaussianBlur(copy, (0, 0), 1), grown)
        start = cv2.morphologyEx((grown == _INSIDE).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        reach = max(2.0, _BAND * max(start.shape))
        guess = np.where(start, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        guess[cv2.distanceTransform(start, cv2.DIST_L2, 3) > reach] = cv2.GC_FGD
        guess[cv2.distanceTransform(1 - start, cv2.DIST_L2, 3) > reach] = cv2.GC_BGD
    else:
        guess = np.full(marks.shape, cv2.GC_PR_FGD if clicks.box else cv2.GC_BGD, np.uint8)
    guess = np.where(known == 255, guess, known)
    if np.isin(guess, (cv2.GC_FGD, cv2.GC_PR_FGD)).any() and np.isin(guess, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
        cv2.setRNGSeed(1)  # the same clicks select the same
        rounds = _ROUNDS if clicks.inside else _BOX_ROUNDS
        cv2.grabCut(copy, guess, None, np.zeros((1, 65)), np.zeros((1, 65)), rounds, cv2.GC_INIT_WITH_MASK)
    found = np.isin(guess, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    return _touched(cv2, found, marks == _INSIDE) if clicks.inside else found


def _marks(cv2: Any, copy: NDArray[np.uint8], clicks: Clicks) -> NDArray[np.int32]:
    """Return what is known from the start: 1 on the object, 2 beside it, 0 elsewhere."""
    height, width = copy.shape[:2]
    marks = np.zeros((height, width), np.int32)
    places = [_pixel(point, width, height) for point in clicks.inside]
    if clicks.box:
        left, top = _pixel(clicks.box[:2], width, height)
        right, bottom = _pixel(clicks.box[2:], width, height)
        marks[:] = _OUTSIDE
        marks[top : bottom + 1, left : right + 1] = 0
    elif places:
        rim = _rim(height, width)
        unlike = rim & _unlike(cv2, copy, places)
        marks[unlike if unlike.any() else rim] = _OUTSIDE
    radius = max(2, round(_CLICK * max(width, height)))
    for place in places:
        cv2.circle(marks, place, radius, _INSIDE, -1)
    for point in clicks.outside:
        cv2.circle(marks, _pixel(point, width, height), radius, _OUTSIDE, -1)
    return marks


def _pixel(point: Sequence[float], width: int, height: int) -> tuple[int, int]:
    x, y = (min(max(share, 0.0), 1.0) for share in point)
    return min(int(x * width), width - 1), min(int(y * height), height - 1)


def _rim(height: int, width: int) -> NDArray[np.bool_]:
    rim = np.ones((height, width), np.bool_)
    rim[_RIM:-_RIM, _RIM:-_RIM] = False
    return rim


def _unlike(cv2: Any, copy: NDArray[np.uint8], places: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """Return where the color is far from that of every place. An object may reach the image's edge."""
    smooth = cv2.GaussianBlur(copy, (0, 0), 2).astype(np.float32) / 255
    lab = cv2.cvtColor(smooth, cv2.COLOR_BGR2LAB)
    far = np.ones(copy.shape[:2], np.bool_)
    for x, y in places:
        far &= np.linalg.norm(lab - lab[y, x], axis=2) > _UNLIKE
    return far


def _touched(cv2: Any, found: NDArray[np.uint8], clicked: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the parts of what was found that hold a click."""
    _, parts = cv2.connectedComponents(found)
    return np.isin(parts, np.unique(parts[clicked & (found > 0)])).astype(np.uint8)

"""What the mask's tools for selecting do: the lasso, the wand, the fill, and clicks on an object."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from PIL import Image, ImageChops

from components.images.decoding.opening import KNOWN_PIXELS, decode
from components.images.selection.clicks import Clicks, select_object
from components.images.selection.color import fill, select_color
from components.library import LibraryUnavailable
from components.parameters import InputImage
from components.ui.base.deferred import defer
from components.ui.edit.canvas.canvas import sync
from components.ui.edit.canvas.gestures import Gesture
from components.ui.edit.canvas.objects import outline, softness
from components.ui.edit.canvas.state import ObjectSelection, Step
from components.ui.edit.mask_base import PURPOSE, keep_coverage, rebase
from components.ui.edit.mask_check import coverage
from components.ui.edit.page_state import MASK_CONTIGUOUS, MASK_TOLERANCE
from components.ui.process.workbench import workbench
from components.ui.session.widget_sync import held

TOLERANCE = 32


def perform_gesture(image: InputImage, gesture: Gesture) -> None:
    """Change the mask as a gesture means it; each one is a step that Undo takes back."""
    try:
        if gesture.tool == "lasso":
            _lasso(image, gesture)
        elif gesture.tool == "object":
            _object(image, gesture)
        elif gesture.tool in {"wand", "fill"}:
            _click(image, gesture)
    except (OSError, ValueError, SyntaxError, ImportError, LibraryUnavailable) as problem:
        defer(st.toast, f"Nothing was selected, and the mask is as it was: {problem}", icon=":material/warning:")


def flatten_soft_strokes(image: InputImage) -> None:
    """Turn a drawing with soft strokes into a base: the canvas itself shows sharp ones only."""
    drawing = sync(image, PURPOSE)
    if any(map(softness, drawing.now.objects)) and (painted := coverage(image)) is not None:
        drawing.change(Step((), drawing.now.scale, keep_coverage(painted)))


def _lasso(image: InputImage, gesture: Gesture) -> None:
    drawing = sync(image, PURPOSE)
    now, least = drawing.now, 3
    if len(gesture.points) >= least:
        width, height = image.width * now.scale, image.height * now.scale
        line = outline([(x * width, y * height) for x, y in gesture.points], cuts=gesture.removes)
        drawing.add(Step((*now.objects, line), now.scale, now.base), load=True)


def _click(image: InputImage, gesture: Gesture) -> None:
    painted, point = _painted(image), gesture.points[0]
    if gesture.tool == "fill":
        rebase(image, fill(painted, point, painted=not gesture.removes))
        return
    tolerance, contiguous = int(held(MASK_TOLERANCE, TOLERANCE)), bool(held(MASK_CONTIGUOUS, True))
    found = select_color(image.path, painted.size, point, tolerance=tolerance, contiguous=contiguous)
    if gesture.removes:
        rebase(image, ImageChops.darker(painted, ImageChops.invert(found)))
    else:
        rebase(image, ImageChops.lighter(painted, found))


def _object(image: InputImage, gesture: Gesture) -> None:
    drawing = sync(image, PURPOSE)
    before, boxed = drawing.now.selection, len(gesture.points) > 1
    if before is None or (boxed and before.clicks.box is not None):  # a second box is another object's
        before = ObjectSelection(Clicks(), None if drawing.is_empty else keep_coverage(_painted(image)))
    clicks = _with(before.clicks, gesture)
    found = select_object(image.path, (image.width, image.height), clicks)
    under = workbench().library.file("input", before.under) if before.under else None
    if under is not None:
        found = ImageChops.lighter(found, decode(under, max_pixels=KNOWN_PIXELS).convert("L"))
    rebase(image, found, ObjectSelection(clicks, before.under))


def next_object(image: InputImage) -> None:
    """Keep the object that was selected; the next click begins another one."""
    drawing = sync(image, PURPOSE)
    if drawing.now.selection is not None:
        drawing.change(replace(drawing.now, selection=None))


def _with(clicks: Clicks, gesture: Gesture) -> Clicks:
    if len(gesture.points) > 1:
        (x0, y0), (x1, y1) = gesture.points[0], gesture.points[-1]
        return replace(clicks, box=(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    if gesture.removes:
        return replace(clicks, outside=(*clicks.outside, *gesture.points))
    return replace(clicks, inside=(*clicks.inside, *gesture.points))


def _painted(image: InputImage) -> Image.Image:
    return coverage(image) or Image.new("L", (image.width, image.height), 0)

"""The mask over the first image: tools, canvas, statistics and mask operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st
from PIL import Image

from components.images.masks import operations as work
from components.parameters import InputImage
from components.ui.base.deferred import deferred
from components.ui.edit.canvas.canvas import draw_canvas
from components.ui.edit.canvas.history import draw_history_buttons
from components.ui.edit.canvas.state import CanvasDrawing
from components.ui.edit.mask_base import PURPOSE, rebase
from components.ui.edit.mask_check import COUNTED_WIDTH, coverage, draw_mask_problem, pixel_problem
from components.ui.edit.mask_gestures import flatten_soft_strokes, perform_gesture
from components.ui.edit.mask_sources import draw_sources
from components.ui.edit.mask_tools import draw_keys, draw_tools
from components.ui.edit.page_state import MASK_AMOUNT
from components.ui.process.workbench import workbench

UNMASKED = "all may change"

Operation = Callable[[Image.Image, int], Image.Image]

OPERATIONS: Mapping[str, tuple[str, Operation, str]] = {
    "grow": ("Grow", work.grow, "Enlarge the painted area on all sides, in pixels of the image."),
    "shrink": ("Shrink", work.shrink, "Reduce the painted area on all sides."),
    "feather": ("Feather", work.feather, "Soften the edge of the painted area over this width."),
}


def mask_input(image: InputImage) -> InputImage | None:
    """Return the mask as sent, a PNG of the image's size with alpha 0 where painted, in the library; None if empty."""
    painted = coverage(image)
    if painted is None or painted.getextrema() == (0, 0):
        return None
    return workbench().library.keep_input(work.mask_png(painted, workbench().library.staging))


def _operate(image: InputImage, name: str) -> None:
    painted = coverage(image)
    if painted is not None:
        rebase(image, OPERATIONS[name][1](painted, int(st.session_state[MASK_AMOUNT])))


def _invert(image: InputImage) -> None:
    painted = coverage(image) or Image.new("L", (image.width, image.height), 0)
    rebase(image, work.invert(painted))


def _all(image: InputImage) -> None:
    rebase(image, work.select_all((image.width, image.height)))


def draw_mask_panel(image: InputImage, *, takes_markup: bool) -> None:
    """Draw tools, canvas and mask operations for this image."""
    draw_tools(image)
    flatten_soft_strokes(image)
    drawing = draw_canvas(image, PURPOSE, perform_gesture)
    painted = coverage(image, width=COUNTED_WIDTH)
    share = 0.0 if painted is None else work.share(painted) * 100
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="mask.steps"):
        sent = "sent at full size" if share else UNMASKED
        st.markdown(f"**Mask {share:.1f}%** :gray[of {image.width}x{image.height}, {sent}]", width="stretch")
        draw_history_buttons(image, PURPOSE, drawing)
    with st.container(horizontal=True, gap="small", key="mask.more"):
        st.button(
            "Invert", key="mask.invert", on_click=deferred(_invert), args=(image,), help="Swap painted and not painted."
        )
        st.button("Select all", key="mask.all", on_click=deferred(_all), args=(image,))
        _draw_operations(image, drawing)
        draw_sources(image)
        draw_keys()
    if painted is not None and pixel_problem(image, painted) == work.ALL_PAINTED:
        st.markdown(f":orange[:material/warning: {work.ALL_PAINTED}]")
    draw_mask_problem(image, sends_markup=False, takes_markup=takes_markup)


def _draw_operations(image: InputImage, drawing: CanvasDrawing) -> None:
    with st.popover("Grow, shrink, feather", disabled=drawing.is_empty, key="mask.operations"):
        st.slider("Pixels of the image", 1, 100, 8, key=MASK_AMOUNT, persist_state="session")
        for name, (label, _, help) in OPERATIONS.items():
            st.button(
                label,
                key=f"mask.{name}",
                on_click=deferred(_operate),
                args=(image, name),
                help=help,
                width="stretch",
            )

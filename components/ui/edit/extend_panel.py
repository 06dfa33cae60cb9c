"""Extend the first image by borders or to a ratio; the new area is masked automatically."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from PIL import Image, ImageChops

from components.images.errors import ImageRefused
from components.images.masks.extend import SEAM, Borders, borders_for_ratio, extend
from components.library import LibraryUnavailable
from components.parameters import InputImage
from components.ui.base.assets import asset
from components.ui.base.markdown_text import escape
from components.ui.edit.canvas.previews import preview_address
from components.ui.edit.form import PARENT, show_canvas
from components.ui.edit.mask_base import rebase
from components.ui.edit.mask_check import coverage
from components.ui.inputs.image_inputs import ImageEntry, entries
from components.ui.process.workbench import workbench

_FRAME = st.components.v2.component(
    "image_workbench_extend",
    html='<div class="new"><img alt="The image in its new borders"></div>',
    css=asset("edit/extend_panel.css"),
    js=asset("edit/extend_panel.js"),
)

SIDES = ("left", "top", "right", "bottom")
RATIOS: Mapping[str, float] = {"1:1": 1.0, "3:2": 1.5, "2:3": 2 / 3, "16:9": 16 / 9, "9:16": 9 / 16, "4:5": 0.8}
BY_SIDE = "by sides"
MAX_BORDER = 4096
SIDE_WIDTH = 128  # CSS pixels; two fit side by side on a phone
FRAME_WIDTH, FRAME_HEIGHT = 480, 320  # CSS pixels of the small image that shows what will come


def _borders(image: InputImage) -> Borders:
    ratio = RATIOS.get(str(st.session_state.get("extend.ratio", BY_SIDE)))
    if ratio is not None:
        return borders_for_ratio(image.width, image.height, ratio)
    return Borders(*(int(st.session_state.get(f"extend.{side}", 0)) for side in SIDES))


def _extend(operation: str, image: InputImage) -> None:
    bench, borders = workbench(), _borders(image)
    st.session_state.pop("extend.refused", None)
    try:
        larger, new = extend(image, borders, bench.library.scratch, max_pixels=bench.settings.max_pixels)
        larger = bench.library.keep_input(larger)
        if painted := coverage(image):
            # What was masked before stays masked.
            carried = Image.new("L", new.size)
            carried.paste(painted, (borders.left, borders.top))
            new = ImageChops.lighter(new, carried)
        entries(operation)[0] = ImageEntry(larger, ("Its new borders are masked.",))
        rebase(larger, new)
    except (ImageRefused, LibraryUnavailable, OSError) as problem:
        st.session_state["extend.refused"] = f"The image could not be extended: {problem}"
        return
    parent = st.session_state.get(PARENT)
    if parent is not None and parent[1] == image.sha256:
        st.session_state[PARENT] = (parent[0], larger.sha256)
    show_canvas()


def draw_extend_panel(operation: str, image: InputImage) -> None:
    """Draw the fields for the borders, a preview, and the button that extends the image."""
    with st.container(horizontal=True, gap="small", key="extend.sides"):
        ratio = "extend.ratio"
        help = "A ratio adds even borders on two sides."
        st.selectbox("Target", [BY_SIDE, *RATIOS], key=ratio, help=help, width=SIDE_WIDTH)
        if st.session_state.get(ratio, BY_SIDE) == BY_SIDE:
            for side in SIDES:
                st.number_input(
                    f"{side.capitalize()} (px)", 0, MAX_BORDER, 0, 16, key=f"extend.{side}", width=SIDE_WIDTH
                )
    borders = _borders(image)
    width = image.width + borders.left + borders.right
    height = image.height + borders.top + borders.bottom
    grown = (width, height) != (image.width, image.height)
    st.caption(
        f"{image.width}x{image.height} becomes {width}x{height}. The new area is transparent and masked, plus "
        f"{SEAM} pixels of overlap to avoid a seam. The next edit fills it."
        if grown
        else f"The image is {image.width}x{image.height}. Add borders, or choose a target that it does not have yet."
    )
    if grown:
        _draw_frame(image, borders)
    st.button("Extend the image", key="extend.go", disabled=not grown, on_click=_extend, args=(operation, image))
    if refused := st.session_state.get("extend.refused"):
        st.markdown(f":red[:material/error: {escape(refused)}]")


def _draw_frame(image: InputImage, borders: Borders) -> None:
    """Draw a small preview of the image in its new borders; the new area is checkered."""
    width, height = image.width + borders.left + borders.right, image.height + borders.top + borders.bottom
    shares = {
        "left": borders.left / width,
        "top": borders.top / height,
        "width": image.width / width,
        "height": image.height / height,
    }
    _FRAME(
        key="extend.frame",
        data={
            "src": preview_address(image, FRAME_WIDTH),
            "ratio": f"{width} / {height}",
            "width": f"min(100%, {min(FRAME_WIDTH, round(FRAME_HEIGHT * width / height))}px)",
            "place": {name: f"{share:.4%}" for name, share in shares.items()},
        },
    )

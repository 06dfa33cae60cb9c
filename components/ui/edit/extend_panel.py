"""Extend the first image by borders or to a ratio; the new area is masked automatically."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

import streamlit as st
from PIL import Image, ImageChops

from components.images.errors import ImageRefused
from components.images.masks.extend import SEAM, Borders, borders_for_ratio, extend
from components.library import LibraryUnavailable
from components.parameters import InputImage
from components.ui.access.base_path import app_address
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, deferred, peek
from components.ui.base.formatting.markdown_text import escape
from components.ui.edit.mask_base import rebase
from components.ui.edit.mask_check import coverage
from components.ui.edit.page_state import RATIO, EditState, side_key
from components.ui.inputs.framing.dialog import note_former
from components.ui.inputs.image_inputs import ImageEntry, entries
from components.ui.process.workbench import workbench
from components.ui.session.acts import Act, HandledActs, handle_new
from components.ui.session.state import page_state

_FRAME = st.components.v2.component(
    "image_workbench_extend",
    html='<div class="extend-frame around"></div>',
    css=asset("inputs/framing/frame_box.css"),
    js=asset(
        "base/browser/common.js",
        "base/browser/mounting.js",
        "base/browser/pending_acts.js",
        "inputs/framing/frame_box.js",
        "edit/extend_panel.js",
    ),
)

SIDES = ("left", "top", "right", "bottom")
RATIOS: Mapping[str, float] = {"1:1": 1.0, "3:2": 1.5, "2:3": 2 / 3, "16:9": 16 / 9, "9:16": 9 / 16, "4:5": 0.8}
BY_SIDE = "by sides"
MAX_BORDER = 4096
SIDE_WIDTH = 128  # CSS pixels; two fit side by side on a phone
FRAME_WIDTH = 1440  # pixels of the preview of the image


def _borders(image: InputImage) -> Borders:
    ratio = RATIOS.get(str(st.session_state.get(RATIO, BY_SIDE)))
    if ratio is not None:
        return borders_for_ratio(image.width, image.height, ratio)
    return Borders(*(int(st.session_state.get(side_key(side), 0)) for side in SIDES))


def _extend(operation: str, image: InputImage) -> None:
    bench, borders, state = workbench(), _borders(image), page_state(EditState)
    state.extend_refused = ""
    try:
        larger, new = extend(image, borders, bench.library.staging, max_pixels=bench.settings.max_pixels)
        larger = bench.library.keep_input(larger)
        if painted := coverage(image):
            # What was masked before stays masked.
            carried = Image.new("L", new.size)
            carried.paste(painted, (borders.left, borders.top))
            new = ImageChops.lighter(new, carried)
        kept = entries(operation)
        rebase(larger, new)
    except (ImageRefused, LibraryUnavailable, OSError) as problem:
        state.extend_refused = f"The image could not be extended: {problem}"
        return
    state.move_parent(image.sha256, larger.sha256)
    note_former(operation, larger, kept[0])
    state.show_canvas()
    kept[0] = ImageEntry(larger, ("Its new borders are masked.",))  # last: nothing interrupts a plain change


def draw_extend_panel(operation: str, image: InputImage) -> None:
    """Draw the fields for the borders, a preview, and the button that extends the image."""
    with st.container(horizontal=True, gap="small", key="extend.sides"):
        help = "A ratio adds even borders on two sides."
        st.selectbox("Target", [BY_SIDE, *RATIOS], key=RATIO, help=help, width=SIDE_WIDTH)
        if st.session_state.get(RATIO, BY_SIDE) == BY_SIDE:
            for side in SIDES:
                st.number_input(f"{side.capitalize()} (px)", 0, MAX_BORDER, 0, 16, key=side_key(side), width=SIDE_WIDTH)
    borders = _borders(image)
    width = image.width + borders.left + borders.right
    height = image.height + borders.top + borders.bottom
    grown = (width, height) != (image.width, image.height)
    st.caption(
        f"{image.width}x{image.height} becomes {width}x{height}. The new area is transparent and masked, plus "
        f"{SEAM} pixels of overlap to avoid a seam. The next edit fills it."
        if grown
        else f"The image is {image.width}x{image.height}. Drag a handle outwards, or choose a target or pixels above."
    )
    _draw_frame(image, borders)
    st.button(
        "Extend the image", key="extend.go", disabled=not grown, on_click=deferred(_extend), args=(operation, image)
    )
    if refused := page_state(EditState).extend_refused:
        st.markdown(f":red[:material/error: {escape(refused)}]")


def _draw_frame(image: InputImage, borders: Borders) -> None:
    """Draw the image with handles that drag its borders out."""
    key = f"extend.frame.{image.sha256[:12]}"

    def dragged() -> None:
        defer(handle_drags, peek(key).get("acts"))

    _FRAME(
        key=key,
        data={
            "src": app_address(f"/previews/{image.sha256}?w={FRAME_WIDTH}"),
            "width": image.width,
            "height": image.height,
            "borders": asdict(borders),
            "handled": _handled().handled,
        },
        on_acts_change=dragged,
    )


def _handled() -> HandledActs:
    return page_state(HandledActs, "extend")


def handle_drags(drags: Iterable[Act] | None) -> None:
    """Take over the borders of the drags that were not handled yet; each has the pixels of each side of SIDES."""
    handle_new(_handled(), drags, _set_borders)


def _set_borders(drag: Act) -> None:
    st.session_state[RATIO] = BY_SIDE
    for side in SIDES:
        st.session_state[side_key(side)] = min(MAX_BORDER, max(0, round(float(drag.get(side) or 0))))

"""Extends the first picture: new borders on any side, or a target ratio; what is new is masked by itself."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from components.images.extend import Borders, borders_for_ratio, extend
from components.images.refusal import Refused
from components.library import LibraryUnavailable
from components.parameters import InputImage
from components.ui.form import escape
from components.ui.mask_base import rebase
from components.ui.tray import Entry, entries
from components.ui.workbench import workbench

SIDES = ("left", "top", "right", "bottom")
RATIOS: Mapping[str, float] = {"1:1": 1.0, "3:2": 1.5, "2:3": 2 / 3, "16:9": 16 / 9, "9:16": 9 / 16, "4:5": 0.8}
BY_SIDES = "by sides"
MOST = 4096


def _borders(image: InputImage) -> Borders:
    ratio = RATIOS.get(str(st.session_state.get("extend.ratio", BY_SIDES)))
    if ratio is not None:
        return borders_for_ratio(image.width, image.height, ratio)
    return Borders(*(int(st.session_state.get(f"extend.{side}", 0)) for side in SIDES))


def _extend(operation: str, image: InputImage) -> None:
    library = workbench().library
    st.session_state.pop("extend.refused", None)
    try:
        larger, new = extend(image, _borders(image), library.scratch)
        larger = library.keep_input(larger)
        entries(operation)[0] = Entry(larger, ("Its new borders are masked.",))
        rebase(larger, new)
    except (Refused, LibraryUnavailable, OSError) as problem:
        st.session_state["extend.refused"] = f"The picture could not be extended: {problem}"
        return
    st.session_state["edit.mode"] = "Mask"


def draw_extend_panel(operation: str, image: InputImage) -> None:
    """Which borders, what comes of them, and the button that makes them."""
    st.selectbox("Target", [BY_SIDES, *RATIOS], key="extend.ratio", help="A ratio adds even borders on two sides.")
    if st.session_state.get("extend.ratio", BY_SIDES) == BY_SIDES:
        for column, side in zip(st.columns(4, gap="small"), SIDES, strict=True):
            column.number_input(f"{side.capitalize()} (px)", 0, MOST, 0, 16, key=f"extend.{side}")
    borders = _borders(image)
    width = image.width + borders.left + borders.right
    height = image.height + borders.top + borders.bottom
    grown = (width, height) != (image.width, image.height)
    st.caption(
        f"{image.width}x{image.height} becomes {width}x{height}. The new area is see-through and masked; the next "
        "edit fills it."
        if grown
        else f"The picture is {image.width}x{image.height}. Add borders, or choose a target that it does not have yet."
    )
    st.button("Extend the picture", key="extend.go", disabled=not grown, on_click=_extend, args=(operation, image))
    if refused := st.session_state.get("extend.refused"):
        st.markdown(f":red[:material/error: {escape(refused)}]")

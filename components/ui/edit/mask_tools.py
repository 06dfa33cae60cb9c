"""The mask's tools above the canvas: which one, its settings, and the keys and gestures that work over the image."""

from __future__ import annotations

import streamlit as st

from components.images.selection.clicks import is_installed
from components.parameters import InputImage
from components.ui.base.deferred import deferred
from components.ui.edit.canvas.canvas import ADD, MASK_TOOLS, REMOVE, ZOOMS, Tool, largest_brush
from components.ui.edit.canvas.page_state import (
    Brush,
    brush_key,
    color_key,
    drawing_of,
    hardness_key,
    removes_key,
    tool_key,
    zoom_key,
)
from components.ui.edit.mask_base import PURPOSE
from components.ui.edit.mask_gestures import TOLERANCE, next_object
from components.ui.edit.page_state import MASK_CONTIGUOUS, MASK_TOLERANCE, MaskState
from components.ui.session.state import page_state
from components.ui.session.widget_sync import held

BRUSHES_ACROSS = 16  # of them fit side by side into the image
KEYS_HEIGHT = 420  # CSS pixels
KEYS = """
| Over the image | |
|---|---|
| `[` `]`, or drag with `Alt` | brush size |
| `Shift` while painting | straight line |
| `Shift` and a click | straight line from the end of the last stroke |
| `Ctrl` (`⌘`) with Lasso, Wand, Fill, Object | remove instead of add, or the reverse |
| `Shift` with Lasso | straight at 45° |
| `Esc` with Lasso or Polygon | drop the line |
| `Enter` or double click | close a polygon |
| `Backspace` | remove the last corner, or the chosen shape |
| `Space` and drag, middle button, two fingers | move the zoomed image, also within a lasso |
| Wheel | zoom at the pointer |
| `Ctrl+Z`, `Ctrl+Shift+Z` | undo, redo |
"""


def draw_tools(image: InputImage) -> None:
    """Draw the choice of a tool and the settings of the chosen one; remember both."""
    brush = page_state(Brush)
    tools = {name: tool for name, tool in MASK_TOOLS.items() if name != "object" or is_installed()}
    _fit_brush(image, brush)
    name = st.segmented_control(
        "Tool",
        list(tools),
        format_func=lambda name: f"{tools[name].icon} {tools[name].label}",
        default=held(tool_key(PURPOSE), brush.tool if brush.tool in tools else "brush"),
        required=True,
        key=tool_key(PURPOSE),
        label_visibility="collapsed",
        persist_state="session",
    )
    with st.container(horizontal=True, vertical_alignment="top", gap="small", key="mask.tools"):
        _draw_settings(image, name, tools[name], brush)
        st.segmented_control(
            "Zoom", ZOOMS, default="Fit", required=True, key=zoom_key(PURPOSE), persist_state="session"
        )
        color = held(color_key(PURPOSE), brush.color)
        brush.color = st.color_picker("Color", color, key=color_key(PURPOSE), persist_state="session")
    brush.tool = name


def _draw_settings(image: InputImage, name: str, tool: Tool, brush: Brush) -> None:
    if tool.brush:
        size = st.slider(
            "Brush size",
            1,
            largest_brush(image, PURPOSE),
            value=held(brush_key(PURPOSE), 1),
            key=brush_key(PURPOSE),
            width=150,
            persist_state="session",
            help="In pixels of the image.",
        )
        brush.size = 0 if size == page_state(MaskState).suggested_brush else size
        brush.hardness = st.slider(
            "Hardness",
            0,
            100,
            value=held(hardness_key(PURPOSE), brush.hardness),
            step=10,
            format="%d%%",
            key=hardness_key(PURPOSE),
            width=110,
            persist_state="session",
            help="Below 100% the edge of a stroke fades.",
        )
    if tool.gesture:
        st.segmented_control(
            "Selection", (ADD, REMOVE), default=ADD, required=True, key=removes_key(PURPOSE), persist_state="session"
        )
    if name == "wand":
        st.slider(
            "Tolerance",
            0,
            128,
            held(MASK_TOLERANCE, TOLERANCE),
            key=MASK_TOLERANCE,
            width=150,
            persist_state="session",
            help="How far a color may be from the one that is clicked.",
        )
        st.checkbox(
            "Connected only",
            held(MASK_CONTIGUOUS, True),
            key=MASK_CONTIGUOUS,
            persist_state="session",
            help="Off: the color everywhere in the image.",
        )
    if name == "object":
        st.button(
            "Next object",
            key="mask.next",
            on_click=deferred(next_object),
            args=(image,),
            disabled=drawing_of(image, PURPOSE).now.selection is None,
            help="Keep this object and begin another. Another box does the same.",
        )


def draw_keys() -> None:
    """Draw the menu that lists the keys and gestures over the image."""
    with st.popover("Keys", icon=":material/keyboard:", key="mask.keys", on_change="rerun") as panel:
        if panel.open:
            st.markdown(KEYS)
        else:
            # What opens is placed by the size it has then, and its content comes later.
            st.container(height=KEYS_HEIGHT, border=False)


def _fit_brush(image: InputImage, brush: Brush) -> None:
    """Set a brush size that fits the image, until a person chooses one."""
    state, key, largest = page_state(MaskState), brush_key(PURPOSE), largest_brush(image, PURPOSE)
    chosen = st.session_state.get(key, brush.size)
    if not chosen or chosen == state.suggested_brush:
        chosen = state.suggested_brush = max(2, round(image.width / BRUSHES_ACROSS))
    if st.session_state.get(key) != min(chosen, largest):
        st.session_state[key] = min(chosen, largest)

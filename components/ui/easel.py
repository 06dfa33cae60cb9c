"""The easel: tools, canvas and base for drawing over one picture, a mask or markup. It lives in a fragment, so that
a stroke reruns nothing else, and what is drawn lives in the session, so that nothing else can lose it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import streamlit as st
from streamlit_drawable_canvas import st_canvas

from components.parameters import InputImage
from components.ui.assets import asset
from components.ui.drawing import ERASER, Drawing
from components.ui.previews import preview_address

_EASEL = st.components.v2.component(
    "image_workbench_easel",
    html='<div class="easel" style="height:0"></div>',
    js=asset("easel.js"),
)

USUAL_WIDTH = 640
COLUMN = "easel.column"
TALLEST = 720
WIDEST = 6000
SEE_THROUGH = 0.55
# A field that the canvas hands back as it was given and has no use for itself: it tells which of the drawings that
# it was given it speaks of. Its answers come late, and some after it was given another.
LOAD = "lockSkewingX"


@dataclass(frozen=True)
class Tool:
    """One tool: what the canvas calls it, whether its size is the brush's, whether it fills what it encloses."""

    label: str
    mode: str
    icon: str
    brush: bool = False
    fills: bool = False


MASK_TOOLS: Mapping[str, Tool] = {
    "brush": Tool("Brush", "freedraw", ":material/brush:", brush=True),
    "eraser": Tool("Eraser", "freedraw", ":material/ink_eraser:", brush=True),
    "rect": Tool("Rectangle", "rect", ":material/rectangle:", fills=True),
    "circle": Tool("Circle", "circle", ":material/circle:", fills=True),
    "lasso": Tool("Lasso", "freedraw", ":material/gesture:"),
    "polygon": Tool("Polygon", "polygon", ":material/polyline:", fills=True),
}
MARKUP_TOOLS: Mapping[str, Tool] = {
    "brush": Tool("Pen", "freedraw", ":material/edit:", brush=True),
    "arrow": Tool("Arrow", "line", ":material/north_east:", brush=True),
    "rect": Tool("Box", "rect", ":material/rectangle:", brush=True),
    "text": Tool("Text", "text", ":material/title:"),
    "eraser": Tool("Eraser", "freedraw", ":material/ink_eraser:", brush=True),
}
TOOLS = {"mask": MASK_TOOLS, "markup": MARKUP_TOOLS}
ZOOMS = ("Fit", "50%", "100%", "200%")


def drawing_of(image: InputImage, purpose: str) -> Drawing:
    """The drawing over a picture for a purpose ("mask" or "markup"); it is kept for the whole session."""
    drawings: dict[str, Drawing] = st.session_state.setdefault(f"drawings.{purpose}", {})
    return drawings.setdefault(image.sha256, Drawing())


def _setting(purpose: str, name: str, default: Any) -> Any:
    return st.session_state.get(f"easel.{purpose}.{name}", default)


def canvas_size(image: InputImage, purpose: str) -> tuple[int, int]:
    """The canvas's size in pixels: the column's width, or the picture's size times the zoom."""
    column = int(st.session_state.get(COLUMN, USUAL_WIDTH))
    zoom = _setting(purpose, "zoom", "Fit")
    wide = column if zoom == "Fit" else round(image.width * int(zoom.rstrip("%")) / 100)
    if zoom == "Fit" and image.height / image.width * wide > TALLEST:
        wide = max(120, round(TALLEST * image.width / image.height))
    wide = min(wide, WIDEST, round(WIDEST * image.width / image.height))
    return max(wide, 16), max(round(wide * image.height / image.width), 16)


def _canvas_key(image: InputImage, purpose: str) -> str:
    return f"canvas-{purpose}-{image.sha256[:12]}"


def sync(image: InputImage, purpose: str) -> Drawing:
    """Take in what the canvas holds now, wherever this is asked; gives the drawing."""
    drawing = drawing_of(image, purpose)
    held = st.session_state.get(_canvas_key(image, purpose))
    raw = held.get("drawing", {}).get("raw") if held else None
    if raw is None:
        # The canvas is about to be put up anew, with all that was drawn.
        drawing.load()
    elif raw.get("objects") is not None:
        objects = cast(list[Mapping[str, Any]], raw["objects"])
        drawing.take(objects, str(_setting(purpose, "tool", "brush")), int(raw.get(LOAD) or 0))
    return drawing


def draw_canvas(image: InputImage, purpose: str) -> Drawing:
    """Draw the easel's canvas over a picture and give the drawing as it is now."""
    drawing = sync(image, purpose)
    name = str(_setting(purpose, "tool", "brush"))
    tool = TOOLS[purpose].get(name, TOOLS[purpose]["brush"])
    if name != "eraser":
        drawing.cut()
    width, height = canvas_size(image, purpose)
    drawing.rescale(width / image.width)
    size = int(_setting(purpose, "brush", 40 if purpose == "mask" else 6))
    # The brush's size is told in pixels of the picture, so that zooming does not change what is painted.
    stroke = max(1, round(size * width / image.width)) if purpose == "mask" else size
    colour = str(_setting(purpose, "colour", "#e0245e"))
    key = _canvas_key(image, purpose)
    _easel(image, purpose, key, stroke, tool, name)
    st_canvas(
        width=width,
        height=height,
        background_image=preview_address(image, width, drawing.now.base, colour),
        drawing_mode=tool.mode,
        stroke_width=stroke if tool.brush else (0 if tool.fills else 2),
        stroke_color=ERASER if name == "eraser" else colour,
        fill_color=colour if tool.fills or tool.mode == "text" else "rgba(0, 0, 0, 0)",
        font_size=max(14, round(height / 18)),
        initial_drawing={"version": "7.4.0", LOAD: drawing.loads, "objects": [dict(one) for one in drawing.loaded]},
        max_display_height=TALLEST + 40 if height > TALLEST else None,
        key=key,
    )
    return drawing


def _easel(image: InputImage, purpose: str, canvas: str, brush: int, tool: Tool, name: str) -> None:
    key = f"easel-{purpose}-{image.sha256[:12]}"

    def measured() -> None:
        width = st.session_state[key].get("width")
        if isinstance(width, int | float) and width > 50:
            st.session_state[COLUMN] = int(width)

    _EASEL(
        key=key,
        data={
            "canvas": canvas,
            "brush": brush,
            "round": tool.brush and tool.mode == "freedraw",
            "opacity": SEE_THROUGH if purpose == "mask" else 1,
            "tool": name,
        },
        on_width_change=measured,
    )

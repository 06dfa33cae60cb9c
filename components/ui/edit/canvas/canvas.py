"""Tools, canvas and base for drawing a mask or markup over one image.

The canvas lives in a fragment, so that a stroke reruns nothing else. The drawing lives in the session, so that nothing
else can lose it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, cast

import streamlit as st
from streamlit_drawable_canvas import st_canvas

from components.parameters import InputImage
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, peek
from components.ui.edit.canvas.gestures import Gesture, read_gesture
from components.ui.edit.canvas.objects import ERASER, KEEP, PAINT, soft_color
from components.ui.edit.canvas.page_state import (
    CanvasSpace,
    brush_key,
    canvas_key,
    color_key,
    drawing_of,
    hardness_key,
    removes_key,
    tool_key,
    zoom_key,
)
from components.ui.edit.canvas.previews import paint_address, preview_address
from components.ui.edit.canvas.state import ACTS, CanvasDrawing
from components.ui.session.acts import Act, HandledActs, handle_new
from components.ui.session.state import page_state

_PARTS = ("adapter", "paint", "corners", "stroke_replay", "picker", "brush", "view", "keys", "canvas")
_SHARED = ("base/browser/mounting.js", "base/browser/pending_acts.js")
_DRAWING_TOOLS = st.components.v2.component(
    "image_workbench_drawing_tools",
    html='<div class="drawing-tools" style="height:0"></div>',
    js=asset(*_SHARED, *(f"edit/canvas/{part}.js" for part in _PARTS)),
)

MIN_HEIGHT = 320
MAX_SIDE = 6000
# A field that the canvas does not use and returns unchanged. It holds the number of the drawing that was loaded, since
# an answer can arrive after another drawing was loaded.
LOAD_FIELD = "lockSkewingX"


@dataclass(frozen=True)
class Tool:
    """A drawing tool: its mode of the canvas, whether it uses the brush size, whether it fills its outline.

    `color` is fixed for tools whose color carries a meaning; `hint` says how to use the tool. A tool with a `gesture`
    ("click", "box": a click or a drag, "path") draws nothing on the canvas itself: its gestures are reported.
    """

    label: str
    mode: str
    icon: str
    brush: bool = False
    fills: bool = False
    color: str | None = None
    hint: str = ""
    gesture: str | None = None


MASK_TOOLS: Mapping[str, Tool] = {
    "brush": Tool("Brush", "freedraw", ":material/brush:", brush=True, color=PAINT),
    "eraser": Tool("Eraser", "freedraw", ":material/ink_eraser:", brush=True, color=KEEP),
    "rect": Tool("Rectangle", "rect", ":material/rectangle:", fills=True, color=PAINT),
    "circle": Tool("Circle", "circle", ":material/circle:", fills=True, color=PAINT),
    "lasso": Tool("Lasso", "freedraw", ":material/gesture:", hint="Draw around what should change.", gesture="path"),
    "polygon": Tool(
        "Polygon",
        "polygon",
        ":material/polyline:",
        fills=True,
        color=PAINT,
        hint="Click the corners. The first one again, a double click or Enter closes it.",
    ),
    "object": Tool(
        "Object",
        "freedraw",
        ":material/ads_click:",
        hint="Drag a box around it, or click on it. “Remove” clicks beside it.",
        gesture="box",
    ),
    "wand": Tool("Wand", "freedraw", ":material/wand_stars:", hint="Click a color.", gesture="click"),
    "fill": Tool(
        "Fill", "freedraw", ":material/format_color_fill:", hint="Click into what is painted around.", gesture="click"
    ),
}
MARKUP_TOOLS: Mapping[str, Tool] = {
    "brush": Tool("Pen", "freedraw", ":material/edit:", brush=True),
    "arrow": Tool("Arrow", "line", ":material/north_east:", brush=True),
    "rect": Tool("Box", "rect", ":material/rectangle:", brush=True),
    "text": Tool("Text", "text", ":material/title:", hint="Click where it should stand, then write."),
    "eraser": Tool("Eraser", "freedraw", ":material/ink_eraser:", brush=True, color=ERASER),
}
ERASER_FACTOR = 4  # an eraser as thin as the pen would have to follow every line
MAX_BRUSH = {"mask": 1000, "markup": 60}
TOOLS = {"mask": MASK_TOOLS, "markup": MARKUP_TOOLS}
ADD, REMOVE = "Add", "Remove"  # what a gesture does; Ctrl does the other
ZOOMS = ("Fit", "50%", "100%", "200%")


def canvas_size(image: InputImage, purpose: str) -> tuple[int, int]:
    """Return the canvas size in pixels: what fits the window, or the image size times the zoom."""
    return _zoomed(image, str(st.session_state.get(zoom_key(purpose), "Fit")))


def _space() -> tuple[int, int]:
    space = page_state(CanvasSpace)
    return space.width, max(MIN_HEIGHT, space.height)


def _zoomed(image: InputImage, zoom: str) -> tuple[int, int]:
    if zoom == "Fit":
        width, height = _space()
        wide = min(width, max(120, round(height * image.width / image.height)))
    else:
        wide = round(image.width * int(zoom.rstrip("%")) / 100)
    wide = min(wide, MAX_SIDE, round(MAX_SIDE * image.width / image.height))
    return max(wide, 16), max(round(wide * image.height / image.width), 16)


def sync(image: InputImage, purpose: str) -> CanvasDrawing:
    """Read what the canvas holds now into the drawing, and return the drawing."""
    drawing = drawing_of(image, purpose)
    held = st.session_state.get(canvas_key(image, purpose))
    raw = held.get("drawing", {}).get("raw") if held else None
    if raw is None:
        # The canvas is about to be created again, with all that was drawn.
        drawing.load()
    elif raw.get("objects") is not None:
        drawing.take(cast(list[Mapping[str, Any]], raw["objects"]), int(raw.get(LOAD_FIELD) or 0))
    return drawing


def largest_brush(image: InputImage, purpose: str) -> int:
    """Return the largest brush size: in pixels of the image for a mask, of the canvas for markup."""
    return MAX_BRUSH[purpose] if purpose == "markup" else min(MAX_BRUSH[purpose], max(60, *_quarter(image)))


def _quarter(image: InputImage) -> tuple[int, int]:
    return image.width // 4, image.height // 4


class _Brush(NamedTuple):
    """The chosen brush: its size, its width on the canvas in pixels, its hardness (0 to 100) and its color."""

    size: int
    stroke: int
    hardness: int
    color: str


def _brush(purpose: str, tool: Tool, scale: float) -> _Brush:
    """Return the brush for a tool on a canvas with `scale` pixels per pixel of the image."""
    size = int(st.session_state.get(brush_key(purpose), 40 if purpose == "mask" else 6))
    # A mask's brush is in pixels of the image, so that zooming does not change what is painted.
    stroke = max(1, round(size * scale)) if purpose == "mask" else size
    if tool.color == ERASER:
        stroke *= ERASER_FACTOR
    hardness = int(st.session_state.get(hardness_key(purpose), 100)) if tool.color in {PAINT, KEEP} else 100
    color = tool.color and soft_color(tool.color, hardness if tool.brush else 100)
    return _Brush(size, stroke, hardness, color or str(st.session_state.get(color_key(purpose), "#d7263d")))


def draw_canvas(
    image: InputImage, purpose: str, on_gesture: Callable[[InputImage, Gesture], None] | None = None
) -> CanvasDrawing:
    """Draw the canvas over an image and return the current drawing. `on_gesture` performs what a tool reports."""
    drawing = sync(image, purpose)
    name = str(st.session_state.get(tool_key(purpose), "brush"))
    tool = TOOLS[purpose].get(name, TOOLS[purpose]["brush"])
    width, height = canvas_size(image, purpose)
    drawing.rescale(width / image.width)
    brush = _brush(purpose, tool, width / image.width)
    key = canvas_key(image, purpose)
    background = preview_address(image, width)
    base = paint_address(drawing.now.base, width) if drawing.now.base else None
    # The canvas stands above and is updated later: when it learns of a load, the canvas already has it.
    above = st.container()
    st_canvas(
        width=width,
        height=height,
        background_image=background,
        drawing_mode=tool.mode,
        # The drawing tools report every stroke of a mask. A report of the canvas itself, which also follows each load,
        # could replace a stroke that has not arrived yet.
        update_streamlit=purpose == "markup",
        stroke_width=brush.stroke if tool.brush else (0 if tool.fills else 2),
        stroke_color=brush.color,
        fill_color=brush.color if tool.fills or tool.mode == "text" else "rgba(0, 0, 0, 0)",
        font_size=max(14, round(height / 18)),
        initial_drawing={
            "version": "7.4.0",
            LOAD_FIELD: drawing.loads,
            "objects": [dict(one) for one in drawing.loaded],
        },
        max_display_height=_space()[1] + 40 if height > _space()[1] else None,
        key=key,
    )
    with above:
        _draw_drawing_tools(
            image,
            purpose,
            {"canvas": key, "background": background, "tool": name, "width": width}
            | _tool_data(image, purpose, drawing, tool, brush, base),
            on_gesture,
        )
    return drawing


def _tool_data(
    image: InputImage, purpose: str, drawing: CanvasDrawing, tool: Tool, brush: _Brush, base: str | None
) -> dict[str, Any]:
    """Return what the drawing tools in the browser need to know of the chosen tool and of the drawing."""
    selection = drawing.now.selection if tool is TOOLS[purpose].get("object") else None
    return {
        "hint": tool.hint,
        "round": tool.brush and tool.mode == "freedraw",
        "brush": brush.stroke,
        "hardness": brush.hardness,
        "size": brush.size,
        "largest": largest_brush(image, purpose),
        "gesture": tool.gesture,
        "removes": st.session_state.get(removes_key(purpose)) == REMOVE,
        "clicks": asdict(selection.clicks) if selection else None,
        "paint": {"color": str(st.session_state.get(color_key(purpose), "#e0245e")), "base": base}
        if purpose == "mask"
        else None,
        "loads": drawing.loads,
        "zooms": {zoom: _zoomed(image, zoom)[0] for zoom in ZOOMS},
    }


def _draw_drawing_tools(
    image: InputImage,
    purpose: str,
    data: dict[str, Any],
    on_gesture: Callable[[InputImage, Gesture], None] | None,
) -> None:
    key = f"drawing-tools-{purpose}-{image.sha256[:12]}"

    def on_acts() -> None:
        defer(handle_acts, image, purpose, peek(key).get("acts"), on_gesture)

    def on_room() -> None:
        room = st.session_state[key].get("room")
        if isinstance(room, list | tuple) and len(room) == 2 and all(isinstance(one, int | float) for one in room):
            space = page_state(CanvasSpace)
            space.width, space.height = max(50, int(room[0])), int(room[1])

    def on_zoom() -> None:
        if (zoom := st.session_state[key].get("zoom")) in ZOOMS:
            st.session_state[zoom_key(purpose)] = zoom

    def on_size() -> None:
        size = st.session_state[key].get("size")
        if isinstance(size, int):
            st.session_state[brush_key(purpose)] = min(max(size, 1), largest_brush(image, purpose))

    _DRAWING_TOOLS(
        key=key,
        data={**data, "handled": _handled(purpose).handled},
        on_acts_change=on_acts,
        on_room_change=on_room,
        on_zoom_change=on_zoom,
        on_size_change=on_size,
    )


def handle_acts(
    image: InputImage,
    purpose: str,
    acts: Iterable[Act] | None,
    on_gesture: Callable[[InputImage, Gesture], None] | None = None,
) -> None:
    """Perform the undo keys, the loads and the gestures over an image that were not handled yet."""

    def perform(act: Act) -> None:
        if change := ACTS.get(str(act.get("name"))):
            change(sync(image, purpose))  # no look at the session from here on: nothing interrupts
        elif on_gesture is not None and (gesture := read_gesture(act)) is not None:
            on_gesture(image, gesture)

    handle_new(_handled(purpose), acts, perform)


def _handled(purpose: str) -> HandledActs:
    return page_state(HandledActs, f"drawing.{purpose}")

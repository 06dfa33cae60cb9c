"""Markup over the first image, for models that take it: pen, arrow, box and text in colors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.images.framing import Framing, moved_object
from components.images.masks.markup import markup_from_drawing, markup_png
from components.parameters import InputImage
from components.ui.edit.canvas.canvas import (
    MARKUP_TOOLS,
    MAX_BRUSH,
    ZOOMS,
    draw_canvas,
    sync,
)
from components.ui.edit.canvas.history import draw_history_buttons
from components.ui.edit.canvas.objects import is_eraser
from components.ui.edit.canvas.page_state import brush_key, color_key, drawing_of, tool_key, zoom_key
from components.ui.edit.canvas.state import Step
from components.ui.process.workbench import workbench
from components.ui.session.widget_sync import held

PURPOSE = "markup"
# Letters of JSON; a drawing is kept with its run, and what is drawn by hand stays far below.
MOST_KEPT = 1_000_000


def markup_input(image: InputImage) -> InputImage | None:
    """Return the markup as sent, a transparent PNG of the image's size in the library; None if nothing is drawn."""
    drawing = sync(image, PURPOSE)
    if not drawing.now.objects:
        return None
    objects, scale = drawing.now.exact
    size, canvas = (image.width, image.height), (image.width * scale, image.height * scale)
    layer = markup_from_drawing({"objects": list(objects)}, size, canvas)
    if layer.getbbox() is None:
        return None
    library = workbench().library
    return library.keep_input(markup_png(layer, library.staging))


def markup_drawing(image: InputImage) -> dict[str, Any] | None:
    """Return the drawing over an image to store with its run; None if empty or too large to keep."""
    objects, scale = drawing_of(image, PURPOSE).now.exact
    kept = {"scale": scale, "objects": [dict(one) for one in objects]}
    return kept if objects and len(json.dumps(kept)) < MOST_KEPT else None


def set_markup(image: InputImage, kept: Mapping[str, Any]) -> None:
    """Restore a drawing that `markup_drawing` returned."""
    objects = tuple(one for one in kept.get("objects", ()) if isinstance(one, Mapping))
    drawing_of(image, PURPOSE).add(Step(objects, float(kept.get("scale") or 1.0)), load=True)


def carry_markup(before: InputImage, after: InputImage, framing: Framing) -> None:
    """Lay an image's markup over what a framing made of the image, as objects that can still be moved."""
    objects, scale = sync(before, PURPOSE).now.exact
    if objects:
        size = (before.width, before.height)
        moved = tuple(moved_object(one, framing, size, scale) for one in objects)
        drawing_of(after, PURPOSE).add(Step(moved, scale), load=True)


def _is_blank(one: Mapping[str, Any]) -> bool:
    """Return whether the object is a text that was left empty."""
    return "text" in one and not str(one["text"]).strip()


def draw_markup_panel(image: InputImage) -> None:
    """Draw tools, canvas and history buttons for markup over this image."""
    st.segmented_control(
        "Markup tool",
        list(MARKUP_TOOLS),
        format_func=lambda name: f"{MARKUP_TOOLS[name].icon} {MARKUP_TOOLS[name].label}",
        default=held(tool_key(PURPOSE), "brush"),
        required=True,
        key=tool_key(PURPOSE),
        label_visibility="collapsed",
        persist_state="session",
    )
    with st.container(horizontal=True, vertical_alignment="top", gap="small", key="markup.tools"):
        st.number_input(
            "Pen size",
            1,
            MAX_BRUSH[PURPOSE],
            held(brush_key(PURPOSE), 6),
            1,
            key=brush_key(PURPOSE),
            width=150,
            persist_state="session",
        )
        zoom = zoom_key(PURPOSE)
        st.segmented_control("Zoom", ZOOMS, default="Fit", required=True, key=zoom, persist_state="session")
        st.color_picker("Color", "#d7263d", key=color_key(PURPOSE), persist_state="session")
    drawing = draw_canvas(image, PURPOSE)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="markup.steps"):
        count = sum(not _is_blank(one) and not is_eraser(one) for one in drawing.now.objects)
        marks = "1 mark" if count == 1 else f"{count} marks"
        st.markdown(f"**Markup: {marks}** :gray[sent instead of a mask]", width="stretch")
        draw_history_buttons(image, PURPOSE, drawing)

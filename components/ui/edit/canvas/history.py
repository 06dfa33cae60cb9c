"""Undo, redo and clear of a drawing, by buttons."""

from __future__ import annotations

import streamlit as st

from components.parameters import InputImage
from components.ui.base.deferred import deferred
from components.ui.base.undo_button import draw_undo
from components.ui.edit.canvas.canvas import sync
from components.ui.edit.canvas.state import CanvasDrawing, Step


def clear(image: InputImage, purpose: str) -> None:
    """Clear an image's drawing; Undo restores it."""
    drawing = sync(image, purpose)
    drawing.add(Step((), drawing.now.scale), load=True)


def draw_history_buttons(image: InputImage, purpose: str, drawing: CanvasDrawing) -> None:
    """Draw Undo, Redo and Clear for an image's drawing."""
    for label, by, is_possible, keys in (
        ("Undo", -1, drawing.can_undo, "Ctrl+Z"),
        ("Redo", 1, drawing.can_redo, "Ctrl+Shift+Z"),
    ):
        draw_undo(
            f"{purpose}.{label.lower()}",
            deferred(_move),
            *(image, purpose, by),
            label=label,
            help=f"{keys} over the image",
            icon=label.lower(),
            disabled=not is_possible,
        )
    st.button(
        "Clear",
        icon=":material/delete_sweep:",
        key=f"{purpose}.clear",
        on_click=deferred(clear),
        args=(image, purpose),
        disabled=drawing.is_empty,
    )


def _move(image: InputImage, purpose: str, by: int) -> None:
    sync(image, purpose).move_by(by)

"""The button that takes the last change back, or makes it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st


def draw_undo(
    key: str,
    undo: Callable[..., None],
    *args: Any,
    label: str = "Undo",
    help: str | None = None,
    icon: str = "undo",
    type: Literal["secondary", "tertiary"] = "secondary",
    disabled: bool = False,
) -> None:
    """Draw a button that calls `undo` with the arguments, as a callback; `icon` "redo" for one that calls a redo."""
    st.button(
        label, icon=f":material/{icon}:", key=key, on_click=undo, args=args, help=help, type=type, disabled=disabled
    )

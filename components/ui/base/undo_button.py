"""The button that takes the last change back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st


def draw_undo(key: str, undo: Callable[..., None], *args: Any, label: str = "Undo", help: str | None = None) -> None:
    """Draw a button that calls `undo` with the arguments, as a callback."""
    st.button(label, icon=":material/undo:", key=key, on_click=undo, args=args, help=help)

"""The name of each page: in the browser's tab, and as the page's one heading of level 1."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st

APP = "Image Workbench"
ICON = Path(__file__).parent / "icon.svg"
LONGEST = 60

# For screen readers and outlines alone: the navigation shows sighted people which page this is.
_HIDDEN = "position:absolute;width:1px;height:1px;margin:-1px;padding:0;overflow:hidden;clip-path:inset(50%)"


def set_title(*parts: str) -> None:
    """Name the browser's tab, the most special part first; the app's own name is added.

    The icon is given each time, since Streamlit would otherwise fetch another one for every page from elsewhere.
    """
    shortened = (part if len(part) <= LONGEST else f"{part[:LONGEST].rstrip()}…" for part in parts)
    st.set_page_config(page_title=" · ".join([*shortened, APP]), page_icon=str(ICON), layout="wide")


def draw_heading(text: str) -> None:
    """Draw the page's heading of level 1, which takes no room."""
    st.html(f'<h1 style="{_HIDDEN}">{escape(text)}</h1>')

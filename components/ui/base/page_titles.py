"""Each page's name: the title of the browser's tab, and the one heading of level 1."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

APP = "Image Workbench"
ICON = Path(__file__).parent / "icon.svg"
LONGEST = 60


def set_title(*parts: str) -> None:
    """Set the browser tab's title, the most specific part first; the app's name is added.

    The icon is set every time: Streamlit would otherwise fetch one from another server for each page.
    """
    shortened = (part if len(part) <= LONGEST else f"{part[:LONGEST].rstrip()}…" for part in parts)
    st.set_page_config(page_title=" · ".join([*shortened, APP]), page_icon=str(ICON), layout="wide")

"""Buttons that download: outputs and runs as a ZIP, a text as a file."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.library.queries.pages import Filter
from components.ui.process.exports import export_address


def draw_zip_link(outputs: Sequence[str], runs: Sequence[str]) -> None:
    """Draw a link that downloads these outputs and runs with their recipes and a manifest."""
    st.link_button(
        "Download ZIP",
        export_address((tuple(outputs), tuple(runs))),
        icon=":material/download:",
        help="Original images, input images, and a manifest in JSON and CSV. The ZIP can be imported again.",
    )


def draw_download(data: str | bytes, name: str, mime: str, key: str) -> None:
    """Draw a button that downloads a file of this name, whose ending is its label."""
    st.download_button(
        f"Download .{name.rpartition('.')[2]}",
        data,
        file_name=name,
        mime=mime,
        icon=":material/download:",
        key=key,
        on_click="ignore",
    )


def draw_zip_all_link(filters: Filter, *, label: str = "", quiet: bool = True) -> None:
    """Draw a link that downloads everything that matches, not only what is on the page."""
    st.link_button(
        label or ("Download all" if filters == Filter() else "Download all that fit"),
        export_address(filters),
        icon=":material/download:",
        type="tertiary" if quiet else "secondary",
        help="Everything that matches as one ZIP: original images, input images, and a manifest.",
    )

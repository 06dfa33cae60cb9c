"""Buttons that download outputs and runs as a ZIP."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.library.queries.pages import Filter
from components.ui.process.exports import export_address


def offer_zip(outputs: Sequence[str], runs: Sequence[str], *, label: str = "Download ZIP") -> None:
    """A button that downloads these outputs and runs, with their recipes and a manifest."""
    st.link_button(
        label,
        export_address((tuple(outputs), tuple(runs))),
        icon=":material/download:",
        help="The pictures as they came, what went in, and a manifest in JSON and CSV. It can be imported again.",
    )


def offer_all(asked: Filter, *, label: str = "", quiet: bool = True) -> None:
    """A button that downloads all that fits, however much it is, and whatever is shown of it."""
    st.link_button(
        label or ("Download all" if asked == Filter() else "Download all that fit"),
        export_address(asked),
        icon=":material/download:",
        type="tertiary" if quiet else "secondary",
        help="All of it as one ZIP, not only what is shown: pictures as they came, what went in, and a manifest.",
    )

"""Makes a text field hand in what was typed when Tab moves on to its help icon (see text_commit.js)."""

from __future__ import annotations

import streamlit as st

from components.ui.base.assets import asset

_TEXT_COMMIT = st.components.v2.component(
    "image_workbench_text_commit", html="<span hidden></span>", js=asset("base/text_commit.js")
)


def commit_texts_on_tab() -> None:
    """Listen on the page for text fields that lose the focus; draws nothing."""
    _TEXT_COMMIT(key="text-commit")

"""The message of a page that has nothing to show yet."""

from __future__ import annotations

import streamlit as st


def draw_empty_state(sentence: str, icon: str) -> None:
    """Draw a quiet sentence with an icon where there is nothing to show."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":gray[{icon}]", width="content")
        st.markdown(sentence, width="stretch")

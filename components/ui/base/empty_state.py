"""What a page shows where it has nothing to show yet."""

from __future__ import annotations

import streamlit as st


def draw_empty_state(sentence: str, icon: str) -> None:
    """A calm line in place of what would be here, such as of an empty library."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":gray[{icon}]", width="content")
        st.markdown(sentence, width="stretch")

"""Connections: choose and test one, or add your own for this session."""

import streamlit as st

from components.ui.connections.cards import draw_card, draw_new_connection
from components.ui.session import connections

left, right = st.columns([10, 6], gap="large")

with left:
    st.subheader("Available connections")
    for connection in connections.available():
        draw_card(connection)

with right:
    draw_new_connection()

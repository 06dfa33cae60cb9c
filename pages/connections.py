"""Connections: choose and test one, or add, edit and copy your own for this session."""

import streamlit as st

from components.ui.connections.cards import draw_card, draw_lost, draw_new_connection, draw_unreadable
from components.ui.session import connections

left, right = st.columns([10, 6], gap="large")

with left:
    st.subheader("Available connections")
    draw_unreadable()
    for outline in connections.lost_own():
        draw_lost(outline)
    for connection in connections.available():
        draw_card(connection)

with right:
    draw_new_connection()

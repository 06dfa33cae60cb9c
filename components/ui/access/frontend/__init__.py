"""Streamlit's own front end: its files served from memory, and preloaded."""

"""Library: everything that was run, by everyone, to be found, kept, opened again and led on from."""

import streamlit as st

from components.ui.library.output_page import OUTPUT, draw_output
from components.ui.library.views import draw_view

if output := st.query_params.get(OUTPUT):
    draw_output(output)
else:
    draw_view()

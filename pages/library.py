"""Library: everything that was run, by everyone, to be found, kept, opened again and led on from."""

import streamlit as st

from components.ui.library_views import draw_view
from components.ui.output_page import OUTPUT, draw_output

if output := st.query_params.get(OUTPUT):
    draw_output(output)
else:
    draw_view()

"""The frame of the pages that run something: form and result, side by side or stacked.

page_layout.css lays them out by the names of their containers.
"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

FRAME, FORM, RESULT, RUN = "workspace", "workspace-form", "workspace-result", "workspace-run"


def workspace() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return the containers for the form and for the result."""
    with st.container(key=FRAME):
        return st.container(key=FORM), st.container(key=RESULT)


def form_fields() -> DeltaGenerator:
    """Return the container of a form's fields, above the run bar.

    Fill it after the bar is drawn: the price is what a person waits for after a change, and a page is painted in the
    order in which its script draws.
    """
    return st.container()


def run_bar() -> DeltaGenerator:
    """Return the container of the run button, which stays visible while a long form is scrolled."""
    return st.container(key=RUN, gap="small")

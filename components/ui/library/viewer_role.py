"""What a viewer gets: one line that says so, and the library in place of pages that run something."""

from __future__ import annotations

import streamlit as st

from components.ui.access.base_path import app_address
from components.ui.library.output_page import OUTPUT
from components.ui.process.workbench import workbench
from components.ui.session.address import RUN

LINE = (
    "You are a viewer: you can see and download what belongs to the team or to you. Only members can run or change "
    "anything."
)
# The pages on which a viewer has something to see. All others only run or change something.
PAGES = frozenset({"library", "prompts", "compare"})
LIBRARY_PAGE = "../../pages/library.py"


def draw_viewer_line() -> None:
    """Say once on each page why it has no buttons that run or change something."""
    st.caption(f":material/visibility: {LINE}")


def draw_instead() -> None:
    """Show the library in place of a page that runs something, with the result that its address names."""
    run_id, sheet_id = st.query_params.get(RUN), st.query_params.get("sheet")
    if sheet_id and sheet_id.isalnum():
        st.link_button("Open the sheet's report", app_address(f"/report?sheet={sheet_id}"), icon=":material/grid_view:")
        return
    view = workbench().runner.view(run_id) if run_id else None
    images = view.images if view is not None else ()
    st.switch_page(LIBRARY_PAGE, query_params={OUTPUT: images[0].id} if images else {})

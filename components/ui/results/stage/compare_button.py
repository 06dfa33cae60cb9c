"""The button that leads from outputs to the Compare page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

OUTPUTS = "outputs"  # in the address of the Compare page: the ids of the outputs, with commas between them
MAX_COMPARED = 16
COMPARE_PAGE = "../../pages/compare.py"


def draw_compare_button(output_ids: Sequence[str], *, key: str, label: str = "") -> None:
    """Draw a button that compares these images, with their number as its label; nothing for fewer than two."""
    chosen = list(dict.fromkeys(output_ids))[:MAX_COMPARED]
    label = label or ("Compare both" if len(chosen) == 2 else f"Compare all {len(chosen)}")
    if len(chosen) > 1 and st.button(label, icon=":material/compare:", key=key, help="Side by side, zoomed together."):
        st.switch_page(COMPARE_PAGE, query_params={OUTPUTS: ",".join(chosen)})

"""The questions asked just before, to come back to."""

from __future__ import annotations

import streamlit as st

from components.ui.address import run_in_address, show_run
from components.ui.form import escape
from components.ui.workbench import workbench

SHOWN = 8
LETTERS = 90
SIGNS = {"done": ":material/check:", "failed": ":material/error:", "running": ":material/hourglass_top:"}


def draw_recent_answers() -> None:
    """The newest analyses as lines; a click shows one again."""
    runs = workbench().library.recent(operation="analyze", limit=SHOWN + 1)
    others = [run for run in runs if run.id != run_in_address()][:SHOWN]
    if not others:
        return
    st.subheader("Just before")
    for run in others:
        line = " ".join(run.prompt.split()) or run.model
        st.button(
            escape(line if len(line) <= LETTERS else f"{line[:LETTERS]}…"),
            key=f"recent.analyze.{run.id}",
            icon=SIGNS.get(run.state, ":material/history:"),
            type="tertiary",
            on_click=show_run,
            args=(run.id,),
        )

"""The runs just before this one, as small pictures; a click shows one again."""

from __future__ import annotations

import streamlit as st

from components.ui.address import run_in_address, show_run
from components.ui.assets import asset
from components.ui.run_json import thumbnail_address
from components.ui.workbench import workbench

_STRIP = st.components.v2.component(
    "image_workbench_strip",
    html='<div class="strip"></div>',
    css=asset("strip.css"),
    js=asset("strip.js"),
)

SHOWN = 12


def draw_recent(operation: str, *, title: str = "Just before") -> None:
    """The newest runs of an operation that are stored; nothing where there are none."""
    runs = workbench().library.recent(operation=operation, limit=SHOWN)
    if not runs:
        return
    current = run_in_address()
    key = f"recent.{operation}"

    def opened() -> None:
        run_id = st.session_state[key].get("open")
        if run_id:
            show_run(str(run_id))

    st.subheader(title)
    _STRIP(
        key=key,
        data={
            "runs": [
                {
                    "id": run.id,
                    "title": f"{run.prompt[:120] or run.model} ({run.model}, {run.state})",
                    "state": run.state,
                    "current": run.id == current,
                    "thumb": thumbnail_address(run.cover.sha256, run.cover.format) if run.cover else "",
                }
                for run in runs
            ]
        },
        on_open_change=opened,
    )

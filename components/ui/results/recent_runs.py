"""Thumbnails of the runs before this one; a click shows one again."""

from __future__ import annotations

import streamlit as st

from components.ui.base.thumbnail_row import Thumbnail, draw_row, thumb_of
from components.ui.process.workbench import workbench
from components.ui.session.address import run_in_address, show_run

SHOWN = 12


def draw_recent(operation: str, *, title: str = "Recent runs") -> None:
    """Draw the newest stored runs of an operation; nothing if there are none."""
    runs = workbench().library.recent(operation=operation, limit=SHOWN)
    if not runs:
        return
    current = run_in_address()
    st.subheader(title)
    draw_row(
        f"recent.{operation}",
        [
            Thumbnail(
                run.id,
                f"{run.prompt[:120] or run.model} ({run.model}, {run.state})",
                thumb_of(run.cover),
                run.state,
                run.id == current,
            )
            for run in runs
        ],
        show_run,
    )

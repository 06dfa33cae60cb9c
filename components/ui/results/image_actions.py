"""Actions below an image: star it, edit it, analyze it, open its page in the library."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components.library.annotations import star
from components.runs import RunView
from components.ui.process.workbench import workbench
from components.ui.results.actions import NEXT_STEPS, follow, page_of
from components.ui.results.run_viewer import Action
from components.ui.session.state import page_state

OUTPUT = "output"

STAR = Action("star", "☆", "Star this image", on="★")
PAGE_STEPS = {"edit": NEXT_STEPS[0], "analyze": NEXT_STEPS[1]}
TOOLS = (
    STAR,
    Action("edit", "Edit", "Edit this image, with an empty mask", pixels=True),
    Action("analyze", "Analyze", "Ask a question about this image", pixels=True),
    Action("details", "Details", "Its page in the library: family, tags, title, note and the original file"),
)


@dataclass
class ImageActionState:
    """The action whose page is to be opened, and the id of its output."""

    next_page: tuple[str, str] | None = None


def starred_of(view: RunView | None) -> list[str]:
    """Return the ids of a run's starred images."""
    if view is None or not view.images:
        return []
    return [output.id for output in workbench().library.outputs(view.id) if output.starred]


def on_image_action(name: str, output_id: str) -> None:
    """Apply a clicked action in a callback; `follow_click` switches the page afterwards."""
    output = workbench().library.output(output_id)
    if output is None:
        return
    if name == STAR.name:
        star(workbench().library, [output.id], not output.starred)
    elif name == "details" or follow(PAGE_STEPS[name], output):
        page_state(ImageActionState).next_page = (name, output_id)


def follow_click(here: str) -> None:
    """Go to the page of the last click, unless it is the current one: `here` names its operation."""
    state = page_state(ImageActionState)
    if state.next_page is None:
        return
    (name, output_id), state.next_page = state.next_page, None
    if name == "details":
        st.switch_page("../../pages/library.py", query_params={OUTPUT: output_id})
    elif PAGE_STEPS[name].page != here:
        st.switch_page(page_of(PAGE_STEPS[name].page), query_params={})

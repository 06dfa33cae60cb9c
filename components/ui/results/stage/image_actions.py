"""Actions below an image that lead on: edit it, branch from it, analyze it, open its page, open the comparison."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components.library import NotAllowed, StoredOutput
from components.ui.base.deferred import defer
from components.ui.process.workbench import workbench
from components.ui.results.actions import NEXT_STEPS, follow, load_run, next_turn, page_of
from components.ui.results.cut_action import HELP, LABEL, cut_output
from components.ui.results.stage.compare_button import COMPARE_PAGE, OUTPUTS
from components.ui.results.stage.run_viewer import Action, why_read_only
from components.ui.results.stage.state import stage_state
from components.ui.session.state import page_state

OUTPUT = "output"

BRANCHED = "The form has this image's request. The next run is its child."
PAGE_STEPS = {"edit": NEXT_STEPS[0], "analyze": NEXT_STEPS[1]}
TOOLS = (
    Action(
        "next-turn",
        "Next turn",
        "Continue from this image: the earlier prompts and images are sent with your next edit",
        "forum",
        pixels=True,
    ),
    Action("analyze", "Analyze", "Ask a question about this image", "visibility", pixels=True),
    Action("cut", LABEL, HELP, "content_cut", pixels=True, opaque=True, changes=True),
    Action("details", "Details", "Its page in the library: family, tags, title, note and the original file", "info"),
)


@dataclass
class ImageActionState:
    """The last action that opens a page, and what it opens: the id of an output, or an operation after "branch"."""

    next_page: tuple[str, str] | None = None


def on_image_action(name: str, output_id: str) -> None:
    """Apply a clicked action; `follow_click` switches the page afterwards.

    Raise NotAllowed where it would change a run that is shown read-only.
    """
    if name == "open-comparison":
        page_state(ImageActionState).next_page = (name, "")
        return
    output = workbench().library.output(output_id)
    if output is None:
        return
    if name == "branch":
        branch(output)
    elif name == "next-turn":
        if next_turn(output):
            page_state(ImageActionState).next_page = ("edit", output_id)
    elif name == "cut":
        _cut(output)
    elif name == "details" or (name in PAGE_STEPS and follow(PAGE_STEPS[name], output)):
        page_state(ImageActionState).next_page = (name, output_id)


def _cut(output: StoredOutput) -> None:
    if why := why_read_only(workbench().runner.view(output.run_id)):
        raise NotAllowed("Nothing was cut out.", why)
    cut_output(output)


def branch(output: StoredOutput) -> None:
    """Fill the form of an output's page with its request; the next run there is its child."""
    view = workbench().runner.view(output.run_id)
    if view is None:
        return
    load_run(view, output.id)
    page_state(ImageActionState).next_page = ("branch", view.operation)
    defer(st.toast, BRANCHED, icon=":material/account_tree:")


def follow_click(here: str) -> None:
    """Go to the page of the last click, unless it is the current one: `here` names its operation."""
    state = page_state(ImageActionState)
    if state.next_page is None:
        return
    (name, target), state.next_page = state.next_page, None
    if name == "details":
        st.switch_page("../../pages/library.py", query_params={OUTPUT: target})
    elif name == "open-comparison":
        st.switch_page(COMPARE_PAGE, query_params={OUTPUTS: ",".join(stage_state().compared)})
    elif (page := target if name == "branch" else PAGE_STEPS[name].page) != here:
        st.switch_page(page_of(page), query_params={})

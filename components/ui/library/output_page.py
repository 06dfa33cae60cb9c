"""The page of one output: image, request and response, annotations, family, and next steps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from components.client.failures.recurring import recurs
from components.library import StoredOutput, StoredRun
from components.library.queries.family import parents
from components.parameters.prompts.clip import clip
from components.runs import RunView
from components.settings import BUILT_IN_ID
from components.ui.access.base_path import app_address
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, deferred
from components.ui.base.empty_state import draw_empty_state
from components.ui.base.formatting.markdown_text import escape, escape_lines
from components.ui.base.formatting.money import span_text
from components.ui.base.formatting.time_format import full_text
from components.ui.base.page_titles import set_title
from components.ui.base.run_json import run_json
from components.ui.base.thumbnail_row import draw_strip
from components.ui.inputs.image_inputs import input_address
from components.ui.inputs.library_picker import NOT_AN_INPUT
from components.ui.inputs.provenance import draw_provenance, subjects_of_outputs
from components.ui.library.page_state import LibraryState
from components.ui.process.workbench import workbench
from components.ui.results.actions import LOAD_HELP, LOAD_LABEL, NEXT_STEPS, follow, load_run, page_of
from components.ui.results.annotations import draw_annotations
from components.ui.results.code.code_export import draw_export
from components.ui.results.cut_action import HELP, LABEL, can_be_cut, cut_output
from components.ui.results.family import RUN, draw_family
from components.ui.results.rerun import request_of, run_again
from components.ui.results.run_details import draw_error, draw_run_facts, draw_unsaved, draw_urls
from components.ui.results.stage.compare_button import draw_compare_button
from components.ui.results.stage.image_actions import follow_click, on_image_action
from components.ui.results.stage.marks import handle_marks, marks_json
from components.ui.results.stage.state import stage_state
from components.ui.session.address import go_to_page
from components.ui.session.owner import person
from components.ui.session.personal.visibility import draw_run_visibility
from components.ui.session.state import page_state

_OUTPUT = st.components.v2.component(
    "image_workbench_output",
    html='<div class="output"></div>',
    css=asset(
        "results/stage/run_viewer.css",
        "base/browser/viewer.css",
        "base/browser/image_keys.css",
        "library/output_page.css",
    ),
    js=asset(
        "base/browser/common.js",
        "base/browser/mounting.js",
        "base/browser/pending_acts.js",
        "base/browser/image_keys.js",
        "base/browser/viewer.js",
        "library/output_page.js",
    ),
)
OUTPUT = "output"
INPUT_WIDTH = 160
# A prompt up to this many characters is shown in full; a longer one scrolls in a field of this height in pixels.
LONG = 700
PROMPT_PX = 240
LONGEST_TITLE = 60
LONGEST_HEADING = 160  # a prompt up to this length is the page's heading, not repeated below it
LINES = 8  # of the text in an image, before it scrolls too


def draw_output(output_id: str) -> None:
    """Draw the page of one output, or a message when the library does not have it."""
    library = workbench().library
    output = library.output(output_id)
    run = library.run(output.run_id) if output is not None else None
    view = workbench().runner.view(output.run_id) if output is not None else None
    _draw_head(output_id)
    if output is None or run is None or view is None:
        draw_empty_state(
            "This image is not in the library. It may have been deleted for good, or the link is incomplete.",
            icon=":material/link_off:",
        )
        return
    set_title(output.title or clip(run.prompt, LONGEST_TITLE) or run.model, "Library")
    image_column, facts_column = st.columns([10, 7], gap="large")
    with image_column:
        _draw_image(output, view)
        _draw_siblings(output, view.images)
        _draw_inputs(run)
        opened = draw_family(output, run)
    with facts_column:
        st.subheader(escape(_heading(output, run)), anchor=False)
        _draw_prompt(output, run)
        _draw_next_steps(output, run, view)
        draw_run_visibility(run.id, run.owner, run.is_private)
        draw_annotations(output)
        _draw_text(output)
        draw_unsaved(view)
        draw_error(view)
        draw_urls(view)
        draw_run_facts(view)
    if opened:
        _follow(opened)


def go_to(output_id: str | None) -> None:
    """Show another output; None shows the library."""
    if output_id is None:
        st.query_params.pop(OUTPUT, None)
    else:
        st.query_params[OUTPUT] = output_id
    st.rerun()


def note_shown(output_ids: Sequence[str]) -> None:
    """Remember what the library shows, for Previous and Next on an output's page."""
    page_state(LibraryState).shown = list(output_ids)


def _draw_head(output_id: str) -> None:
    """Draw Back, Previous and Next, in the order that the library last showed."""
    shown = page_state(LibraryState).shown
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="output.head"):
        if st.button("Back to the library", icon=":material/arrow_back:", type="tertiary", key="output.back"):
            go_to(None)
        if output_id not in shown or len(shown) < 2:
            return
        place = shown.index(output_id)
        st.space("stretch")
        st.caption(f"{place + 1} of {len(shown)}", width="content")
        for label, key, to in (("Previous", "Left", place - 1), ("Next", "Right", place + 1)):
            beyond = not 0 <= to < len(shown)
            if st.button(label, type="tertiary", key=f"output.{label.lower()}", shortcut=key, disabled=beyond):
                go_to(shown[to])


def _follow(opened: str) -> None:
    if not opened.startswith(RUN):
        go_to(opened)
    operation, _, run_id = opened.removeprefix(RUN).partition(":")
    st.switch_page(page_of(operation), query_params={"run": run_id})


def _draw_image(output: StoredOutput, view: RunView) -> None:
    key = "output.image"
    marked, handled = handle_marks(OUTPUT, key)
    library = workbench().library
    images: Sequence[dict[str, Any]] = run_json(view)["images"]
    # An image in the trash still opens by its address.
    position = next((place for place, image in enumerate(images) if image["id"] == output.id), 0)
    event = _OUTPUT(
        key=key,
        data={
            "images": images,
            "looks": not person().may_run,
            "position": position,
            "prompt": view.prompt,
            "marks": {one.id: marks_json(one) for one in library.outputs(output.run_id)},
            "compared": stage_state().compared,
            "handled": handled,
            "address": _link(output, view),
        },
        on_acts_change=marked,
        on_go_change=lambda: None,
    )
    if event.go:
        on_image_action(str(event.go["name"]), str(event.go["output"]))
        follow_click(here="library")
    if images[position]["note"]:
        st.caption(escape(images[position]["note"]))


def _link(output: StoredOutput, view: RunView) -> str:
    """Return the address for a teammate: its run, read-only there; an image in the trash has its page only."""
    if output.deleted_at is not None:
        return app_address(f"/library?{OUTPUT}={output.id}")
    page = "" if view.operation == "generate" else view.operation
    return app_address(f"/{page}?run={view.id}&{OUTPUT}={output.id}")


def _draw_siblings(output: StoredOutput, images: Sequence[StoredOutput]) -> None:
    """Draw the other images of the run, except those in the trash."""
    images = [one for one in images if one.deleted_at is None or one.id == output.id]
    if len(images) < 2:
        return
    chosen = draw_strip("output.siblings", images, current=output.id)
    if chosen and chosen != output.id:
        go_to(chosen)


def _draw_inputs(run: StoredRun) -> None:
    """Draw the run's input images, each a link to its file; the mask lies over the first."""
    found = workbench().library.inputs(run.id)
    if not found:
        return
    mask = next(iter(found.get("mask", ())), None)
    shown = []
    for role, images in found.items():
        for place, image in enumerate(images):
            over = f"&base={mask.sha256}" if mask is not None and (role, place) == ("image", 0) else ""
            name = escape(f"{role}: {image.name}")
            if role != "mask":
                small = app_address(f"/previews/{image.sha256}?w={INPUT_WIDTH}{over}")
                shown.append(f"[![{name}]({small})]({input_address(image)})")
    masked = f" :gray[[mask]({input_address(mask)}) shown over the first]" if mask is not None else ""
    st.markdown(f"**Input images**{masked}")
    st.markdown(" ".join(shown))


def _heading(output: StoredOutput, run: StoredRun) -> str:
    return output.title or clip(run.prompt, LONGEST_HEADING) or run.model


def _draw_prompt(output: StoredOutput, run: StoredRun) -> None:
    if run.prompt and _heading(output, run) != " ".join(run.prompt.split()):
        with st.container(height=PROMPT_PX if len(run.prompt) > LONG else "content", border=False, key="output.prompt"):
            st.markdown(escape_lines(run.prompt))
    whose = f" by {run.owner}" if run.owner else ""
    st.caption(escape(f"{output.width}x{output.height} {output.format} · made {full_text(run.created)}{whose}"))
    is_free = run.connection_id == BUILT_IN_ID
    if run.estimate_low is not None and run.estimate_high is not None and not is_free:
        st.caption(escape(f"Estimated for the run: {span_text(run.estimate_low, run.estimate_high)}"))


def _draw_text(output: StoredOutput) -> None:
    """Draw the text that OCR found in the image, with a button that copies it."""
    if output.text_in_image:
        st.markdown("**Text in the image** :gray[read by OCR, letters may be wrong]")
        is_long = len(output.text_in_image.splitlines()) > LINES
        st.code(output.text_in_image, language=None, wrap_lines=True, height=PROMPT_PX if is_long else "content")


def _draw_next_steps(output: StoredOutput, run: StoredRun, view: RunView) -> None:
    with st.container(horizontal=True, gap="small", key="output.steps"):
        if person().may_run:
            _draw_runs_from(output, view)
        draw_compare_button(_to_compare(output, run, view), key="output.compare")
        request = request_of(view)
        if request is not None:
            draw_export(request, view, key="output")
        if person().may_run:
            draw_provenance("output", partial(subjects_of_outputs, [output]))


def _draw_runs_from(output: StoredOutput, view: RunView) -> None:
    """Draw what begins a run from this output, or fills a form with it."""
    if not recurs(view.error):
        st.button(
            "Run again",
            icon=":material/replay:",
            key="output.again",
            on_click=deferred(_run_again),
            args=(view,),
            help="Send the same request as a new run.",
        )
    if st.button(
        LOAD_LABEL,
        icon=":material/edit_note:",
        key="output.change",
        help=LOAD_HELP,
    ):
        load_run(view, output.id)
        st.switch_page(page_of(view.operation), query_params={})
    for step in NEXT_STEPS:
        if st.button(step.label, icon=step.icon, key=f"output.step.{step.label}", help=step.help):
            if follow(step, output):
                st.switch_page(page_of(step.page), query_params={})
            st.toast(NOT_AN_INPUT, icon=":material/block:")
    if can_be_cut(output):
        cut = f"output.cut.{output.id}"
        st.button(LABEL, icon=":material/content_cut:", key=cut, help=HELP, on_click=deferred(_cut), args=(output,))


def _cut(output: StoredOutput) -> None:
    if (cut := cut_output(output)) is not None:
        defer(st.query_params.update, {"output": cut.id})


def _run_again(view: RunView) -> None:
    run_again(view)
    defer(go_to_page, view.operation)


def _to_compare(output: StoredOutput, run: StoredRun, view: RunView) -> list[str]:
    """Return the ids to compare: the image and its parent, else all images of its run."""
    before = [one.id for one in parents(workbench().library, run)]
    others = (one.id for one in view.images if one.deleted_at is None)
    return [*before[:1], output.id] if before else [output.id, *others]

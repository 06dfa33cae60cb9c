"""The right column of the Edit page: the canvas over the first image, or the result."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import streamlit as st

from components.images.masks.compare import SHAPE_TOLERANCE
from components.library import LibraryUnavailable, StoredOutput
from components.parameters import InputImage
from components.parameters.capabilities import reason
from components.runs import RunView
from components.ui.access.base_path import app_address
from components.ui.base.deferred import defer, deferred, perform_deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.edit.canvas.page_state import drawing_of
from components.ui.edit.extend_panel import draw_extend_panel
from components.ui.edit.form import FEATHER, OPERATION, can_keep_outside, set_keep_outside, takes_markup
from components.ui.edit.markup_panel import draw_markup_panel
from components.ui.edit.mask_check import draw_mask_problem
from components.ui.edit.mask_panel import draw_mask_panel
from components.ui.edit.page_state import EXTEND, KEEP, KEEP_FEATHER, MARKUP, MASK, RESULT, SHOWN, EditState
from components.ui.forms.checked_form import Form
from components.ui.forms.problems import draw_problems
from components.ui.inputs.image_inputs import entries, input_address, input_images
from components.ui.process.workbench import workbench
from components.ui.results.rerun import request_of
from components.ui.results.result_column import draw_result
from components.ui.session import connections
from components.ui.session.drafts.restore import mark_draft
from components.ui.session.state import page_state
from components.ui.session.widget_sync import held

COMPARED_WIDTH = 2048  # pixels

log = logging.getLogger(__name__)


@st.fragment
def _mask(image: InputImage, takes_markup: bool) -> None:
    perform_deferred()
    draw_mask_panel(image, takes_markup=takes_markup)
    mark_draft()


@st.fragment
def _markup(image: InputImage) -> None:
    perform_deferred()
    draw_markup_panel(image)
    mark_draft()


def draw_workspace(form: Form, shown: str | None) -> bool:
    """Draw the canvas over the first image, or an empty state; return whether the result belongs here instead.

    `shown` is the id of the run or sheet that the address names. A new one brings up its result, another first image
    brings up the canvas.
    """
    images = input_images(OPERATION)
    state = page_state(EditState)
    first = images[0].sha256 if images else None
    if shown != state.run:
        state.shows_result = shown is not None
    elif first != state.first:
        state.shows_result = False
    state.run, state.first = shown, first
    if not images:
        if shown is None:
            _draw_empty_state()
        return shown is not None
    modes = [MASK, *([MARKUP] if takes_markup(form) else []), EXTEND]
    if state.mode not in modes:
        state.mode = MASK
    mode = state.mode
    result = shown is not None and state.shows_result
    st.session_state[SHOWN] = RESULT if result else mode
    st.segmented_control(
        "Draw",
        [*modes, RESULT] if shown is not None else modes,
        default=st.session_state[SHOWN],
        required=True,
        key=SHOWN,
        on_change=deferred(_show),
        label_visibility="collapsed",
        help="A mask says where to edit. Markup, drawn over the image, shows what to change; it replaces a mask.",
    )
    if result:
        return True
    if mode == MARKUP:
        _markup(images[0])
        draw_mask_problem(images[0], sends_markup=True, takes_markup=True)
    elif mode == EXTEND:
        draw_extend_panel(OPERATION, images[0])
        draw_mask_problem(images[0], sends_markup=False, takes_markup=takes_markup(form))
    else:
        _mask(images[0], takes_markup(form))
    _draw_not_sent(images[0], mode)
    draw_problems(form, "mask")
    draw_problems(form, "markup")
    return False


def _show() -> None:
    chosen, state = str(st.session_state[SHOWN]), page_state(EditState)
    if chosen == RESULT:
        state.shows_result = True
    else:
        state.show_canvas(chosen)


def _draw_empty_state() -> None:
    with st.container(border=True, key="edit.empty"):
        st.subheader("Add an image to begin")
        st.caption(
            "Drop one on the left, choose it or paste it with Ctrl+V. Then paint over what should change, say "
            "what it should become, and press Edit. Without a mask the whole image may change."
        )


def _draw_not_sent(image: InputImage, mode: str) -> None:
    """Say which of mask and markup is not sent."""
    if mode == MARKUP and not drawing_of(image, "mask").is_empty:
        st.caption("The painted mask stays here and is not sent: markup and a mask cannot go together.")
    elif mode == MASK and not drawing_of(image, "markup").is_empty:
        st.caption("The markup stays here and is not sent: a mask and markup cannot go together.")


def draw_restore_inputs() -> None:
    """Draw a button that restores the input images that editing a result set aside."""
    if aside := page_state(EditState).set_aside:
        others = "other image" if len(aside) == 1 else f"{len(aside)} other images"
        label, icon = f"Put the {others} back", ":material/undo:"
        st.button(label, icon=icon, key="edit.aside.back", on_click=deferred(_restore_inputs))


def _restore_inputs() -> None:
    kept, state = entries(OPERATION), page_state(EditState)
    kept.extend(state.set_aside)
    state.set_aside = []


def draw_keep_switch(form: Form) -> None:
    """Draw the switch that restores the original outside the mask, pixel by pixel."""
    if "mask" not in form.raw or not can_keep_outside(form.raw):
        return
    finding = connections.findings(form.model).get("mask")
    ignores, server = finding is not None and finding.value == "ignored", connections.chosen()
    if ignores and (kept_for := (server.server_key, form.model)) != page_state(EditState).kept_for:
        page_state(EditState).kept_for = kept_for
        set_keep_outside(FEATHER)
    st.toggle(
        "Keep outside the mask exactly",
        value=bool(held(KEEP, False)),
        key=KEEP,
        persist_state="session",
        help="GPT Image models take a mask as guidance and may change pixels outside it. With this on, the original "
        "is put back there, with a soft edge. Both versions are kept.",
    )
    if ignores and finding is not None:
        st.caption(escape(f"{reason(server.name, finding)} So the original is put back outside the mask."))
    if st.session_state.get(KEEP):
        feather = int(held(KEEP_FEATHER, FEATHER))
        st.slider("Soft edge (pixels)", 0, 64, feather, key=KEEP_FEATHER, persist_state="session")


def draw_edit_result(view: RunView | None, *, status_only: bool) -> None:
    """Draw the run's images over their originals, and what is beneath them; `status_only` draws the status alone."""
    draw_result(OPERATION, view, quiet=True, status_only=status_only, beneath=_draw_beneath, before=_before(view))


def _before(view: RunView | None) -> dict[str, Any] | None:
    """Return the image that a run edited, as the run viewer lays it over the result."""
    found = workbench().library.inputs(view.id).get("image") if view is not None else None
    if not found:
        return None
    first = found[0]
    return {
        "src": _before_address(first),
        "width": first.width,
        "height": first.height,
        "tolerance": SHAPE_TOLERANCE,
    }


def _draw_beneath(view: RunView) -> None:
    found = workbench().library.inputs(view.id)
    if view.images and (before := found.get("image")):
        _draw_sizes(view.images, before[0])
        _draw_put_back(view)
    for name in ("mask", "markup"):
        for overlay in found.get(name, ()):
            st.caption(
                f"[Download the {name} that was sent]({input_address(overlay)}?download={view.id[-6:]}-{name}.png)"
            )


def _draw_sizes(outputs: Sequence[StoredOutput], before: InputImage) -> None:
    """Say where result and original differ in size, so that they do not align pixel by pixel."""
    other = next((one for one in outputs if (one.width, one.height) != (before.width, before.height)), None)
    if other is None:
        return
    sizes = f"The result is {other.width}x{other.height}, the image before {before.width}x{before.height}"
    st.caption(
        f"{sizes}; both are shown at the same size."
        if _same_shape(before, other)
        else f"{sizes}, a different shape. Each is shown completely, so they do not align point by point."
    )


def _draw_put_back(view: RunView) -> None:
    """Draw a button for each image that changed outside the mask, to restore the original there."""
    kept = {output.index for output in view.images if output.role == "composite"}
    changed = [one for one in view.images if (one.facts or {}).get("changed_outside") and one.index not in kept]
    for output in changed:
        which = f" of image {output.index + 1}" if len(changed) > 1 else ""
        st.button(
            f"Put the original back outside the mask{which}",
            icon=":material/layers:",
            key=f"edit.put-back.{output.index}",
            on_click=deferred(_put_back),
            args=(view, output),
            help="Makes a second version, here and free of charge: outside the mask it is the original, "
            "pixel by pixel. Both are kept.",
        )


def _put_back(view: RunView, output: StoredOutput) -> None:
    request, feather = request_of(view), int(st.session_state.get(KEEP_FEATHER, FEATHER))
    try:
        if request is not None and workbench().runner.versions.put_back(request, output, feather):
            return
    except (LibraryUnavailable, OSError, ValueError):
        log.warning("Could not restore the original around the mask of %s", output.id, exc_info=True)
    defer(st.toast, "The original could not be put back: a file is missing or cannot be read.")


def _before_address(before: InputImage) -> str:
    """Return the address of the original, or of a smaller version if it exceeds any screen."""
    if before.width <= COMPARED_WIDTH or before.has_alpha:
        return input_address(before)
    return app_address(f"/previews/{before.sha256}?w={COMPARED_WIDTH}")


def _same_shape(before: InputImage, after: StoredOutput) -> bool:
    return abs(after.width * before.height / (after.height * before.width) - 1) <= SHAPE_TOLERANCE

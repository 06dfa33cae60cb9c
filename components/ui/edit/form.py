"""Read the Edit page: the form, the input images, and the mask or markup drawn over the first one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from components.client import Connection
from components.images.framing import Framing, reframe_mask
from components.images.intake.intake import Fix, reframed_mask
from components.parameters import Images, InputImage, Inputs, Request, Size, find_model
from components.runs.saving.mask_compare import KEPT_OUTSIDE, WITHOUT_PIXELS
from components.runs.view import EDITED_OUTPUT
from components.ui.edit.canvas.page_state import drawing_of
from components.ui.edit.canvas.state import Step
from components.ui.edit.markup_panel import carry_markup, markup_drawing, markup_input
from components.ui.edit.mask_base import rebase
from components.ui.edit.mask_check import apply_missing_mask, coverage, forget_refusal, is_confirmed, mask_problem
from components.ui.edit.mask_panel import mask_input
from components.ui.edit.page_state import KEEP, KEEP_FEATHER, MARKUP, EditState
from components.ui.forms.checked_form import Form
from components.ui.forms.form import read_form
from components.ui.forms.sending.parent_tracking import send_derived
from components.ui.inputs.image_inputs import ImageEntry, entries, input_images, replace_images
from components.ui.process.workbench import workbench
from components.ui.session.address import forget_run
from components.ui.session.state import page_state

OPERATION = "edit"
FEATHER = 8  # pixels of its soft edge, unless another is asked for
MASK_PROBLEM = "mask.trouble"  # no field's: it is shown below the canvas, with the ways out of it


def placeholder_image(image: InputImage, name: str) -> InputImage:
    """Return an empty image of the right size in place of an overlay that is not rendered yet."""
    return InputImage(Path(), f"{name}.png", "image/png", image.width, image.height, 1, "", True)


def read_edit(*, final: bool = False) -> Form:
    """Return the form with its images. `final` renders the mask at full size, otherwise a placeholder stands for it.

    A mask that would not do what was meant leaves no request, unless the person confirmed an edit of the whole image.
    """
    images = input_images(OPERATION)
    if not images:
        return read_form(OPERATION)
    first, mode = images[0], page_state(EditState).mode
    apply_missing_mask(first)
    marks = takes_markup(read_form(OPERATION))
    trouble = mask_problem(first, sends_markup=mode == MARKUP and marks, takes_markup=marks)
    mask: InputImage | None = None
    markup: InputImage | None = None
    if trouble is None and mode == MARKUP and marks:
        if final:
            markup = markup_input(first)
        elif drawing_of(first, "markup").now.objects:
            markup = placeholder_image(first, "markup")
    elif trouble is None:
        if final:
            mask = mask_input(first)
        elif not drawing_of(first, "mask").is_empty:
            mask = placeholder_image(first, "mask")
    form = read_form(OPERATION, images=images, mask=mask, markup=markup)
    form = replace(form, extra={**form.extra, **_extra(form.inputs, form.raw)})
    if trouble is None or is_confirmed(first, mode == MARKUP and marks):
        return form
    if final:
        page_state(EditState).shows_result = False  # the canvas says what is wrong
    return replace(form, request=None, problems={**form.problems, MASK_PROBLEM: (trouble,)})


def takes_markup(form: Form) -> bool:
    """Return whether the chosen model takes markup."""
    return "markup" in find_model(form.model, OPERATION).family.kinds


def image_limit(form: Form) -> int:
    """Return how many images the chosen model takes."""
    kind = find_model(form.model, OPERATION).family.kinds.get("image")
    return kind.maximum if isinstance(kind, Images) else 1


def model_sizes(form: Form) -> tuple[str, ...]:
    """Return the sizes ("1536x1024") that the chosen model names."""
    kind = find_model(form.model, OPERATION).family.kinds.get("size")
    return kind.choices if isinstance(kind, Size) else ()


def wants_square_png(form: Form) -> bool:
    """Return whether the chosen model takes only square PNGs."""
    kind = find_model(form.model, OPERATION).family.kinds.get("image")
    return isinstance(kind, Images) and kind.square


def can_keep_outside(values: Mapping[str, Any]) -> bool:
    """Return whether the result will have pixels, as putting the original back requires."""
    return values.get("output_format") not in WITHOUT_PIXELS


def send_edit(connection: Connection, request: Request) -> None:
    """Submit an edit, with what to do with its result."""
    page_state(EditState).set_aside = []
    extra = _extra(request.inputs, request.values)
    send_derived(connection, request, edited=extra.get(EDITED_OUTPUT), extra=extra or None)


def _extra(inputs: Inputs, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept with the runs of an edit: what to do with its results, its drawing, and what it edits."""
    extra: dict[str, Any] = {}
    if inputs.mask is not None and st.session_state.get(KEEP) and can_keep_outside(values):
        extra[KEPT_OUTSIDE] = int(st.session_state.get(KEEP_FEATHER, FEATHER))
    if inputs.markup is not None and (drawing := markup_drawing(inputs.images[0])):
        extra["markup"] = drawing
    parent = page_state(EditState).parent
    if parent is not None and inputs.images and parent[1] == inputs.images[0].sha256:
        extra[EDITED_OUTPUT] = parent[0]
    return extra


def carry_over(before: InputImage, after: InputImage, change: Fix | Framing | None) -> None:
    """Carry an image's mask, markup and parent output over to what a change made of the image.

    Nothing is redrawn where a change is undone (None): the former image still has its drawings.
    """
    page_state(EditState).move_parent(before.sha256, after.sha256)
    painted = None if change is None else coverage(before)
    if isinstance(change, Framing):
        carry_markup(before, after, change)
        if painted is not None:
            rebase(after, reframe_mask(painted, change))
    elif change is not None and painted is not None:
        rebase(after, reframed_mask(painted, change, (after.width, after.height)))


def edit_this(output_id: str, image: InputImage) -> None:
    """Make an output the only input image, without a mask, and remember it as the parent.

    It goes in alone: it contains what it was made from, and each image costs. The others can be restored.
    """
    forget_run(OPERATION)
    state = page_state(EditState)
    state.set_aside = _other_entries(output_id)
    replace_images(OPERATION, [image])
    clear_drawings(image)
    state.parent, state.last_step = (output_id, image.sha256), ""
    state.show_canvas()


def _other_entries(output_id: str) -> list[ImageEntry]:
    """Return the input images except the one that this output was made from."""
    library = workbench().library
    output = library.output(output_id)
    made_from = library.inputs(output.run_id).get("image", [])[:1] if output is not None else []
    left_out = {image.sha256 for image in made_from} | ({output.sha256} if output is not None else set())
    return [entry for entry in entries(OPERATION) if entry.image.sha256 not in left_out]


def clear_drawings(image: InputImage) -> None:
    """Start with an empty mask and no markup over an image; Undo restores the earlier ones."""
    forget_refusal(image)
    for purpose in ("mask", "markup"):
        drawing = drawing_of(image, purpose)
        if not drawing.is_empty:
            drawing.add(Step((), drawing.now.scale), load=True)


def set_keep_outside(feather: Any) -> None:
    """Set the switch that keeps the outside of the mask: its soft edge in pixels, None for off."""
    st.session_state[KEEP] = feather is not None
    if feather is not None:
        st.session_state[KEEP_FEATHER] = int(feather)

"""Reads the Edit page: the form, the pictures of the tray, and the mask or markup drawn over the first of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from components.client import Connection
from components.images.intake.intake import Fix, carried
from components.parameters import Images, InputImage, Request, find_model
from components.runs.mask_compare import KEPT_OUTSIDE, WITHOUT_PIXELS
from components.ui.edit.canvas.canvas import drawing_of
from components.ui.edit.canvas.state import Step
from components.ui.edit.markup_panel import markup_drawing, markup_input
from components.ui.edit.mask_base import rebase
from components.ui.edit.mask_check import coverage, forget_refusal, is_confirmed, mask_trouble, take_owed
from components.ui.edit.mask_panel import mask_input
from components.ui.forms.form import Form, read_form
from components.ui.forms.parent_tracking import send_derived
from components.ui.inputs.image_inputs import ImageEntry, entries, put_image, tray_images
from components.ui.inputs.library_picker import EDITED
from components.ui.process.workbench import workbench
from components.ui.session.address import forget_run

OPERATION = "edit"
MODE = "edit.mode"  # what is drawn on the easel
MASK, MARKUP, EXTEND, RESULT = "Mask", "Markup", "Extend", "Result"
RESULT_SHOWN = "edit.result"  # whether the result stands where the easel would
KEEP = "edit.keep"
KEEP_FEATHER = "edit.keep.feather"
FEATHER = 8  # pixels of its soft edge, unless another is asked for
PARENT = "edit.parent"
TROUBLE = "mask.trouble"  # no field's: it is told beneath the canvas, with the ways out of it
ASIDE = "edit.aside"  # the pictures that "Edit" beneath a result took out of the tray


def stands_for(image: InputImage, name: str) -> InputImage:
    """A picture in place of a mask that is not drawn out yet: of the right size, with nothing in it."""
    return InputImage(Path(), f"{name}.png", "image/png", image.width, image.height, 1, "", True)


def read_edit(*, final: bool = False) -> Form:
    """The form with its pictures. `final` draws the mask out at full size; otherwise something stands for it.

    Where the mask would not do what was meant there is no request, unless the whole image was confirmed.
    """
    images = tray_images(OPERATION)
    if not images:
        return read_form(OPERATION)
    first, mode = images[0], str(st.session_state.get(MODE, MASK))
    take_owed(first)
    marks = takes_markup(read_form(OPERATION))
    trouble = mask_trouble(first, sends_markup=mode == MARKUP and marks, takes_markup=marks)
    mask: InputImage | None = None
    markup: InputImage | None = None
    if trouble is None and mode == MARKUP and marks:
        if final:
            markup = markup_input(first)
        elif drawing_of(first, "markup").now.objects:
            markup = stands_for(first, "markup")
    elif trouble is None:
        if final:
            mask = mask_input(first)
        elif not drawing_of(first, "mask").is_empty:
            mask = stands_for(first, "mask")
    form = read_form(OPERATION, images=images, mask=mask, markup=markup)
    if trouble is None or is_confirmed(first, mode == MARKUP and marks):
        return form
    if final:
        st.session_state[RESULT_SHOWN] = False  # the canvas says what is wrong
    return replace(form, request=None, problems={**form.problems, TROUBLE: (trouble,)})


def takes_markup(form: Form) -> bool:
    """Whether the chosen model takes markup."""
    return "markup" in find_model(form.model, OPERATION).family.kinds


def image_limit(form: Form) -> int:
    """How many pictures the chosen model takes."""
    kind = find_model(form.model, OPERATION).family.kinds.get("image")
    return kind.maximum if isinstance(kind, Images) else 1


def wants_square_png(form: Form) -> bool:
    """Whether the chosen model takes only square PNGs."""
    kind = find_model(form.model, OPERATION).family.kinds.get("image")
    return isinstance(kind, Images) and kind.square


def can_keep_outside(values: Mapping[str, Any]) -> bool:
    """Whether the result will have the pixels that putting the original back needs."""
    return values.get("output_format") not in WITHOUT_PIXELS


def send_edit(connection: Connection, request: Request) -> None:
    """Submit an edit, with what is to be done with its result."""
    st.session_state.pop(ASIDE, None)
    extra: dict[str, Any] = {}
    if request.mask is not None and st.session_state.get(KEEP) and can_keep_outside(request.values):
        extra[KEPT_OUTSIDE] = int(st.session_state.get(KEEP_FEATHER, FEATHER))
    if request.markup is not None and (drawing := markup_drawing(request.images[0])):
        extra["markup"] = drawing
    parent = st.session_state.get(PARENT)
    chained = parent is not None and bool(request.images) and parent[1] == request.images[0].sha256
    edited = str(parent[0]) if parent and chained else None
    if edited:
        extra[EDITED] = edited
    send_derived(connection, request, edited=edited, extra=extra or None)


def carry_over(before: InputImage, after: InputImage, offer: Fix) -> None:
    """Take what belongs to a picture along to what an offer made of it: its mask, and the output that it came from."""
    if (painted := coverage(before)) is not None:
        rebase(after, carried(painted, offer, (after.width, after.height)))
    parent = st.session_state.get(PARENT)
    if parent is not None and parent[1] == before.sha256:
        st.session_state[PARENT] = (parent[0], after.sha256)


def show_easel(mode: str = MASK) -> None:
    """Show the easel with what is to be drawn, in place of a result."""
    st.session_state[MODE] = mode
    st.session_state[RESULT_SHOWN] = False


def edit_this(output_id: str, image: InputImage) -> None:
    """Put an output in as the first picture, with nothing drawn over it, and remember where it came from.

    It goes in alone: what it was made with is in it already, and each picture costs. The others can be had back.
    """
    forget_run(OPERATION)
    st.session_state[ASIDE] = _others(output_id)
    st.session_state["tray.edit"] = []
    put_image(OPERATION, image, first=True)
    nothing_drawn(image)
    st.session_state[PARENT] = (output_id, image.sha256)
    show_easel()


def _others(output_id: str) -> list[ImageEntry]:
    """The pictures of the tray but for the one that this output was made from."""
    library = workbench().library
    output = library.output(output_id)
    made_from = library.inputs(output.run_id).get("image", [])[:1] if output is not None else []
    left_out = {image.sha256 for image in made_from} | ({output.sha256} if output is not None else set())
    return [entry for entry in entries(OPERATION) if entry.image.sha256 not in left_out]


def nothing_drawn(image: InputImage) -> None:
    """Begin with an empty mask and no markup over a picture; Undo brings back what was drawn there before."""
    forget_refusal(image)
    for purpose in ("mask", "markup"):
        drawing = drawing_of(image, purpose)
        if not drawing.is_empty:
            drawing.add(Step((), drawing.now.scale), load=True)


def keep_as_asked(feather: Any) -> None:
    """Set the switch that keeps what is outside the mask as a run had it: its soft edge in pixels, None for off."""
    st.session_state[KEEP] = feather is not None
    if feather is not None:
        st.session_state[KEEP_FEATHER] = int(feather)

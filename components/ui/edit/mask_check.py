"""Check whether the mask over an image is usable; an unusable one never silently edits the whole image.

An edit is refused until the mask is removed or replaced, or the person confirms an edit of the whole image.
"""

from __future__ import annotations

from typing import Any

import streamlit as st
from PIL import Image

from components.images.decoding.opening import KNOWN_PIXELS, decode
from components.images.masks import operations as work
from components.images.masks.from_drawing import mask_from_drawing
from components.parameters import InputImage
from components.ui.base.deferred import deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.edit.canvas.canvas import sync
from components.ui.edit.canvas.history import clear
from components.ui.edit.canvas.page_state import drawing_of
from components.ui.edit.canvas.state import CanvasDrawing, Step
from components.ui.edit.mask_base import PURPOSE
from components.ui.edit.page_state import MaskRefusal, MaskState
from components.ui.process.workbench import workbench
from components.ui.session.state import page_state

MARKUP = "markup"
# The share that is shown after a stroke is counted on a mask of this width; the mask that is sent is not.
COUNTED_WIDTH = 720
BASE_MISSING = (
    "The file that this mask started from is no longer in the library: only what was painted over it counts. "
    "Undo, or paint that part again, before you run."
)


def refuse(image: InputImage, message: str, scaled: str | None = None) -> None:
    """Note why the mask given for an image cannot be used as it is."""
    page_state(MaskState).refused[image.sha256] = MaskRefusal(message, scaled)


def forget_refusal(image: InputImage) -> None:
    """Forget a refused mask: another one was given, or none is wanted."""
    page_state(MaskState).refused.pop(image.sha256, None)


def note_missing_mask(why: str) -> None:
    """Note why the mask of a loaded run is missing, for the image that will be the first."""
    page_state(MaskState).missing = why


def apply_missing_mask(image: InputImage) -> None:
    """Attach a noted missing mask to this image, the first."""
    state = page_state(MaskState)
    if state.missing:
        state.refused[image.sha256], state.missing = MaskRefusal(state.missing), ""


def _base(drawing: CanvasDrawing) -> Image.Image | None:
    if drawing.now.base is None:
        return None
    path = workbench().library.file("input", drawing.now.base)
    if path is None:
        return None
    return decode(path, max_pixels=KNOWN_PIXELS).convert("L")


def is_base_missing(drawing: CanvasDrawing) -> bool:
    """Return whether the file of the drawing's base is missing, so that less is sent than was meant."""
    return drawing.now.base is not None and workbench().library.file("input", drawing.now.base) is None


def coverage(image: InputImage, *, width: int | None = None) -> Image.Image | None:
    """Return the painted coverage, L with 255 painted, `width` pixels wide or of the image's size; None if empty."""
    drawing = sync(image, PURPOSE)
    if drawing.is_empty:
        return None
    size = (image.width, image.height)
    if width is not None and width < image.width:
        size = (width, max(1, round(image.height * width / image.width)))
    base = _base(drawing)
    if base is not None and base.size != size:
        base = base.resize(size, Image.Resampling.BOX)
    objects, scale = drawing.now.exact
    canvas = (image.width * scale, image.height * scale)
    return mask_from_drawing({"objects": list(objects)}, size, canvas, start=base)


def pixel_problem(image: InputImage, counted: Image.Image) -> str | None:
    """Return what is wrong with a painted mask; details too fine for a small one are checked at full size."""
    found = work.mask_problem(counted)
    if found and counted.width < image.width and (full := coverage(image)) is not None:
        return work.mask_problem(full)
    return found


def _state(image: InputImage, sends_markup: bool) -> tuple[Any, ...]:
    """Return what a confirmation holds for: any change of it asks for a new one."""
    step, markup = drawing_of(image, PURPOSE).now, drawing_of(image, MARKUP).now
    return (sends_markup, page_state(MaskState).refused.get(image.sha256), step.base, step.exact, markup.exact)


def mask_problem(image: InputImage, *, sends_markup: bool, takes_markup: bool) -> str | None:
    """Return why this edit would not change what was meant, as a sentence; None if all is well.

    `sends_markup`: markup is chosen in place of a mask; `takes_markup`: the model takes it.
    """
    refused = page_state(MaskState).refused.get(image.sha256)
    mask, markup = sync(image, PURPOSE), drawing_of(image, MARKUP)
    if sends_markup and takes_markup:
        if markup.now.objects or (mask.is_empty and refused is None):
            return None
        return "Nothing is drawn as markup, and a mask is not sent with markup. Draw something, or choose Mask above."
    if refused is not None:
        return refused.message
    if mask.is_empty:
        if not markup.now.objects:
            return None
        why = "Markup is sent only while it is chosen above" if takes_markup else "This model takes no markup"
        return f"{why}, and nothing is painted as a mask: what you drew would not be sent."
    return BASE_MISSING if is_base_missing(mask) else _unusable(image, mask.now)


def _unusable(image: InputImage, step: Step) -> str | None:
    checked = page_state(MaskState).checked
    known, found = checked.get(image.sha256, (None, None))
    if known is not step:
        painted = coverage(image, width=COUNTED_WIDTH)
        found = None if painted is None else pixel_problem(image, painted)
        checked[image.sha256] = (step, found)
    return None if found == work.ALL_PAINTED else found


def is_confirmed(image: InputImage, sends_markup: bool) -> bool:
    """Return whether the person confirmed an edit of the whole image, for the mask as it is now."""
    return page_state(MaskState).confirmed.get(image.sha256) == _state(image, sends_markup)


def _confirm(image: InputImage, sends_markup: bool) -> None:
    meant, state = _state(image, sends_markup), page_state(MaskState)
    state.confirmed[image.sha256], state.is_decided = meant, True


def _revoke(image: InputImage) -> None:
    state = page_state(MaskState)
    state.confirmed.pop(image.sha256, None)
    state.is_decided = True


def _remove(image: InputImage, painted: bool) -> None:
    page_state(MaskState).is_decided = True
    forget_refusal(image)
    if painted:
        clear(image, PURPOSE)


def _scale(image: InputImage) -> None:
    drawing, state = sync(image, PURPOSE), page_state(MaskState)
    state.is_decided = True
    refused = state.refused.pop(image.sha256, None)
    if refused is not None and refused.scaled is not None:
        drawing.add(Step((), drawing.now.scale, refused.scaled), load=True)


def draw_mask_problem(image: InputImage, *, sends_markup: bool, takes_markup: bool) -> None:
    """Say what is wrong with the mask, with a button for each way to resolve it."""
    state = page_state(MaskState)
    if state.is_decided:
        state.is_decided = False
        st.rerun()  # the form beside it, too
    trouble = mask_problem(image, sends_markup=sends_markup, takes_markup=takes_markup)
    if trouble is None:
        return
    if is_confirmed(image, sends_markup):
        with st.container(horizontal=True, vertical_alignment="center", key="mask.confirmed.row"):
            st.markdown(":material/check: No mask is sent: the whole image may change.", width="stretch")
            st.button("Withdraw", key="mask.take-back", on_click=deferred(_revoke), args=(image,))
        return
    st.markdown(f":red[:material/error: {escape(trouble)}]")
    refused = page_state(MaskState).refused.get(image.sha256)
    painted = not drawing_of(image, PURPOSE).is_empty
    with st.container(horizontal=True, gap="small", key="mask.answers"):
        if refused is not None and refused.scaled is not None:
            label = f"Scale it to {image.width}x{image.height}"
            st.button(label, key="mask.scale", on_click=deferred(_scale), args=(image,), type="primary")
        if refused is not None and painted:
            st.button("Keep the mask that is painted", key="mask.keep", on_click=deferred(_remove), args=(image, False))
        if refused is not None or painted:
            st.button("Remove the mask", key="mask.remove", on_click=deferred(_remove), args=(image, True))
        st.button("Edit the whole image", key="mask.confirm", on_click=deferred(_confirm), args=(image, sends_markup))

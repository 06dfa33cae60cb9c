"""Fills the Edit page from what another page left for it: form, images, mask, markup."""

from __future__ import annotations

import streamlit as st

from components.parameters import InputImage
from components.runs.mask_compare import KEPT_OUTSIDE
from components.ui.edit.form import (
    ASIDE,
    MARKUP,
    OPERATION,
    RESULT_SHOWN,
    edit_this,
    keep_as_asked,
    nothing_drawn,
    show_easel,
)
from components.ui.edit.markup_panel import set_markup
from components.ui.edit.mask_check import owe_mask
from components.ui.edit.mask_sources import set_mask
from components.ui.forms.fill import fill_form
from components.ui.inputs.image_inputs import add_images, replace_images
from components.ui.session.prefill import Prefill, apply_prefills


def take_edit_prefills() -> None:
    """Apply what was left for the Edit page. Raises OSError when the file of a mask is gone."""
    apply_prefills(OPERATION, _apply)


def _apply(prefill: Prefill) -> None:
    fill_form(prefill)
    _fill_images(prefill)


def _fill_images(prefill: Prefill) -> None:
    if prefill.images is not None and prefill.adds_images:
        add_images(OPERATION, prefill.images)
        st.session_state[RESULT_SHOWN] = False
        return
    if prefill.edited_output is not None and prefill.images:
        edit_this(prefill.edited_output, prefill.images[0])
        add_images(OPERATION, prefill.images[1:])
        return
    if prefill.source is not None:
        st.session_state.pop(ASIDE, None)
        keep_as_asked(prefill.extra.get(KEPT_OUTSIDE))
    if prefill.images is None:
        return
    replace_images(OPERATION, prefill.images)
    for image in prefill.images[:1]:
        nothing_drawn(image)
    show_easel()
    _lay_over(prefill, prefill.images)


def _lay_over(prefill: Prefill, images: tuple[InputImage, ...]) -> None:
    """Lay mask and markup over the first image; note one that is missing, so that nobody edits the whole image."""
    overlays = {"mask", "markup"} & (prefill.missing | prefill.overlays)
    if overlays and (prefill.missing or not images):
        what = " and ".join(sorted(overlays))
        owe_mask(f"The {what} of this edit cannot be laid over the image: an input file is not in this library.")
        return
    if prefill.mask is not None:
        set_mask(images[0], prefill.mask)
    if "markup" not in prefill.overlays:
        return
    if prefill.markup:
        set_markup(images[0], prefill.markup)
        show_easel(MARKUP)
    else:
        owe_mask("The markup of this edit was not kept as a drawing. Draw it again under Markup.")

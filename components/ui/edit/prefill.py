"""Fill the Edit page with what another page left for it: form, images, mask, markup."""

from __future__ import annotations

from collections.abc import Callable

from components.parameters import InputImage
from components.parameters.models.families import WITH_TURNS
from components.runs.saving.mask_compare import KEPT_OUTSIDE
from components.runs.view import EDITED_OUTPUT
from components.ui.edit.form import OPERATION, clear_drawings, edit_this, set_keep_outside
from components.ui.edit.markup_panel import set_markup
from components.ui.edit.mask_check import note_missing_mask
from components.ui.edit.mask_sources import set_mask
from components.ui.edit.page_state import MARKUP, EditState
from components.ui.forms.fill import fill_form, take_prefills
from components.ui.inputs.image_inputs import add_images, replace_images
from components.ui.session.prefill import Prefill
from components.ui.session.state import page_state


def take_edit_prefills(also: Callable[[Prefill], object]) -> None:
    """Apply the prefills for the Edit page, and pass each to `also`. Raise OSError if the file of a mask is missing."""

    def apply(prefill: Prefill) -> None:
        fill_form(prefill)
        also(prefill)
        _fill_images(prefill)

    take_prefills(OPERATION, apply)


def _fill_images(prefill: Prefill) -> None:
    if prefill.images is not None and prefill.adds_images:
        add_images(OPERATION, prefill.images)
        page_state(EditState).shows_result = False
        return
    if prefill.edited_output is not None and prefill.images:
        edit_this(prefill.edited_output, prefill.images[0])
        add_images(OPERATION, prefill.images[1:])
        return
    if prefill.source is not None or prefill.template is not None:
        page_state(EditState).set_aside = []
        set_keep_outside(prefill.extra.get(KEPT_OUTSIDE))
    if prefill.images is None:
        return
    replace_images(OPERATION, prefill.images)
    for image in prefill.images[:1]:
        clear_drawings(image)
    page_state(EditState).show_canvas()
    edited = prefill.extra.get(EDITED_OUTPUT)
    if edited and prefill.images and prefill.values.get("context") == WITH_TURNS:
        page_state(EditState).parent = (edited, prefill.images[0].sha256)  # the same turn once more
    _apply_overlays(prefill, prefill.images)


def _apply_overlays(prefill: Prefill, images: tuple[InputImage, ...]) -> None:
    """Put mask and markup over the first image; note a missing one, so that nobody edits the whole image by mistake."""
    overlays = {"mask", "markup"} & (prefill.missing | prefill.overlays)
    if overlays and (prefill.missing or not images):
        what = " and ".join(sorted(overlays))
        note_missing_mask(
            f"The {what} of this edit cannot be laid over the image: an input file is not in this library."
        )
        return
    if prefill.mask is not None:
        set_mask(images[0], prefill.mask)
    if "markup" not in prefill.overlays:
        return
    if prefill.markup:
        set_markup(images[0], prefill.markup)
        page_state(EditState).show_canvas(MARKUP)
    else:
        note_missing_mask("The markup of this edit was not kept as a drawing. Draw it again under Markup.")

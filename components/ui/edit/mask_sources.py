"""Sources of a mask: the image's own transparency, an uploaded file, the mask of an earlier run."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from components.images.decoding.opening import KNOWN_PIXELS, decode, decoding_all
from components.images.masks import operations as work
from components.library import LibraryUnavailable
from components.library.queries.masks import StoredMask, recent_masks
from components.parameters import InputImage
from components.ui.access.base_path import app_address
from components.ui.base.deferred import defer, deferred
from components.ui.base.formatting.time_format import when_text
from components.ui.base.thumbnail_row import Thumbnail, draw_row
from components.ui.edit.canvas.page_state import color_key
from components.ui.edit.mask_base import PURPOSE, keep_coverage, rebase
from components.ui.edit.mask_check import forget_refusal, refuse
from components.ui.edit.page_state import MASK_READING, MaskState
from components.ui.process.workbench import workbench
from components.ui.session.state import page_state

PREVIEW_WIDTH = 192
SOURCES_HEIGHT = 360  # CSS pixels
READINGS = {
    "Automatic": "auto",
    "Transparent areas are edited": "alpha",
    "White areas are edited": "white",
    "Black areas are edited": "black",
}


def draw_sources(image: InputImage) -> None:
    """Draw the menu of sources for a mask over this image. Undo restores what was drawn."""
    with st.popover("Start from", key="mask.sources", on_change="rerun") as panel:
        if not panel.open:
            # What opens is placed by the size it has then, and its content comes later.
            st.container(height=SOURCES_HEIGHT, border=False)
            return
        st.button(
            "The image's own transparency",
            key="mask.alpha",
            on_click=deferred(_from_alpha),
            args=(image,),
            disabled=not image.has_alpha,
            help="Transparent areas of the image become the mask.",
            width="stretch",
        )
        _draw_upload(image)
        _draw_earlier(image)


def _draw_upload(image: InputImage) -> None:
    st.selectbox("How to read an uploaded mask", list(READINGS), key=MASK_READING, persist_state="session")
    upload = f"mask.upload.{image.sha256[:12]}"
    st.file_uploader(
        "Image mask",
        type=["png"],
        key=upload,
        on_change=deferred(_from_upload),
        args=(image, upload),
        help="A PNG of the image's size: with transparency, or black and white.",
    )


def _draw_earlier(image: InputImage) -> None:
    masks = recent_masks(workbench().library)
    if not masks:
        return
    st.caption("Masks of earlier runs, over their images. You are asked before a mask of another size is scaled.")
    color = str(st.session_state.get(color_key(PURPOSE), "#e0245e"))
    draw_row("mask.earlier", [_mask_thumbnail(mask, color) for mask in masks], lambda sha256: _from_run(image, sha256))


def _mask_thumbnail(mask: StoredMask, color: str) -> Thumbnail:
    query = urlencode({"w": PREVIEW_WIDTH, "base": mask.sha256, "color": color})
    prompt = " ".join(mask.prompt.split())[:80]
    title = f"Start from the mask of “{prompt}”, {when_text(mask.created)}, {mask.width}x{mask.height}"
    return Thumbnail(mask.sha256, title, app_address(f"/previews/{mask.image_sha256}?{query}"))


def _from_alpha(image: InputImage) -> None:
    _start(image, image.path, "alpha", KNOWN_PIXELS, "The image's own transparency")


def _from_run(image: InputImage, sha256: str) -> None:
    mask = workbench().library.input(sha256)
    if mask is None:
        refuse(image, "The file of that mask is no longer in the library.")
    else:
        set_mask(image, mask)


def set_mask(image: InputImage, mask: InputImage) -> None:
    """Start from the mask of an earlier run; a problem with it is shown below the canvas."""
    _start(image, mask.path, "alpha", KNOWN_PIXELS, "The mask of that run")


def _from_upload(image: InputImage, key: str) -> None:
    file = st.session_state.get(key)
    if file is None or not hasattr(file, "getvalue"):
        return  # none, or one that is deleted
    if file.file_id == page_state(MaskState).uploaded:
        return  # reported once more by a browser that has not yet closed the chooser
    reading, most = READINGS[st.session_state[MASK_READING]], workbench().settings.max_pixels
    _start(image, file.getvalue(), reading, most, Path(file.name).name)
    defer(_note_upload, file.file_id)


def _note_upload(file_id: str) -> None:
    page_state(MaskState).uploaded = file_id


def _start(image: InputImage, data: bytes | Path, reading: str, max_pixels: int, what: str) -> None:
    """Use a mask for an image, or note why it cannot be used as it is."""
    size = (image.width, image.height)
    forget_refusal(image)
    try:
        with decoding_all(data, copies=2):
            opened = decode(data, max_pixels=max_pixels)
            painted = work.mask_from_upload(opened, size, reading=reading)
        if opened.size == size:
            rebase(image, painted)
            return
        theirs, ours = (f"{width}x{height}" for width, height in (opened.size, size))
        message = f"{what} is {theirs}, the image {ours}. Scaled to fit, its edges may be slightly off."
        refuse(image, message, keep_coverage(painted))
    except (OSError, ValueError, SyntaxError, LibraryUnavailable) as refusal:
        refuse(image, f"{what} cannot be used as a mask: {refusal}")

"""What a mask can start from: the picture's own transparency, an uploaded mask, the mask of an earlier run."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from components.images import mask_work as work
from components.images.opening import KNOWN_PIXELS, decode, decoding_all
from components.images.refusal import Refused
from components.library import LibraryUnavailable
from components.library.masks import StoredMask, recent_masks
from components.parameters import InputImage
from components.ui.markdown_text import escape
from components.ui.mask_base import rebase, set_mask
from components.ui.strips import Small, draw_row
from components.ui.when import when_text
from components.ui.workbench import workbench

REFUSED = "mask.refused"
UPLOADED = "mask.uploaded"  # the file that was used last
PREVIEW_WIDTH = 192
SOURCES_HEIGHT = 360  # CSS pixels
READINGS = {
    "by itself": "auto",
    "see-through is edited": "alpha",
    "white is edited": "white",
    "black is edited": "black",
}


def draw_refusal() -> None:
    """Why the mask that was given last cannot be used."""
    if refused := st.session_state.get(REFUSED):
        st.markdown(f":red[:material/error: {escape(refused)}]")


def draw_sources(image: InputImage) -> None:
    """A button that opens what the mask over this picture can start from. What was drawn can be had again by Undo."""
    with st.popover("Start from", key="mask.sources", on_change="rerun") as panel:
        if not panel.open:
            # What opens is placed by the size it has then, and its content comes later.
            st.container(height=SOURCES_HEIGHT, border=False)
            return
        st.button(
            "The picture's own transparency",
            key="mask.alpha",
            on_click=_from_alpha,
            args=(image,),
            disabled=not image.has_alpha,
            help="What is see-through in the picture becomes the mask.",
            width="stretch",
        )
        _draw_upload(image)
        _draw_earlier(image)


def _draw_upload(image: InputImage) -> None:
    reading = "mask.reading"
    st.selectbox("How to read an uploaded mask", list(READINGS), key=reading, persist_state="session")
    upload = f"mask.upload.{image.sha256[:12]}"
    st.file_uploader(
        "Image mask",
        type=["png"],
        key=upload,
        on_change=_from_upload,
        args=(image, upload, reading),
        help="A PNG of the picture's size: with transparency, or black and white.",
    )


def _draw_earlier(image: InputImage) -> None:
    masks = recent_masks(workbench().library)
    if not masks:
        return
    st.caption("The mask of an earlier run, over its picture. Of another size, it is stretched to this picture's.")
    colour = str(st.session_state.get("easel.mask.colour", "#e0245e"))
    draw_row("mask.earlier", [_shown(mask, colour) for mask in masks], lambda sha256: _from_run(image, sha256))


def _shown(mask: StoredMask, colour: str) -> Small:
    query = urlencode({"w": PREVIEW_WIDTH, "base": mask.sha256, "colour": colour})
    prompt = " ".join(mask.prompt.split())[:80]
    title = f"Start from the mask of “{prompt}”, {when_text(mask.created)}, {mask.width}x{mask.height}"
    return Small(mask.sha256, title, f"/previews/{mask.picture}?{query}")


def _from_alpha(image: InputImage) -> None:
    st.session_state.pop(REFUSED, None)
    try:
        with decoding_all(image.path, copies=2):
            rebase(image, work.mask_from_alpha(decode(image.path, max_pixels=KNOWN_PIXELS)))
    except (OSError, Refused, LibraryUnavailable) as trouble:
        st.session_state[REFUSED] = f"The picture's transparency cannot be read: {trouble}"


def _from_run(image: InputImage, sha256: str) -> None:
    st.session_state.pop(REFUSED, None)
    try:
        mask = workbench().library.input(sha256)
        if mask is None:
            st.session_state[REFUSED] = "The file of that mask is not in the library any more."
        else:
            set_mask(image, mask)
    except (OSError, Refused, LibraryUnavailable) as trouble:
        st.session_state[REFUSED] = f"The file of that mask cannot be read: {trouble}"


def _from_upload(image: InputImage, key: str, reading_key: str) -> None:
    file = st.session_state.get(key)
    if isinstance(file, UploadedFile) and file.file_id == st.session_state.get(UPLOADED):
        return  # told of once more by a browser that has not yet closed the chooser
    st.session_state.pop(REFUSED, None)
    if not isinstance(file, UploadedFile):
        return
    st.session_state[UPLOADED] = file.file_id
    bench = workbench()
    try:
        reading = READINGS[st.session_state[reading_key]]
        size, most = (image.width, image.height), bench.settings.max_pixels
        rebase(image, work.mask_from_file(file.getvalue(), size, reading=reading, max_pixels=most))
    except (OSError, ValueError, SyntaxError, LibraryUnavailable) as refusal:
        st.session_state[REFUSED] = f"{Path(file.name).name} cannot be used as a mask: {refusal}"

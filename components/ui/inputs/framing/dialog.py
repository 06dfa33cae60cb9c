"""Crop, rotate or pad an input image before it is sent. The former image is one Undo away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import streamlit as st

from components.images.errors import ImageRefused
from components.images.framing import Framing, framing_from, reframe
from components.images.masks.cutout import cut_file
from components.library import LibraryUnavailable
from components.parameters import InputImage
from components.ui.access.base_path import app_address
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, deferred, peek, perform_deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.undo_button import draw_undo
from components.ui.inputs.image_inputs import Changed, ImageEntry, entries, put_image
from components.ui.inputs.library_picker import draw_picker_button
from components.ui.inputs.provenance import draw_provenance, subjects_of_inputs
from components.ui.process.workbench import workbench
from components.ui.session.state import DRAFT, page_state

_EDITOR = st.components.v2.component(
    "image_workbench_frame_editor",
    html='<div class="frame-editor"></div>',
    css=asset("inputs/framing/frame_box.css", "inputs/framing/frame_editor.css"),
    js=asset(
        "base/browser/common.js",
        "base/browser/mounting.js",
        "inputs/framing/frame_box.js",
        "inputs/framing/frame_editor.js",
    ),
)

PREVIEW_WIDTH = 1440  # pixels
RATIOS: Mapping[str, float] = {
    "1:1": 1.0, "3:2": 3 / 2, "2:3": 2 / 3, "4:3": 4 / 3, "3:4": 3 / 4, "16:9": 16 / 9, "9:16": 9 / 16, "4:5": 4 / 5,
}  # fmt: skip


@dataclass
class FrameState:
    """The image (SHA-256) whose frame is being set, or "", why its last frame was refused, and what can be undone.

    `former` are the entries that were replaced, by the SHA-256 of what they became.
    """

    shown: str = ""
    refused: str = ""
    former: dict[str, ImageEntry] = field(default_factory=dict, metadata=DRAFT)

    def held_inputs(self) -> Iterator[str]:
        """Yield the SHA-256 of each former image."""
        yield from (entry.image.sha256 for entry in self.former.values())


def _nothing(before: InputImage, after: InputImage, change: object) -> None:
    """Carry nothing over: nothing lies over the images."""


def draw_input_tools(operation: str, *, sizes: Sequence[str] = (), changed: Changed = _nothing) -> None:
    """Draw what adds earlier images, reframes the input images, and says where they come from.

    Each that was reframed has an Undo.

    `sizes` ("1536x1024") are the model's, offered as ratios. `changed` is called as by `draw_image_inputs`.
    """
    state, kept = page_state(FrameState, operation), entries(operation)
    with st.container(horizontal=True, gap="small", key=f"inputs.tools.{operation}"):
        draw_picker_button(operation, partial(put_image, operation))
        if kept:
            st.button(
                "Crop, rotate, pad",
                icon=":material/crop_rotate:",
                key=f"frame.open.{operation}",
                on_click=deferred(_open),
                args=(operation, kept[0].image.sha256),
                help="Before the image is sent; also removes a flat background. The mask and the markup move along.",
            )
            given = partial(subjects_of_inputs, [(entry.image, entry.notes) for entry in kept])
            draw_provenance(f"inputs.{operation}", given, quiet=True)
        for place, entry in enumerate(kept):
            if entry.image.sha256 in state.former:
                draw_undo(
                    f"frame.undo.{operation}.{place}",
                    deferred(_undo),
                    *(operation, place, entry.image.sha256, changed),
                    label="Undo" if len(kept) == 1 else f"Undo on image {place + 1}",
                    help=escape(f"Back to {state.former[entry.image.sha256].image.name}, with what was drawn over it."),
                )
    if state.shown:
        _dialog(operation, sizes, changed)


def _open(operation: str, sha256: str) -> None:
    page_state(FrameState, operation).shown = sha256


def _close() -> None:
    for operation in ("edit", "analyze"):
        page_state(FrameState, operation).shown = ""


@st.dialog("Crop, rotate, pad", width="large", icon=":material/crop_rotate:", on_dismiss=_close)
def _dialog(operation: str, sizes: Sequence[str], changed: Changed) -> None:
    perform_deferred()
    state, kept = page_state(FrameState, operation), entries(operation)
    place = next((place for place, entry in enumerate(kept) if entry.image.sha256 == state.shown), None)
    if place is None:
        state.shown = ""
        st.rerun()
    _draw_choice(operation, kept, place)
    image, key = kept[place].image, f"frame.editor.{operation}"

    def applied() -> None:
        if event := peek(key).get("apply"):
            defer(apply_frame, operation, event, changed)

    _EDITOR(
        key=key,
        data={
            "id": image.sha256,
            "src": app_address(f"/previews/{image.sha256}?w={PREVIEW_WIDTH}"),
            "width": image.width,
            "height": image.height,
            "ratios": _ratios(image, sizes),
        },
        on_apply_change=applied,
    )
    if not image.has_alpha:
        st.button(
            "Remove flat background",
            icon=":material/content_cut:",
            key=f"frame.cut.{operation}",
            on_click=deferred(_cut),
            args=(operation, image.sha256, changed),
            help="Make a background of one color transparent, as far as it is connected with the border.",
        )
    if state.refused:
        st.markdown(f":red[:material/error: {escape(state.refused)}]")


def _draw_choice(operation: str, kept: Sequence[ImageEntry], place: int) -> None:
    if len(kept) < 2:
        return
    names = {entry.image.sha256: f"{number}. {entry.image.name}" for number, entry in enumerate(kept, 1)}
    key = f"frame.image.{operation}"
    st.selectbox(
        "Image",
        list(names),
        index=place,
        key=key,
        format_func=lambda sha256: names.get(sha256, ""),
        on_change=lambda: defer(_open, operation, str(peek(key))),
    )


def _ratios(image: InputImage, sizes: Sequence[str]) -> list[tuple[str, float]]:
    """Return the ratios to choose from, with the model's sizes that have them."""
    known = {round(ratio, 3): (name, ratio) for name, ratio in RATIOS.items()}
    named: dict[float, list[str]] = {key: [] for key in known}
    for size in sizes:
        width, _, height = size.partition("x")
        if width.isdigit() and height.isdigit():
            ratio = int(width) / int(height)
            known.setdefault(round(ratio, 3), (size, ratio))
            named.setdefault(round(ratio, 3), []).append(size)
    labels = [
        (" · ".join([name, *(one for one in named[key] if one != name)]), ratio) for key, (name, ratio) in known.items()
    ]
    return [("Free", 0), ("As it is", image.width / image.height), *labels]


def apply_frame(operation: str, event: Mapping[str, Any], changed: Changed) -> None:
    """Replace the input image that a browser's event names by what its frame makes of it."""

    def made(image: InputImage) -> tuple[InputImage, Framing, str]:
        bench, framing = workbench(), framing_from(event)
        framed = reframe(image, framing, bench.library.staging, max_pixels=bench.settings.max_pixels)
        return framed, framing, f"Reframed from {image.width}x{image.height} to {framed.width}x{framed.height}."

    change_input(operation, str(event.get("image")), made, changed)


def _cut(operation: str, sha256: str, changed: Changed) -> None:
    def made(image: InputImage) -> tuple[InputImage, Framing, str]:
        cut = cut_file(image, workbench().library.staging)
        return cut, Framing((0, 0, image.width, image.height)), "Its flat background was removed."

    change_input(operation, sha256, made, changed)


def change_input(
    operation: str,
    sha256: str,
    made: Callable[[InputImage], tuple[InputImage, Framing, str]],
    changed: Changed,
) -> None:
    """Replace an input image by what `made` returns: a file in staging, how it lies over the image, and a note.

    A refusal is shown in the dialog, which closes after a success.
    """
    state, kept = page_state(FrameState, operation), entries(operation)
    place = next((place for place, entry in enumerate(kept) if entry.image.sha256 == sha256), None)
    if place is None:
        return
    entry, state.refused = kept[place], ""
    try:
        staged, framing, note = made(entry.image)
        image = workbench().library.keep_input(staged)
        if staged.path != image.path:
            staged.path.unlink(missing_ok=True)
        changed(entry.image, image, framing)  # it looks at the session, so it comes first
    except (ImageRefused, LibraryUnavailable, OSError) as problem:
        state.refused = f"The image stays as it is: {problem}"
        return
    note_former(operation, image, entry)
    state.shown = ""
    kept[place] = replace(entry, image=image, notes=(*entry.notes, note))


def note_former(operation: str, image: InputImage, former: ImageEntry) -> None:
    """Let Undo bring back the entry that an input image was made from."""
    page_state(FrameState, operation).former[image.sha256] = former


def _undo(operation: str, place: int, sha256: str, changed: Changed) -> None:
    state, kept = page_state(FrameState, operation), entries(operation)
    former = state.former.get(sha256)
    if former is None or place >= len(kept) or kept[place].image.sha256 != sha256:
        return
    changed(kept[place].image, former.image, None)
    kept[place] = former
    del state.former[sha256]

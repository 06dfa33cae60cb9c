"""The input images of a run: dropped, chosen, pasted or taken from earlier outputs, in order.

The session keeps them, not a widget, so neither another page nor a failed run loses them; their bytes are in the
library as soon as they arrive.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from components.images.framing import Framing
from components.images.intake.intake import Fix, ImageRefused, Intake, apply_fix, fixes_for, take_in
from components.library import LibraryUnavailable
from components.library.files.content_store import extension
from components.library.request_inputs import on_this_disk
from components.parameters import InputImage
from components.ui.access.base_path import app_address
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, deferred, peek
from components.ui.base.formatting.markdown_text import escape
from components.ui.process.streamlit_runtime import forget_upload
from components.ui.process.workbench import workbench
from components.ui.session.acts import Act, first_sequence, handle_new
from components.ui.session.state import DRAFT, page_state

_IMAGE_INPUTS = st.components.v2.component(
    "image_workbench_image_inputs",
    html='<div class="image-inputs"><ol></ol><div class="foot"><span class="hint" role="status"></span>'
    '<span class="many"></span></div><p class="refused" role="status"></p></div>',
    css=asset("inputs/image_inputs.css"),
    js=asset("base/browser/mounting.js", "base/browser/pending_acts.js", "inputs/image_inputs.js"),
)

TILE_WIDTH = 224  # pixels, for tiles of half of that on sharp screens


@dataclass(frozen=True)
class ImageEntry:
    """An input image, and notes on how it was normalized."""

    image: InputImage
    notes: tuple[str, ...] = ()


@dataclass
class InputsState:
    """The input images of an operation, in order.

    `refused` holds a sentence for each image that could not be taken in lately. `uploader` counts the file uploaders
    that were used up. `handled` is the number of the last act (a move or removal) that was handled.
    """

    entries: list[ImageEntry] = field(default_factory=list, metadata=DRAFT)
    refused: list[str] = field(default_factory=list)
    uploader: int = 0
    handled: int = field(default_factory=first_sequence)

    def held_inputs(self) -> Iterator[str]:
        """Yield the SHA-256 of each image."""
        yield from (entry.image.sha256 for entry in self.entries)


def entries(operation: str) -> list[ImageEntry]:
    """Return the list of input images of an operation, in order, with their files on this disk."""
    kept = page_state(InputsState, operation).entries
    for place, entry in enumerate(kept):
        image = on_this_disk(workbench().library, entry.image)
        if image is not entry.image:
            kept[place] = replace(entry, image=image)
    return kept


def input_images(operation: str) -> tuple[InputImage, ...]:
    """Return the input images as `resolve` takes them."""
    return tuple(entry.image for entry in entries(operation))


def put_image(operation: str, image: InputImage, *, first: bool = False) -> None:
    """Add an image of the library; `first` puts it in the place that the mask belongs to."""
    kept = entries(operation)
    kept.insert(0 if first else len(kept), ImageEntry(image))


def replace_images(operation: str, images: Sequence[InputImage]) -> None:
    """Replace all input images."""
    page_state(InputsState, operation).entries = [ImageEntry(image) for image in images]


def add_images(operation: str, images: Sequence[InputImage]) -> None:
    """Add images of the library, each once."""
    for image in images:
        if image.sha256 not in {one.sha256 for one in input_images(operation)}:
            put_image(operation, image)


def input_address(image: InputImage) -> str:
    """Return the address of an input image's bytes."""
    return app_address(f"/files/inputs/{image.sha256}.{extension(image.content_type.removeprefix('image/'))}")


@dataclass(frozen=True)
class _ImageInputs:
    """The input images and what was refused lately, both the session's own lists.

    An action gets these first and does not look at the session afterwards, see `base.deferred`.
    """

    kept: list[ImageEntry]
    refused: list[str]

    def take(self, name: str, data: bytes, place: int | None = None) -> None:
        """Take an image in, at the end or in place of another."""
        bench = workbench()
        try:
            intake = take_in(name, data, bench.library.staging, max_pixels=bench.settings.max_pixels)
            taken = slice(len(self.kept), None) if place is None else slice(place, place + 1)
            self.kept[taken] = [_stored_entry(intake)]
        except (ImageRefused, LibraryUnavailable) as refusal:
            self.refused.append(f"{name}: {refusal}")
        except OSError as problem:
            self.refused.append(f"{name}: It could not be stored: {problem.strerror}.")


def _begin_intake(operation: str) -> _ImageInputs:
    """Return the intake for a callback, with no refusals yet."""
    state = page_state(InputsState, operation)
    state.refused = []
    return _ImageInputs(state.entries, state.refused)


def _stored_entry(intake: Intake) -> ImageEntry:
    staged = intake.image.path
    image = workbench().library.keep_input(intake.image)
    if staged != image.path:
        staged.unlink(missing_ok=True)
    return ImageEntry(image, intake.notes)


# Called when a change replaces an image: with the old image, the new one, and the change; None undoes one.
Changed = Callable[[InputImage, InputImage, Fix | Framing | None], None]


def _apply_fix(operation: str, place: int, offer: Fix, changed: Changed) -> None:
    intake = _begin_intake(operation)
    entry = intake.kept[place]
    try:
        done = _stored_entry(apply_fix(entry.image, offer, workbench().library.staging))
        changed(entry.image, done.image, offer)  # it looks at the session, so it comes first
        intake.kept[place] = replace(done, notes=(*entry.notes, *done.notes))
    except (ImageRefused, LibraryUnavailable) as refusal:
        intake.refused.append(f"{entry.image.name}: {refusal}")
    except OSError as problem:
        intake.refused.append(f"{entry.image.name}: It could not be stored: {problem.strerror}.")


def _uploader_key(operation: str) -> str:
    """Return the key of the file uploader that is on the page now."""
    return f"inputs.upload.{operation}.{page_state(InputsState, operation).uploader}"


def _uploaded(operation: str, key: str) -> None:
    if key != _uploader_key(operation):
        return  # a browser that has not yet removed the last chooser reports its files once more
    files, intake = st.session_state.get(key) or (), _begin_intake(operation)
    # Reset the chooser: what it held will soon be among the input images.
    page_state(InputsState, operation).uploader += 1
    for file in files:
        if hasattr(file, "getvalue"):
            intake.take(file.name, file.getvalue())
            forget_upload(file)
        else:
            intake.refused.append("An image arrived incomplete. Choose it again.")


def _position(kept: Sequence[ImageEntry], event: Mapping[str, Any]) -> int | None:
    """Return where the image of an event is now, nearest to where it was; None if it was removed."""
    places = [place for place, entry in enumerate(kept) if entry.image.sha256 == event.get("image")]
    return min(places, key=lambda place: abs(place - int(event.get("place") or 0)), default=None)


def _replaced(operation: str, event: Mapping[str, Any]) -> None:
    intake = _begin_intake(operation)
    place = _position(intake.kept, event)
    if place is None:
        return
    try:
        data = base64.b64decode(str(event["data"]), validate=True)
    except (binascii.Error, KeyError, TypeError, ValueError):
        intake.refused.append("The image arrived incomplete. Choose it again.")
        return
    intake.take(Path(str(event.get("name", "image.png"))).name, data, place)


def _apply_acts(operation: str, acts: Sequence[Act]) -> None:
    """Apply moves and removals, each once and in order."""
    state = page_state(InputsState, operation)
    kept = state.entries

    def apply(act: Act) -> None:
        if (place := _position(kept, act)) is None:
            return
        entry = kept.pop(place)
        if act.get("act") == "move":
            kept.insert(int(act["to"]), entry)

    handle_new(state, acts, apply)


def draw_image_inputs(
    operation: str,
    *,
    label: str,
    help: str,
    limit: int,
    first_mark: str = "",
    square_png: bool = False,
    changed: Changed = lambda before, after, offer: None,
) -> None:
    """Draw the uploader and the input images.

    `limit` is the model's; `first_mark` labels the first image; `square_png` suggests fixes for a model that takes only
    square PNGs under 4 MB; `changed` is called when a fix is applied.
    """
    uploader, key = _uploader_key(operation), f"inputs.view.{operation}"
    kept = entries(operation)
    # Any file may be given: what it really is, is looked at afterwards, and said better than by the chooser.
    st.file_uploader(
        label,
        accept_multiple_files=True,
        key=uploader,
        on_change=deferred(_uploaded),
        args=(operation, uploader),
        help=help,
    )

    def acted() -> None:
        defer(_apply_acts, operation, peek(key).get("acts") or ())

    def replaced() -> None:
        if event := peek(key).get("replaced"):
            defer(_replaced, operation, event)

    _IMAGE_INPUTS(
        key=key,
        data={
            "images": [
                {
                    "id": entry.image.sha256,
                    "name": entry.image.name,
                    "width": entry.image.width,
                    "height": entry.image.height,
                    "src": app_address(f"/previews/{entry.image.sha256}?w={TILE_WIDTH}"),
                }
                for entry in kept
            ],
            "limit": limit,
            "most": int(st.get_option("server.maxUploadSize")),
            "firstMark": first_mark,
            "hint": "Drop, choose or paste images",
            "handled": page_state(InputsState, operation).handled,
        },
        on_acts_change=acted,
        on_replaced_change=replaced,
    )
    for sentence in page_state(InputsState, operation).refused:
        st.markdown(f":red[:material/error: {escape(sentence)}]")
    _draw_notes(operation, kept, limit, square_png, changed)


def _draw_notes(operation: str, kept: Sequence[ImageEntry], limit: int, square_png: bool, changed: Changed) -> None:
    for place, entry in enumerate(kept):
        if entry.notes:
            st.caption(f"{escape(entry.image.name)}: {escape(' '.join(entry.notes))}")
        # Those beyond the limit must go in any case.
        offers = fixes_for(entry.image, square_png=square_png) if place < limit else ()
        if not offers:
            continue
        with st.container(horizontal=True, gap="small", key=f"inputs.offers.{operation}.{place}"):
            for number, offer in enumerate(offers):
                st.button(
                    escape(f"{offer.label}: {entry.image.name}"),
                    key=f"inputs.offer.{operation}.{place}.{number}.{entry.image.sha256[:8]}",
                    on_click=deferred(_apply_fix),
                    args=(operation, place, offer, changed),
                    help=offer.help,
                )

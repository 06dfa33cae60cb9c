"""The pictures that go into a run: dropped, chosen, pasted or taken from earlier outputs, in their order.

They are kept by the session, not by a widget, so that neither another page nor a failed run loses them; their
bytes are in the library from the moment they are taken in.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import streamlit as st

from components.images.intake.intake import Fix, ImageRefused, Intake, apply_offer, fixes_for, take_in
from components.library import LibraryUnavailable
from components.library.files.content_store import extension
from components.parameters import InputImage
from components.ui.base.assets import asset
from components.ui.base.deferred import defer, deferred, peek
from components.ui.base.markdown_text import escape
from components.ui.process.upload_quota import forget_upload
from components.ui.process.workbench import workbench

_TRAY = st.components.v2.component(
    "image_workbench_tray",
    html='<div class="tray"><ol></ol><div class="foot"><span class="hint" role="status"></span>'
    '<span class="many"></span></div><p class="refused" role="status"></p></div>',
    css=asset("inputs/image_inputs.css"),
    js=asset("inputs/image_inputs.js"),
)

TILE_WIDTH = 224  # pixels, for tiles of half of that on sharp screens


@dataclass(frozen=True)
class ImageEntry:
    """One picture of a tray, and what was done to take it in."""

    image: InputImage
    notes: tuple[str, ...] = ()


def entries(operation: str) -> list[ImageEntry]:
    """The pictures of an operation's tray, in their order."""
    kept: list[ImageEntry] = st.session_state.setdefault(f"tray.{operation}", [])
    return kept


def tray_images(operation: str) -> tuple[InputImage, ...]:
    """The same as `resolve` wants them."""
    return tuple(entry.image for entry in entries(operation))


def put_image(operation: str, image: InputImage, *, first: bool = False) -> None:
    """Add a picture that is in the library already; `first` makes it the one that a mask belongs to."""
    kept = entries(operation)
    kept.insert(0 if first else len(kept), ImageEntry(image))


def replace_images(operation: str, images: Sequence[InputImage]) -> None:
    """Fill the tray anew."""
    st.session_state[f"tray.{operation}"] = [ImageEntry(image) for image in images]


def add_images(operation: str, images: Sequence[InputImage]) -> None:
    """Add images that are in the library already, each once."""
    for image in images:
        if image.sha256 not in {one.sha256 for one in tray_images(operation)}:
            put_image(operation, image)


def input_address(image: InputImage) -> str:
    """Where the bytes of a picture that goes in are served."""
    return f"/files/inputs/{image.sha256}.{extension(image.content_type.removeprefix('image/'))}"


@dataclass(frozen=True)
class _ImageInputs:
    """A tray's pictures and what was refused lately, both the session's own lists.

    An action gets these first and does not look at the session afterwards, see `session.deferred`.
    """

    kept: list[ImageEntry]
    refused: list[str]

    def take(self, name: str, data: bytes, place: int | None = None) -> None:
        """Take a picture in, at the end or in place of another."""
        bench = workbench()
        try:
            intake = take_in(name, data, bench.library.scratch, max_pixels=bench.settings.max_pixels)
            taken = slice(len(self.kept), None) if place is None else slice(place, place + 1)
            self.kept[taken] = [_kept(intake)]
        except (ImageRefused, LibraryUnavailable) as refusal:
            self.refused.append(f"{name}: {refusal}")
        except OSError as problem:
            self.refused.append(f"{name}: It could not be stored: {problem.strerror}.")


def _tray(operation: str) -> _ImageInputs:
    """A tray for a callback; what was refused before is told no more."""
    refused: list[str] = []
    st.session_state[f"tray.refused.{operation}"] = refused
    return _ImageInputs(entries(operation), refused)


def _kept(intake: Intake) -> ImageEntry:
    scratch = intake.image.path
    image = workbench().library.keep_input(intake.image)
    if scratch != image.path:
        scratch.unlink(missing_ok=True)
    return ImageEntry(image, intake.notes)


# Told of a picture that became another: which it was, which it is, and by what.
Changed = Callable[[InputImage, InputImage, Fix], None]


def _accept_offer(operation: str, place: int, offer: Fix, changed: Changed) -> None:
    tray = _tray(operation)
    entry = tray.kept[place]
    try:
        done = _kept(apply_offer(entry.image, offer, workbench().library.scratch))
        changed(entry.image, done.image, offer)  # it looks at the session, so it comes first
        tray.kept[place] = replace(done, notes=(*entry.notes, *done.notes))
    except (ImageRefused, LibraryUnavailable) as refusal:
        tray.refused.append(f"{entry.image.name}: {refusal}")
    except OSError as problem:
        tray.refused.append(f"{entry.image.name}: It could not be stored: {problem.strerror}.")


def _chooser(operation: str) -> str:
    """The key of the file chooser that is on the page now."""
    return f"tray.upload.{operation}.{st.session_state.get(f'tray.turn.{operation}', 0)}"


def _uploaded(operation: str, key: str) -> None:
    if key != _chooser(operation):
        return  # a browser that has not yet taken the last chooser away tells once more what that one held
    files, tray = st.session_state.get(key) or (), _tray(operation)
    # The chooser starts anew, empty: what it held is in the tray soon.
    st.session_state[f"tray.turn.{operation}"] = st.session_state.get(f"tray.turn.{operation}", 0) + 1
    for file in files:
        if hasattr(file, "getvalue"):
            tray.take(file.name, file.getvalue())
            forget_upload(file)
        else:
            tray.refused.append("A picture did not arrive whole. Choose it once more.")


def _place(kept: Sequence[ImageEntry], event: Mapping[str, Any]) -> int | None:
    """Where the picture of an event stands now, nearest to where it stood; None where it is gone."""
    places = [place for place, entry in enumerate(kept) if entry.image.sha256 == event.get("picture")]
    return min(places, key=lambda place: abs(place - int(event.get("place") or 0)), default=None)


def _replaced(operation: str, event: Mapping[str, Any]) -> None:
    tray = _tray(operation)
    place = _place(tray.kept, event)
    if place is None:
        return
    try:
        data = base64.b64decode(str(event["data"]), validate=True)
    except (binascii.Error, KeyError, TypeError, ValueError):
        tray.refused.append("The picture did not arrive whole. Choose it once more.")
        return
    tray.take(Path(str(event.get("name", "picture.png"))).name, data, place)


def _heard(operation: str) -> int:
    """The turn of what was done in the tray last and heard of; a new session hears of nothing from before it."""
    turn: int = st.session_state.setdefault(f"tray.heard.{operation}", int(time.time() * 1000))
    return turn


def _hear(operation: str, acts: Sequence[Mapping[str, Any]]) -> None:
    """Move and remove as was told, each once and in its order."""
    kept = entries(operation)
    for act in acts:
        if int(act["turn"]) <= _heard(operation):
            continue
        st.session_state[f"tray.heard.{operation}"] = int(act["turn"])
        if (place := _place(kept, act)) is None:
            continue
        entry = kept.pop(place)
        if act.get("act") == "move":
            kept.insert(int(act["to"]), entry)


def draw_tray(
    operation: str,
    *,
    label: str,
    help: str,
    limit: int,
    first_mark: str = "",
    square_png: bool = False,
    changed: Changed = lambda before, after, offer: None,
) -> None:
    """Draw the chooser and the pictures.

    `limit` is the model's; `first_mark` says what is special about the first; `square_png` offers to make pictures
    what a model wants that takes only square PNGs under 4 MB; `changed` is told when one is made so.
    """
    uploader, key = _chooser(operation), f"tray.view.{operation}"
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
        defer(_hear, operation, peek(key).get("acts") or ())

    def replaced() -> None:
        if event := peek(key).get("replaced"):
            defer(_replaced, operation, event)

    _TRAY(
        key=key,
        data={
            "pictures": [
                {
                    "id": entry.image.sha256,
                    "name": entry.image.name,
                    "width": entry.image.width,
                    "height": entry.image.height,
                    "src": f"/previews/{entry.image.sha256}?w={TILE_WIDTH}",
                }
                for entry in kept
            ],
            "limit": limit,
            "most": int(st.get_option("server.maxUploadSize")),
            "firstMark": first_mark,
            "hint": "Drop, choose or paste pictures",
            "heard": _heard(operation),
        },
        on_acts_change=acted,
        on_replaced_change=replaced,
    )
    for sentence in st.session_state.get(f"tray.refused.{operation}", ()):
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
        with st.container(horizontal=True, gap="small", key=f"tray.offers.{operation}.{place}"):
            for number, offer in enumerate(offers):
                st.button(
                    escape(f"{offer.label}: {entry.image.name}"),
                    key=f"tray.offer.{operation}.{place}.{number}.{entry.image.sha256[:8]}",
                    on_click=deferred(_accept_offer),
                    args=(operation, place, offer, changed),
                    help=offer.help,
                )

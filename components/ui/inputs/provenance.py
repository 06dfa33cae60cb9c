"""“Where does it come from?”: the signed provenance in an image's file, and what a connection's server says of it.

The file is read on this machine when the panel is opened. Nothing is sent before the button is pressed that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from components.client import ApiError, Connection
from components.client.provenance import TYPES, NoProvenanceCheck, ProvenanceSignal, check_provenance
from components.images.provenance.manifest import carries_manifest
from components.images.provenance.provenance import Provenance, read_provenance
from components.library import StoredOutput
from components.parameters import InputImage
from components.settings import BUILT_IN_ID
from components.ui.base.deferred import deferred, perform_deferred
from components.ui.base.formatting.markdown_text import escape
from components.ui.base.run_json import original_address
from components.ui.process.workbench import workbench
from components.ui.session import connections
from components.ui.session.state import page_state

TITLE = "Where does it come from?"
PATIENCE_SECONDS = 1.0  # reading takes 0.2 s on an idle machine
POLL_SECONDS = 1.0
ANSWER_SECONDS = 60.0
MOST_READ = 500  # results that are kept
TYPES_OF_FORMATS = {"jpg": "image/jpeg", "svg": "image/svg+xml"}


@dataclass(frozen=True)
class InspectedImage:
    """An image whose provenance is asked for: its label, its exact bytes, and what this app did to them before."""

    label: str
    image: InputImage
    note: str = ""
    download: str = ""


@dataclass(frozen=True)
class ServerAnswer:
    """What a server said: its signals, or a sentence on why there are none."""

    signals: tuple[ProvenanceSignal, ...] = ()
    problem: str = ""


@dataclass
class ProvenanceState:
    """The questions that this session sent, by the image's SHA-256 and the connection's id."""

    asked: dict[tuple[str, str], Future[ServerAnswer]] = field(default_factory=dict)


_readers = ThreadPoolExecutor(2, thread_name_prefix="provenance")
_askers = ThreadPoolExecutor(4, thread_name_prefix="provenance-ask")
_read: dict[str, Future[Provenance]] = {}


def subjects_of_outputs(outputs: Iterable[StoredOutput]) -> list[InspectedImage]:
    """Return images of the library whose files are there."""
    found = []
    for place, one in enumerate(outputs, 1):
        path = workbench().library.file("original", one.sha256)
        if path is None:
            continue
        kind = TYPES_OF_FORMATS.get(one.format, f"image/{one.format}")
        image = InputImage(path, path.name, kind, one.width, one.height, one.bytes, one.sha256, one.has_alpha)
        made_here = one.role != "image"
        note = "This app made this version, and files that it makes are not signed." if made_here else ""
        found.append(InspectedImage(f"Image {place}", image, note, original_address(one.sha256, one.format)))
    return found


def subjects_of_inputs(images: Iterable[tuple[InputImage, Sequence[str]]]) -> list[InspectedImage]:
    """Return input images, each with the notes on how it was changed when it was added."""
    changed = "It was converted when it was added, which removes a signature. The file that you have may be signed."
    return [InspectedImage(image.name, image, changed if notes else "") for image, notes in images]


def draw_provenance(key: str, subjects: Callable[[], Sequence[InspectedImage]], *, quiet: bool = False) -> None:
    """Draw a button that opens the provenance of images, which are looked up when it is open."""
    with st.popover(
        TITLE,
        icon=":material/fingerprint:",
        type="tertiary" if quiet else "secondary",
        key=f"{key}.origin",
        on_change="rerun",
    ) as panel:
        if panel.open:
            _draw_panel(key, subjects())


def _draw_panel(key: str, found: Sequence[InspectedImage]) -> None:
    if not found:
        st.caption("The file of this image is missing.")
        return
    chosen = 0
    if len(found) > 1:
        places = range(len(found))
        label = "Image"
        chosen = st.selectbox(label, places, format_func=lambda place: found[place].label, key=f"{key}.origin.image")
    subject, connection = found[chosen], connections.chosen()
    local = _reading(subject.image)
    answer = page_state(ProvenanceState).asked.get((subject.image.sha256, connection.id))
    pending: list[Future[Any]] = [one for one in (local, answer) if one is not None]
    is_pending = bool(wait(pending, PATIENCE_SECONDS).not_done)
    st.fragment(_draw_found, run_every=POLL_SECONDS if is_pending else None)(key, subject, connection, is_pending)


def _reading(image: InputImage) -> Future[Provenance]:
    """Return the reading of a file, begun now if nobody has asked for it before."""
    while len(_read) >= MOST_READ:
        _read.pop(next(iter(_read)), None)
    if image.sha256 not in _read:
        _read[image.sha256] = _readers.submit(read_provenance, image.path)
    return _read[image.sha256]


def _forget(sha256: str) -> None:
    """Let a file be read again: it may have been missing, or the machine too busy."""
    _read.pop(sha256, None)


def _draw_found(key: str, subject: InspectedImage, connection: Connection, was_pending: bool) -> None:
    """Draw what is known. While something is under way, this runs repeatedly until the page is drawn again."""
    perform_deferred()
    local = _reading(subject.image)
    answer = page_state(ProvenanceState).asked.get((subject.image.sha256, connection.id))
    st.markdown("**In the file** :gray[read on this server, nothing was sent]")
    if local.done():
        st.markdown("  \n".join(_lines(local.result())))
        if local.result().state == "unreadable":
            args = (subject.image.sha256,)
            st.button("Read it again", key=f"{key}.origin.again", on_click=deferred(_forget), args=args)
    else:
        st.caption("Reading…")
    if subject.note:
        st.caption(subject.note)
    if subject.download and carries_manifest(subject.image.path):
        st.caption(
            "“Download” adds the recipe to the file, which breaks its signature. "
            f"[Original file]({subject.download}?download={subject.image.path.name}) keeps it, and so does a ZIP."
        )
    if subject.image.content_type in TYPES and not connection.problem:
        _draw_question(key, subject, connection, answer)
    if was_pending == (local.done() and (answer is None or answer.done())):
        st.rerun()


def _lines(found: Provenance) -> Iterator[str]:
    """Yield what a file says of itself as Markdown; a name in it is only as good as its signature."""
    yield _STATES[found.state]
    named = (
        ("Signed by" if found.state in _HOLDS else "Names as its signer", [found.signer]),
        ("Signed at", [found.signed_at]),
        ("Made with", found.programs),
        ("Model", found.models),
        ("Made at", [found.made_at]),
        ("Says of itself", ["made by AI"] if found.is_ai else []),
        ("Steps", found.actions),
        ("Made from", found.ingredients),
        ("Problem", found.problems),
    )
    for label, texts in named:
        if text := ", ".join(filter(None, texts)):
            yield f":gray[{label}] {escape(text)}"
    if found.state == "valid":
        yield (
            ":gray[The signer's name is what the certificate says. This app has no list of trusted signers, "
            "so it cannot say whether the name is true.]"
        )


_HOLDS = frozenset({"valid", "trusted"})
_STATES = {
    "trusted": ":green[:material/verified: Signed by a trusted signer, and unchanged since.]",
    "valid": ":green[:material/verified: Signed, and unchanged since.]",
    "invalid": ":red[:material/gpp_bad: The signature is not valid: the file was changed after it was signed.]",
    "not_present": (
        ":material/help: No signed provenance (C2PA). This proves nothing: most images never had any, and many "
        "programs remove it when they save or send an image."
    ),
    "remote": (
        ":material/link_off: The file says that its provenance is kept at another address. The app does not fetch it, "
        "since that would tell its owner who looks."
    ),
    "unreadable": ":orange[:material/warning: The provenance in this file could not be read. It may be damaged.]",
    "not_installed": (
        ":material/extension_off: This server cannot read signatures: the optional package `c2pa-python` is not "
        "installed. An operator installs it with `pip install c2pa-python`."
    ),
}


_LOOKS = "looks for C2PA and for an invisible watermark (SynthID). The API states no price for it."


def _draw_question(
    key: str, subject: InspectedImage, connection: Connection, answer: Future[ServerAnswer] | None
) -> None:
    """Draw the button that sends the image, and what came back."""
    st.markdown(f"**Checked by {escape(connection.name)}**")
    result = answer.result() if answer is not None and answer.done() else None
    if result is not None:
        st.markdown("  \n".join(_answer_lines(result, connection)))
    if answer is None or (result is not None and result.problem):
        where = "the built-in engine on this machine" if connection.id == BUILT_IN_ID else escape(connection.host)
        st.button(
            f"Send it to {escape(connection.name)}",
            icon=":material/upload:",
            key=f"{key}.origin.ask",
            on_click=deferred(_ask),
            args=(connection, subject.image),
        )
        is_built_in = connection.id == BUILT_IN_ID
        looks = "reads C2PA and does not look for watermarks. It is free." if is_built_in else _LOOKS
        st.caption(f"Sends the whole image to {where} (`POST /content_provenance_checks`), which {looks}")
    elif result is None:
        st.caption("Sent. Waiting for the answer…")


def _ask(connection: Connection, image: InputImage) -> None:
    """Send an image in the background: once to each connection, and again after a failure."""
    asked = page_state(ProvenanceState).asked
    before = asked.get((image.sha256, connection.id))
    if before is None or (before.done() and before.result().problem):
        asked[image.sha256, connection.id] = _askers.submit(_answer, connection, image)


def _answer(connection: Connection, image: InputImage) -> ServerAnswer:
    bench = workbench()
    try:
        return ServerAnswer(bench.ask(check_provenance(bench.client, connection, image), ANSWER_SECONDS))
    except NoProvenanceCheck:
        return ServerAnswer(problem="This server has no such check. OpenAI's own API has one. Nothing was spent.")
    except ApiError as error:
        return ServerAnswer(problem=str(error))
    except TimeoutError:
        return ServerAnswer(problem=f"No answer in {ANSWER_SECONDS:.0f} seconds.")
    except (RuntimeError, CancelledError):
        return ServerAnswer(problem="The app is stopping.")


_SIGNALS = {"c2pa": "Signed provenance (C2PA)", "synthid": "Watermark (SynthID)"}
_OUTCOMES = {"detected": ":green[detected]", "not_detected": "not detected"}


def _answer_lines(answer: ServerAnswer, connection: Connection) -> Iterator[str]:
    if answer.problem:
        yield f":red[:material/error: {escape(answer.problem)}]"
        return
    for one in answer.signals:
        facts = (
            ("signature", one.validation_state.replace("_", " ")),
            ("issuer", one.issuer),
            ("model", one.model),
            ("made at", one.generated_at),
        )
        about = ", ".join(f":gray[{label}] {escape(value)}" for label, value in facts if value)
        outcome = _OUTCOMES.get(one.outcome) or escape(one.outcome)
        yield f"{_SIGNALS.get(one.type) or escape(one.type)}: {outcome}" + (f" ({about})" if about else "")
    if not answer.signals:
        yield "The server answered without any result."
    if connection.id == BUILT_IN_ID:
        yield ":gray[The built-in engine does not know any watermark or list of signers, so it never says “detected”.]"
    elif any(one.outcome == "not_detected" for one in answer.signals):
        yield (
            ":gray[“Not detected” proves nothing: the server looks only for its own signs, and a copy, a crop or a "
            "screenshot can have lost them.]"
        )

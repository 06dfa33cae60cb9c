"""What faults are made of: the six ways to ask, a good answer to each, and helpers that spoil it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.unit.runs.fake_client import png
from tests.wire.loopback import Answer, Script, event, json_answer, plain_answer, stream_answer


@dataclass(frozen=True)
class Cell:
    """One way to ask: the operation, and whether its answer is requested as a stream."""

    operation: str
    streamed: bool

    @property
    def for_images(self) -> bool:
        """Whether images are asked for, two of them; otherwise a text is."""
        return self.operation != "analyze"


CELLS = tuple(Cell(operation, streamed) for streamed in (False, True) for operation in ("generate", "edit", "analyze"))

Make = Callable[[Cell], "Sequence[Script] | None"]


@dataclass(frozen=True)
class Fault:
    """A fault by its name: what the server answers in a cell, in order, the last again; None where it cannot be.

    `base_url` takes the place of the server's own, for faults before any answer; PORT in it is the server's.
    """

    name: str
    make: Make
    base_url: str | None = None


@dataclass(frozen=True)
class Section:
    """Faults of one kind."""

    title: str
    faults: tuple[Fault, ...]


def section(title: str, faults: Mapping[str, Answer | Make]) -> Section:
    """A section of faults; an answer that is the same in every cell needs no function."""
    return Section(
        title, tuple(Fault(name, make if callable(make) else _always(make)) for name, make in faults.items())
    )


def _always(answer: Answer) -> Make:
    return lambda cell: [answer]


A, B, C = png(1), png(2), png(3)
TEXT = "A cat sits."
IMAGE_USAGE = {"input_tokens": 10, "output_tokens": 100, "total_tokens": 110}
TEXT_USAGE = {"input_tokens": 9, "output_tokens": 30, "total_tokens": 39}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def entry(image: bytes | str, **more: Any) -> dict[str, Any]:
    """An entry of a plain answer; text stands for base64 that may be none."""
    return {"b64_json": image if isinstance(image, str) else b64(image), **more}


def images(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A plain answer with images."""
    return {"created": 1, "data": list(entries), "usage": IMAGE_USAGE, **more}


def completed(cell: Cell, one: dict[str, Any]) -> bytes:
    """A streamed image."""
    kind = "image_edit" if cell.operation == "edit" else "image_generation"
    return event({"type": f"{kind}.completed", "created_at": 1, "usage": IMAGE_USAGE, **one})


def preview(cell: Cell, image: bytes | str = C) -> bytes:
    """A streamed preview."""
    kind = "image_edit" if cell.operation == "edit" else "image_generation"
    return event({"type": f"{kind}.partial_image", "partial_image_index": 0, **entry(image)})


def response(text: str = TEXT, **more: Any) -> dict[str, Any]:
    """A plain answer with text."""
    content = [{"type": "output_text", "text": text, "annotations": []}]
    message = {"type": "message", "role": "assistant", "content": content}
    return {"id": "resp_1", "status": "completed", "error": None, "output": [message], "usage": TEXT_USAGE, **more}


def delta(text: str) -> bytes:
    """A streamed piece of text."""
    return event({"type": "response.output_text.delta", "delta": text})


def last(kind: str = "completed", **more: Any) -> bytes:
    """The last event of a streamed text."""
    return event({"type": f"response.{kind}", "response": response(**more)})


def good_events(cell: Cell) -> list[bytes]:
    """The events of a good stream."""
    if cell.for_images:
        return [preview(cell), completed(cell, entry(A)), completed(cell, entry(B))]
    return [delta("A cat "), delta("sits."), last()]


def good_body(cell: Cell) -> bytes:
    """The bytes of a good answer, plain or streamed."""
    if cell.streamed:
        return b"".join(good_events(cell))
    return json.dumps(images(entry(A), entry(B)) if cell.for_images else response()).encode()


def content_type(cell: Cell) -> str:
    return "text/event-stream" if cell.streamed else "application/json"


def good(cell: Cell) -> Answer:
    """A good answer."""
    return plain_answer(good_body(cell), content_type=content_type(cell))


def parts(*entries: dict[str, Any]) -> Make:
    """An answer with these entries, or a stream with an event for each, for the operations that make images."""

    def make(cell: Cell) -> Sequence[Script] | None:
        if not cell.for_images:
            return None
        if cell.streamed:
            return [stream_answer([completed(cell, one) for one in entries])]
        return [json_answer(images(*entries))]

    return make


def spoiled(spoil: Callable[[bytes], bytes]) -> Make:
    """A good answer's body, spoiled."""
    return lambda cell: [plain_answer(spoil(good_body(cell)), content_type=content_type(cell))]


def after_one(body: bytes) -> int:
    """A place in the body behind its first image or its first words, in the middle of the second."""
    first = max(body.find(b64(A).encode()) + len(b64(A)), body.find(b"A cat ") + 6)
    return first if b64(B).encode() not in body else body.find(b64(B).encode()) + 20

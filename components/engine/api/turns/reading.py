"""Read requests of /responses with the image generation tool: the turns before, the prompt, the image to edit."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from components.engine.api import errors
from components.engine.api.errors import RequestError
from components.engine.api.faults import marks_of, without_marks
from components.engine.api.images import edits, generations
from components.engine.api.images.image_job import ImageJob
from components.engine.api.text.conversation import Conversation, read_content
from components.engine.api.turns.store import Before, TurnStore
from components.engine.api.uploads import Part, Parts, describe, open_upright, read_data_url
from components.engine.api.usage import input_image_tokens, text_tokens
from components.engine.api.validation import check, check_model
from components.engine.editing import EditInputs
from components.parameters import Model
from components.parameters.turns import CALL, TOOL

ACTIONS = ("generate", "edit", "auto")
# Words that refer to an earlier prompt, whose own words are then drawn as well.
REFERS = re.compile(r"\b(again|once more|as before|the same|like before)\b", re.IGNORECASE)
KEEP = "Keep everything else as it is."
_NOT_OF_IMAGE = frozenset({"type", "action", "input_image_mask"})


@dataclass
class TurnRequest:
    """Hold one turn: the prompt as it came, those before it, and the images to edit, as files."""

    model: Model
    tool: Mapping[str, Any]
    body: Mapping[str, Any]
    prompt: str = ""
    before: list[str] = field(default_factory=list)
    images: list[bytes] = field(default_factory=list)
    read: int = 0  # tokens of all texts and images, as the text model reads them

    @property
    def stream(self) -> bool:
        """Return whether events are wanted."""
        return self.body.get("stream") is True

    @property
    def edits(self) -> bool:
        """Return whether there is an image to edit, and whether that is wanted."""
        return bool(self.images) and self.tool.get("action") != "generate"

    @property
    def revised_prompt(self) -> str:
        """Return the prompt as it is drawn: with the words before where it refers to them."""
        prompt = without_marks(self.prompt)
        if self.before and REFERS.search(prompt):
            prompt = f"{prompt} ({'; '.join(without_marks(one) for one in self.before[-3:])})"
        return f"{prompt.rstrip('.')}. {KEEP}" if self.edits else prompt

    def after(self, image: bytes) -> Before:
        """Return what the next turn starts from."""
        return Before((*self.before, self.prompt), image)


def image_tool(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the image generation tool of a request, None for one without."""
    tools = body.get("tools")
    found = [one for one in tools if isinstance(one, Mapping)] if isinstance(tools, list) else []
    return next((one for one in found if one.get("type") == TOOL), None)


def read_turn(body: Mapping[str, Any], tool: Mapping[str, Any], store: TurnStore) -> TurnRequest:
    """Return the turn of a request. Raise RequestError."""
    turn = TurnRequest(check_model("analyze", body), tool, body)
    if (action := tool.get("action", "auto")) not in ACTIONS:
        raise errors.wrong_value("tools[0].action", action, ACTIONS)
    if (previous := body.get("previous_response_id")) is not None:
        before = store.find(previous)
        turn.before, turn.images = list(before.prompts), [before.image] if before.image else []
    given = body.get("input")
    if not given:
        raise errors.missing("input")
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    if not isinstance(items, list):
        raise errors.wrong_type("input", "an array", items)
    for place, item in enumerate(items):
        _read_item(turn, item, f"input[{place}]")
    if not turn.before:
        raise errors.missing("input")
    turn.prompt = turn.before.pop()
    if action == "edit" and not turn.images:
        raise RequestError(400, "There is no image to edit in the input.", param="input")
    return turn


def _read_item(turn: TurnRequest, item: Any, where: str) -> None:
    if not isinstance(item, Mapping):
        raise errors.wrong_type(where, "an object", item)
    if item.get("type") == CALL:
        turn.images = [_result(item, where)]
    elif item.get("type", "message") == "message":
        talk = Conversation(turn.model)
        text = read_content(talk, item.get("content"), f"{where}.content", detail_required=True)
        turn.read += text_tokens(text) + talk.input_tokens
        if talk.images:
            turn.images = [one.data for one in talk.images]
        if item.get("role") == "user":
            turn.before.append(text)


def _result(item: Mapping[str, Any], where: str) -> bytes:
    try:
        return base64.b64decode(str(item.get("result") or ""), validate=True) or b""
    except (binascii.Error, ValueError):
        raise RequestError(400, "The result is not valid base64.", param=f"{where}.result") from None


def job_of(turn: TurnRequest) -> ImageJob:
    """Return what the tool is to draw. Raise RequestError, whose parameter is that of the tool."""
    texts = {name: value for name, value in turn.tool.items() if name not in _NOT_OF_IMAGE}
    texts |= {"prompt": turn.revised_prompt + _marks(turn.prompt), "stream": turn.stream}
    texts |= {name: turn.body[name] for name in ("safety_identifier",) if name in turn.body}
    if not turn.edits:
        with _of_tool():
            return generations.job_of(check("generate", texts))
    moderation = texts.pop("moderation", "auto")
    if moderation not in ("auto", "low"):
        raise errors.wrong_value("tools[0].moderation", moderation, ("auto", "low"))
    opened = tuple(open_upright(data, "image", "input") for data in turn.images)
    turn.read += sum(input_image_tokens(*image.size) for image in opened) if not turn.read else 0
    parts = [Part("image", "image", f"image/{_kind(data)}", data) for data in turn.images]
    inputs = tuple(describe(part, image) for part, image in zip(parts, opened, strict=True))
    with _of_tool():
        checked = check("edit", texts, inputs)
        mask = edits.overlay(_mask(turn.tool), "mask", opened[0], checked.model)
        if mask is not None and checked.output_format == "gif":
            raise errors.not_allowed("input_image_mask", "A mask is not supported with output_format 'gif'.")
    fidelity = str(checked.values.get("input_fidelity", "low"))
    return edits.job_of(checked, EditInputs(opened, mask, None, fidelity, marks_of(turn.prompt).ignore_mask))


def _marks(prompt: str) -> str:
    """Return the marks of a prompt, so that they act though the revised prompt has none."""
    return "".join(f" {mark}" for mark in re.findall(r"\[[a-z0-9 ]+\]", prompt, re.IGNORECASE))


def _kind(data: bytes) -> str:
    if data[:3] == b"\xff\xd8\xff":
        return "jpeg"
    return "webp" if data[8:12] == b"WEBP" else "png"


def _mask(tool: Mapping[str, Any]) -> Parts:
    given = tool.get("input_image_mask")
    if given is None:
        return Parts()
    url = given.get("image_url") if isinstance(given, Mapping) else None
    content_type, data = read_data_url(url, "input_image_mask.image_url")
    return Parts(files=[Part("mask", "mask", content_type, data)])


@contextmanager
def _of_tool() -> Iterator[None]:
    """Name parameters as they stand in the request: inside its tool."""
    try:
        yield
    except RequestError as error:
        name = "input_image_mask" if error.param == "mask" else error.param
        error.param = None if name is None else f"tools[0].{name}"
        raise

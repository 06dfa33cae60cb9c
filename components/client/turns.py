"""An edit with the turns before it, on the wire: by the id of the response before, or with the former items again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.client.bodies import Base64, DataUrl, JsonBody
from components.client.connections.connection import Connection
from components.client.errors import RequestRefused
from components.client.wire import ApiCall
from components.parameters import InputImage, Request
from components.parameters.turns import CALL, turn_body, turn_message

RESPONSES = "/responses"
MOST_TURNS = 8  # that are sent again; each one carries its image
_KEPT_ITEMS = frozenset({"reasoning", "message", CALL})
_MADE = "The image that I made of it is in your next message."
_LOST = re.compile(r"previous_response(_id|_not_found)?\b|\bprevious response with id\b", re.I)


@dataclass(frozen=True)
class EarlierTurn:
    """A run that led to the image to edit: its prompt, its own input images, and the image that it made.

    `response` is what /responses said, without its images; None for a run sent to another endpoint.
    """

    prompt: str
    images: tuple[InputImage, ...]
    result: InputImage
    connection_id: str = ""
    response: Mapping[str, Any] | None = None

    @property
    def items(self) -> list[dict[str, Any]]:
        """Return the output of the response, in order; empty without its call."""
        output = (self.response or {}).get("output")
        found = [one for one in output if isinstance(one, dict)] if isinstance(output, list) else []
        found = [one for one in found if one.get("type") in _KEPT_ITEMS]
        return found if any(one["type"] == CALL for one in found) else []


def turn_calls(request: Request, turns: Sequence[EarlierTurn], connection: Connection) -> list[ApiCall]:
    """Return the calls to try in order: by the stored response where there is one, then with all items.

    The next one may be sent only where the server no longer had the stored response.
    """
    last = turns[-1] if turns else None
    main_model = connection.server.name_of(str(request.values["main_model"]))
    # An image that is not in an item, that was changed here since, or that a mask lies over, goes along once more.
    is_known = last is not None and bool(last.items) and request.mask is None
    new = [one for one in request.images if not (is_known and last and one.sha256 == last.result.sha256)]
    message = turn_message(request.prompt_text, [_url(one) for one in new])
    mask = _url(request.mask) if request.mask is not None else None
    bodies = []
    if last is not None and (stored := _stored_id(last, connection)):
        bodies.append({**turn_body(request, [message], main_model, mask), "previous_response_id": stored})
    items = list(_again(turns[-MOST_TURNS:]))
    bodies.append(turn_body(request, [*items, message], main_model, mask))
    return [ApiCall("POST", RESPONSES, JsonBody(body), model=main_model) for body in bodies]


def lost_response(error: RequestRefused) -> bool:
    """Return whether the server refused because it does not have the response before."""
    found = any(_LOST.search(text or "") for text in (error.param, error.code, error.what))
    return error.status in (400, 404, 422) and found


def _stored_id(turn: EarlierTurn, connection: Connection) -> str:
    response = turn.response or {}
    found = response.get("id")
    if turn.connection_id != connection.id or response.get("store") is False or not isinstance(found, str):
        return ""
    return found[:200]


def _again(turns: Sequence[EarlierTurn]) -> Iterator[dict[str, Any]]:
    """Yield the items of all turns. The result of a turn without items is in the message that follows it."""
    carried: list[InputImage] = []
    for turn in turns:
        yield turn_message(turn.prompt, [_url(one) for one in (*carried, *turn.images)])
        items = turn.items
        for item in items:
            yield {**item, "result": Base64(turn.result.path)} if item["type"] == CALL else item
        if not items:
            yield {"role": "assistant", "content": _MADE}
        carried = [] if items else [turn.result]


def _url(image: InputImage) -> DataUrl:
    return DataUrl(image.path, image.content_type)

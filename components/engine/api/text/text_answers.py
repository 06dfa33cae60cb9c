"""Serve `POST /v1/responses` and `POST /v1/chat/completions`: measurements in the shapes that clients read."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from components.engine.api import errors, responses
from components.engine.api.faults import FaultInjector, marks_of
from components.engine.api.images.generations import read_json
from components.engine.api.responses import Json
from components.engine.api.state import DrawPool
from components.engine.api.text.answer import Answer, answer
from components.engine.api.text.conversation import Conversation, from_chat, from_responses
from components.engine.api.text.response_object import response_object

WORD_SECONDS = 0.012  # between two pieces of a streamed text, times the server's pace


async def respond_in_words(request: Request, body: dict[str, Any]) -> Response:
    """Serve `POST /v1/responses` without a tool."""
    talk = from_responses(body)
    if (played := await _played(request, talk)) is not None:
        return played
    said = await _answered(request, talk)
    shape = _ResponseShape(talk, said)
    if talk.stream:
        return responses.Events(_response_events(request, talk, said, shape))
    return Json(shape.response("incomplete" if said.cut_off else "completed"))


async def complete(request: Request) -> Response:
    """Serve `POST /v1/chat/completions`."""
    talk = from_chat(await read_json(request))
    if (played := await _played(request, talk)) is not None:
        return played
    said = await _answered(request, talk)
    if talk.stream:
        return responses.Events(_chat_chunks(request, talk, said))
    message: dict[str, Any] = {"role": "assistant", "content": said.text, "refusal": None, "annotations": []}
    choice = {"index": 0, "message": message, "finish_reason": _reason(said), "logprobs": None}
    head = _chat_head(talk, "chat.completion")
    return Json({**head, "choices": [choice], "usage": said.chat_usage(), "metadata": said.metadata()})


async def _played(request: Request, talk: Conversation) -> Response | None:
    fault_injector: FaultInjector = request.app.state.fault_injector
    played = await fault_injector.play(talk.question, streams=talk.stream)
    if played is None and marks_of(talk.question).stream_error and not talk.stream:
        raise errors.server_error()
    return played


async def _answered(request: Request, talk: Conversation) -> Answer:
    draw_pool: DrawPool = request.app.state.draw_pool
    return await draw_pool.begin(partial(answer, talk))


class _ResponseShape:
    """Build the objects of /responses for one answer; their ids stay the same through a stream."""

    def __init__(self, talk: Conversation, said: Answer) -> None:
        self._talk = talk
        self._said = said
        self._id = f"resp_{uuid.uuid4().hex}"
        self._created = int(time.time())
        self.message_id = f"msg_{uuid.uuid4().hex}"
        self.reasoning_id = f"rs_{uuid.uuid4().hex}"

    def response(self, status: str) -> dict[str, Any]:
        """Return the response; "in_progress" has no output yet."""
        ended = status != "in_progress"
        body = self._talk.body
        return response_object(
            body,
            id=self._id,
            created_at=self._created,
            status=status,
            incomplete_details={"reason": "max_output_tokens"} if status == "incomplete" else None,
            max_output_tokens=self._talk.limit,
            metadata={**(body.get("metadata") or {}), **(self._said.metadata() if ended else {})},
            model=self._talk.model.id,
            output=self.items() if ended else [],
            reasoning={"effort": self._talk.effort, "summary": None},
            usage=self._said.responses_usage() if ended else None,
        )

    def items(self) -> list[dict[str, Any]]:
        """Return the output: a note that thinking took place, and the message if the budget left room for one."""
        items: list[dict[str, Any]] = [self.reasoning()] if self._said.reasoning else []
        if self._said.pieces:
            items.append(self.message("incomplete" if self._said.cut_off else "completed"))
        return items

    def reasoning(self) -> dict[str, Any]:
        """Return the reasoning item."""
        return {"id": self.reasoning_id, "type": "reasoning", "summary": []}

    def part(self, text: str) -> dict[str, Any]:
        """Return the text of the message."""
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def message(self, status: str) -> dict[str, Any]:
        """Return the message; it has no content while it has just begun."""
        content = [] if status == "in_progress" else [self.part(self._said.text)]
        return {"id": self.message_id, "type": "message", "role": "assistant", "status": status, "content": content}


async def _response_events(
    request: Request, talk: Conversation, said: Answer, shape: _ResponseShape
) -> AsyncIterator[bytes]:
    number = 0

    def event(type: str, **data: Any) -> bytes:
        nonlocal number
        number += 1
        return responses.event({"type": type, "sequence_number": number - 1, **data})

    yield event("response.created", response=shape.response("in_progress"))
    yield event("response.in_progress", response=shape.response("in_progress"))
    index = 0
    if said.reasoning:
        yield event("response.output_item.added", output_index=0, item=shape.reasoning())
        yield event("response.output_item.done", output_index=0, item=shape.reasoning())
        index = 1
    if said.pieces:
        at = {"item_id": shape.message_id, "output_index": index, "content_index": 0}
        yield event("response.output_item.added", output_index=index, item=shape.message("in_progress"))
        yield event("response.content_part.added", **at, part=shape.part(""))
        async for piece in _timed_pieces(request, talk, said):
            if piece is None:
                yield event("error", **errors.server_error().error())
                return
            yield event("response.output_text.delta", **at, delta=piece, logprobs=[]) if piece else responses.CUT
        yield event("response.output_text.done", **at, text=said.text, logprobs=[])
        yield event("response.content_part.done", **at, part=shape.part(said.text))
        yield event("response.output_item.done", output_index=index, item=shape.items()[-1])
    status = "incomplete" if said.cut_off else "completed"
    yield event(f"response.{status}", response=shape.response(status))


async def _timed_pieces(request: Request, talk: Conversation, said: Answer) -> AsyncIterator[str | None]:
    """Yield the pieces; an empty one to break off, None for an error, where the marks ask for it."""
    draw_pool: DrawPool = request.app.state.draw_pool
    marks = marks_of(talk.question)
    middle = len(said.pieces) // 2
    for place, piece in enumerate(said.pieces):
        if place == middle and marks.breaks:
            yield ""
        if place == middle and marks.stream_error:
            yield None
        yield piece
        if draw_pool.pace:
            await asyncio.sleep(WORD_SECONDS * draw_pool.pace)


def _chat_head(talk: Conversation, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": talk.model.id,
        "system_fingerprint": "built-in-engine",
    }


def _reason(said: Answer) -> str:
    return "length" if said.cut_off else "stop"


async def _chat_chunks(request: Request, talk: Conversation, said: Answer) -> AsyncIterator[bytes]:
    head = _chat_head(talk, "chat.completion.chunk")

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return responses.chunk({**head, "choices": [choice]})

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    async for piece in _timed_pieces(request, talk, said):
        if piece is None:
            yield responses.chunk({"error": errors.server_error().error()})
            return
        yield chunk({"content": piece}) if piece else responses.CUT
    yield chunk({}, _reason(said))
    options = talk.body.get("stream_options")
    if isinstance(options, dict) and options.get("include_usage"):
        yield responses.chunk({**head, "choices": [], "usage": said.chat_usage()})
    yield responses.DONE

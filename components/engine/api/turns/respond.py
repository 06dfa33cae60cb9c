"""Serve `POST /v1/responses`: with the image generation tool by an image, otherwise in words."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from components.engine.api import errors, responses
from components.engine.api.errors import RequestError
from components.engine.api.faults import FaultInjector, blocked, categories, moderate
from components.engine.api.images.generations import as_marked, image_text, partial_text, read_json
from components.engine.api.images.image_job import ImageJob
from components.engine.api.responses import Json
from components.engine.api.state import DrawPool
from components.engine.api.text.response_object import response_object
from components.engine.api.text.text_answers import respond_in_words
from components.engine.api.turns.reading import TurnRequest, image_tool, job_of, read_turn
from components.engine.api.turns.store import TurnStore
from components.engine.api.usage import text_tokens
from components.parameters.turns import CALL

CALL_EVENT = f"response.{CALL}"


async def respond(request: Request) -> Response:
    """Answer a request of /responses."""
    body = await read_json(request)
    tool = image_tool(body)
    if tool is None:
        return await respond_in_words(request, body)
    store: TurnStore = request.app.state.turns
    turn = read_turn(body, tool, store)
    fault_injector: FaultInjector = request.app.state.fault_injector
    try:
        moderate(turn.prompt, str(tool.get("moderation", "auto")))
        played = await fault_injector.play(turn.prompt, streams=turn.stream)
    except RequestError as error:
        if error.code != blocked().code:
            raise
        refused = _Shape(turn).refused(error)
        return responses.Events(_refusal_events(refused)) if turn.stream else Json(refused)
    if played is not None:
        return played
    job = as_marked(job_of(turn))
    draw_pool: DrawPool = request.app.state.draw_pool
    shape = _Shape(turn, job)
    if turn.stream:
        return responses.Events(_events(draw_pool, shape, store))
    if job.marks.stream_error:
        raise errors.server_error()
    pace = job.pace(draw_pool)
    file = await draw_pool.begin(partial(job.file, 0))
    await pace.reach(1)
    return Json(shape.ended(base64.b64encode(file).decode("ascii"), file, store))


class _Shape:
    """Build the objects of one response; their ids stay the same through a stream."""

    def __init__(self, turn: TurnRequest, job: ImageJob | None = None) -> None:
        self.turn = turn
        self._job = job
        self._id = f"resp_{uuid.uuid4().hex}"
        self._created = int(time.time())
        self.call_id = f"ig_{uuid.uuid4().hex}"

    @property
    def job(self) -> ImageJob:
        """Return what is drawn."""
        assert self._job is not None
        return self._job

    def response(self, status: str, *output: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Return the response."""
        turn = self.turn
        tool = {name: value for name, value in turn.tool.items() if name != "input_image_mask"}
        return response_object(
            turn.body,
            id=self._id,
            created_at=self._created,
            status=status,
            model=turn.model.id,
            output=list(output),
            previous_response_id=turn.body.get("previous_response_id"),
            store=self.stores,
            tool_choice=turn.body.get("tool_choice") or "auto",
            tools=[tool],
            usage=self._usage() if status == "completed" else None,
            **more,
        )

    @property
    def stores(self) -> bool:
        """Return whether the next turn may name this one; as with the API, unless the request says `store: false`."""
        return self.turn.body.get("store") is not False

    def call(self, status: str, **more: Any) -> dict[str, Any]:
        """Return the tool's call."""
        return {"id": self.call_id, "type": CALL, "status": status, **more}

    def made(self, text: str) -> dict[str, Any]:
        """Return the call with its image."""
        action = "edit" if self.turn.edits else "generate"
        facts = self.job.facts()
        return self.call("completed", action=action, revised_prompt=self.turn.revised_prompt, result=text, **facts)

    def ended(self, text: str, file: bytes, store: TurnStore, partials: int = 0) -> dict[str, Any]:
        """Return the complete response, and keep it for the next turn."""
        if self.stores:
            store.keep(self._id, self.turn.after(file))
        call = self.made(text)
        if (written := self.job.svg_usage(file)) is not None:
            call["svg_usage"] = written
        usage = self.job.usage(drawings=1, partials=partials)
        counted = {} if self.job.marks.no_usage else {"tool_usage": _tool_usage(usage)}
        return self.response("completed", call, **counted)

    def refused(self, error: RequestError) -> dict[str, Any]:
        """Return the response whose call the safety system refused."""
        details = {"categories": categories(self.turn.prompt), "moderation_stage": "input"}
        return self.response("completed", self.call("failed", error={**error.error(), "moderation_details": details}))

    def _usage(self) -> dict[str, Any]:
        read, written = self.turn.read, text_tokens(self.turn.revised_prompt)
        return {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + written,
        }


def _tool_usage(usage: dict[str, Any]) -> dict[str, Any]:
    return {"image_gen": usage, "web_search": {"num_requests": 0}}


async def _refusal_events(refused: dict[str, Any]) -> AsyncIterator[bytes]:
    item = refused["output"][0]
    yield responses.event({"type": "response.output_item.done", "sequence_number": 0, "output_index": 0, "item": item})
    yield responses.event({"type": "response.completed", "sequence_number": 1, "response": refused})


async def _events(draw_pool: DrawPool, shape: _Shape, store: TurnStore) -> AsyncIterator[bytes]:
    job, number = shape.job, 0

    def event(type: str, **data: Any) -> bytes:
        nonlocal number
        number += 1
        return responses.event({"type": type, "sequence_number": number - 1, **data})

    at = {"item_id": shape.call_id, "output_index": 0}
    yield event("response.created", response=shape.response("in_progress"))
    yield event("response.in_progress", response=shape.response("in_progress"))
    yield event("response.output_item.added", output_index=0, item=shape.call("in_progress"))
    yield event(f"{CALL_EVENT}.in_progress", **at)
    yield event(f"{CALL_EVENT}.generating", **at)
    pace, wanted = job.pace(draw_pool), int(job.checked.values.get("partial_images", 0))
    image = await draw_pool.begin(partial(job.draw, 0))
    for place in range(wanted):
        share = (place + 1) / (wanted + 1)
        text = await draw_pool.begin(partial(partial_text, job, image, share))
        await pace.reach(share)
        yield event(
            f"{CALL_EVENT}.partial_image", **at, partial_image_index=place, partial_image_b64=text, **job.facts()
        )
    await pace.reach(0.9)
    if job.marks.breaks:
        yield responses.CUT
    if job.marks.stream_error:
        error = errors.server_error().error()
        yield event("error", code="server_error", message=error["message"], param=None)
        return
    if job.checked.output_format in ("gif", "svg"):
        file = await draw_pool.begin(partial(job.file, 0))
        text = base64.b64encode(file).decode("ascii")
    else:
        text = await draw_pool.begin(partial(image_text, job, image))
        file = base64.b64decode(text)
    await pace.reach(1)
    yield event(f"{CALL_EVENT}.completed", **at)
    yield event("response.output_item.done", output_index=0, item=shape.made(text))
    yield event("response.completed", response=shape.ended(text, file, store, wanted))

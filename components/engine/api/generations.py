"""Serve `POST /v1/images/generations`, and answer with images: all at once, or as a stream of events."""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from components.engine.api import errors, event_stream
from components.engine.api.draw_pool import DrawPool
from components.engine.api.draw_request import chosen_size, spec_of
from components.engine.api.encoding import encode
from components.engine.api.faults import FaultInjector
from components.engine.api.image_job import ImageJob
from components.engine.api.image_links import Links
from components.engine.api.json_response import Json
from components.engine.api.moderation import moderate
from components.engine.api.partial_images import partial_image
from components.engine.api.validation import check
from components.engine.drawing import DrawSpec, render, write_svg


async def read_json(request: Request) -> dict[str, Any]:
    """Return the body as a JSON object. Raises ApiError (400)."""
    try:
        body = json.loads(await request.body(), parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        raise errors.not_json() from None
    if not isinstance(body, dict):
        raise errors.not_json()
    return body


def _finite(text: str) -> float:
    """Return a number that JSON can repeat. Raises ValueError for NaN, Infinity and 1e999."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


async def generate(request: Request) -> Response:
    """Answer a generation request."""
    asked = check("generate", await read_json(request))
    moderate(asked.prompt, str(asked.values.get("moderation", "auto")))
    width, height = chosen_size(asked)

    def spec(index: int) -> DrawSpec:
        return spec_of(asked, index, (width, height))

    def draw(index: int, phase: float = 0.0) -> Image.Image:
        return render(spec(index), phase=phase)

    return await answer(request, ImageJob(asked, width, height, draw, lambda index: write_svg(spec(index))))


async def answer(request: Request, order: ImageJob) -> Response:
    """Answer with the images of a job, streamed or all at once, after what the prompt's marks ask for."""
    fault_injector: FaultInjector = request.app.state.fault_injector
    played = await fault_injector.play(order.asked.prompt, streams=order.asked.stream)
    if played is not None:
        return played
    order = _marked(order)
    draw_pool: DrawPool = request.app.state.draw_pool
    if order.asked.stream:
        return event_stream.Events(_events(draw_pool, order))
    if order.marks.stream_error:
        raise errors.server_error()
    pace = order.pace(draw_pool)
    futures = [draw_pool.begin(partial(order.file, index)) for index in range(order.asked.n)]
    files = [await future for future in futures]
    await pace.reach(1)
    return Json(_body(request, order, files))


def _body(request: Request, order: ImageJob, files: list[bytes]) -> dict[str, Any]:
    links: Links = request.app.state.links
    data = []
    for index, file in enumerate(files):
        path = links.keep(file, order.asked.output_format) if order.asked.as_url else None
        data.append(order.about(index, file, f"{request.base_url}{path}" if path else None))
    body: dict[str, Any] = {"created": int(time.time()), "data": data}
    if order.asked.is_dall_e:
        return body
    body |= order.facts()
    if order.asked.identifier:
        body["safety_identifier"] = order.asked.identifier
    if not order.marks.no_usage:
        body["usage"] = order.usage(drawings=len(files))
    if (written := order.svg_usage(files[0])) is not None:
        body["svg_usage"] = written
    return body


def _marked(order: ImageJob) -> ImageJob:
    """Return the job with the sizes that `[other size]` makes of it."""
    if not order.marks.other_size:
        return order
    size = (max(16, order.width // 2), max(16, order.height // 2))

    def draw(index: int, phase: float = 0.0) -> Image.Image:
        return order.draw(index, phase).resize(size)

    return replace(order, width=size[0], height=size[1], draw=draw)


async def _events(draw_pool: DrawPool, order: ImageJob) -> AsyncIterator[bytes]:
    pace = order.pace(draw_pool)
    n, wanted = order.asked.n, int(order.asked.values.get("partial_images", 0))
    for index in range(n):
        image = await draw_pool.begin(partial(order.draw, index))
        for number in range(wanted):
            share = (number + 1) / (wanted + 1)
            text = await draw_pool.begin(partial(_partial, order, image, share))
            await pace.reach((index + share) / n)
            yield event_stream.event(_event(order, "partial_image", text, partial_image_index=number))
        await pace.reach((index + 0.9) / n)
        if order.marks.breaks:
            yield event_stream.CUT
        if order.marks.stream_error:
            yield event_stream.event({"type": "error", "error": errors.server_error().error()})
            return
        text = await draw_pool.begin(partial(_text, order, image))
        await pace.reach((index + 1) / n)
        usage = {"usage": order.usage(drawings=1, partials=wanted, with_input=index == 0)}
        yield event_stream.event(_event(order, "completed", text, **({} if order.marks.no_usage else usage)))


def _text(order: ImageJob, image: Image.Image) -> str:
    return base64.b64encode(encode(image, order.encoding)).decode("ascii")


def _partial(order: ImageJob, image: Image.Image, share: float) -> str:
    return _text(order, partial_image(image, share))


def _event(order: ImageJob, what: str, text: str, **more: Any) -> dict[str, Any]:
    event = {
        "type": f"{order.event}.{what}",
        "b64_json": text,
        "created_at": int(time.time()),
        **order.facts(),
        **more,
    }
    if order.asked.identifier and what == "completed":
        event["safety_identifier"] = order.asked.identifier
    return event

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

from components.engine.api import errors, responses
from components.engine.api.faults import FaultInjector, moderate
from components.engine.api.images.encoding import encode, partial_image
from components.engine.api.images.image_job import ImageJob, chosen_size, spec_of
from components.engine.api.responses import Json
from components.engine.api.state import DrawPool, Links
from components.engine.api.validation import CheckedRequest, check
from components.engine.drawing import DrawSpec, render, write_svg
from components.engine.editing.backdrop import over_backdrop


async def read_json(request: Request) -> dict[str, Any]:
    """Return the body as a JSON object. Raise RequestError (400)."""
    try:
        body = json.loads(await request.body(), parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        raise errors.not_json() from None
    if not isinstance(body, dict):
        raise errors.not_json()
    return body


def _finite(text: str) -> float:
    """Return a number that JSON can repeat. Raise ValueError for NaN, Infinity and 1e999."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


async def generate(request: Request) -> Response:
    """Answer a generation request."""
    checked = check("generate", await read_json(request))
    moderate(checked.prompt, str(checked.values.get("moderation", "auto")))
    return await answer(request, job_of(checked))


def job_of(checked: CheckedRequest) -> ImageJob:
    """Return the job of a generation."""
    width, height = chosen_size(checked)

    def spec(index: int) -> DrawSpec:
        return spec_of(checked, index, (width, height))

    def draw(index: int, phase: float = 0.0) -> Image.Image:
        return over_backdrop(render(spec(index), phase=phase), spec(index).backdrop)

    return ImageJob(checked, width, height, draw, lambda index: write_svg(spec(index)))


async def answer(request: Request, job: ImageJob) -> Response:
    """Answer with the images of a job, streamed or all at once, after what the prompt's marks ask for."""
    fault_injector: FaultInjector = request.app.state.fault_injector
    played = await fault_injector.play(job.checked.prompt, streams=job.checked.stream)
    if played is not None:
        return played
    job = as_marked(job)
    draw_pool: DrawPool = request.app.state.draw_pool
    if job.checked.stream:
        return responses.Events(_events(draw_pool, job))
    if job.marks.stream_error:
        raise errors.server_error()
    pace = job.pace(draw_pool)
    futures = [draw_pool.begin(partial(job.file, index)) for index in range(job.checked.n)]
    files = [await future for future in futures]
    await pace.reach(1)
    return Json(_body(request, job, files))


def _body(request: Request, job: ImageJob, files: list[bytes]) -> dict[str, Any]:
    links: Links = request.app.state.links
    data = []
    for index, file in enumerate(files):
        path = links.keep(file, job.checked.output_format) if job.checked.as_url else None
        data.append(job.about(index, file, f"{request.base_url}{path}" if path else None))
    body: dict[str, Any] = {"created": int(time.time()), "data": data}
    if job.checked.is_dall_e:
        return body
    body |= job.facts()
    if job.checked.identifier:
        body["safety_identifier"] = job.checked.identifier
    if not job.marks.no_usage:
        body["usage"] = job.usage(drawings=len(files))
    if (written := job.svg_usage(files[0])) is not None:
        body["svg_usage"] = written
    return body


def as_marked(job: ImageJob) -> ImageJob:
    """Return the job with the sizes that `[other size]` makes of it."""
    if not job.marks.other_size:
        return job
    size = (max(16, job.width // 2), max(16, job.height // 2))

    def draw(index: int, phase: float = 0.0) -> Image.Image:
        return job.draw(index, phase).resize(size)

    return replace(job, width=size[0], height=size[1], draw=draw)


async def _events(draw_pool: DrawPool, job: ImageJob) -> AsyncIterator[bytes]:
    pace = job.pace(draw_pool)
    n, wanted = job.checked.n, int(job.checked.values.get("partial_images", 0))
    for index in range(n):
        image = await draw_pool.begin(partial(job.draw, index))
        for number in range(wanted):
            share = (number + 1) / (wanted + 1)
            text = await draw_pool.begin(partial(partial_text, job, image, share))
            await pace.reach((index + share) / n)
            yield responses.event(_event(job, "partial_image", text, partial_image_index=number))
        await pace.reach((index + 0.9) / n)
        if job.marks.breaks:
            yield responses.CUT
        if job.marks.stream_error:
            yield responses.event({"type": "error", "error": errors.server_error().error()})
            return
        text = await draw_pool.begin(partial(image_text, job, image))
        await pace.reach((index + 1) / n)
        usage = {"usage": job.usage(drawings=1, partials=wanted, with_input=index == 0)}
        yield responses.event(_event(job, "completed", text, **({} if job.marks.no_usage else usage)))


def image_text(job: ImageJob, image: Image.Image) -> str:
    """Return the base64 of an image."""
    return base64.b64encode(encode(image, job.encoding)).decode("ascii")


def partial_text(job: ImageJob, image: Image.Image, share: float) -> str:
    """Return the base64 of an image as it looks when `share`, 0 to 1, of the work is done."""
    return image_text(job, partial_image(image, share))


def _event(job: ImageJob, what: str, text: str, **more: Any) -> dict[str, Any]:
    event = {
        "type": f"{job.event}.{what}",
        "b64_json": text,
        "created_at": int(time.time()),
        **job.facts(),
        **more,
    }
    if job.checked.identifier and what == "completed":
        event["safety_identifier"] = job.checked.identifier
    return event

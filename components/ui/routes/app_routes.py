"""What the process serves beside Streamlit's pages: files, the events of a run, a health check.

Three names are handed to `st.App` in app.py: `routes`, `middleware` and `lifespan`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from anyio import sleep, to_thread
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from components.images.errors import ImageRefused
from components.library import LibraryUnavailable
from components.library.files.unopened import ending_of
from components.runs import RunView
from components.settings import SettingError, Settings
from components.ui.access.body_deadline import BodyDeadline
from components.ui.access.browser_cookie import BrowserCookie
from components.ui.access.header_deadline import HeaderDeadlines
from components.ui.access.reachability import describe_reach
from components.ui.access.repeated_logs import limit_repeated_logs
from components.ui.access.request_guard import RequestGuard
from components.ui.access.rules import access_rules
from components.ui.access.security_headers import SecurityHeaders
from components.ui.base.run_json import run_json
from components.ui.edit.canvas.previews import (
    TooManyWaiting,
    allowed_width,
    in_preview_thread,
    paint_layer,
    preview,
    rgb,
)
from components.ui.process.event_channel import close_channels, find_channel, open_channels
from components.ui.process.session_release import SessionRelease
from components.ui.process.shutdown import watch_signals
from components.ui.process.upload_quota import UploadQuota
from components.ui.process.workbench import close_workbench, open_workbench, stop_runs, workbench
from components.ui.results.conversation import answer_so_far
from components.ui.routes import address_image, downloads, uploads
from components.ui.routes.headers import CONTENT_TYPES, SVG_POLICY, disposition, with_ending

# A stored file never changes, since its name is the SHA-256 of its content.
FOREVER = "private, max-age=31536000, immutable"

# After an event, wait this many times as long as it took to make, at most so many seconds.
PAUSE_FACTOR = 9.0
LONGEST_PAUSE = 1.0

KINDS = {"originals": "original", "thumbnails": "thumbnail", "inputs": "input"}


class WholeFile(FileResponse):
    """Sends a file in large pieces; a picture of 3 MB takes three trips to the disk instead of fifty."""

    chunk_size = 1024 * 1024


async def stored_file(request: Request) -> Response:
    """`/files/KIND/SHA256.EXT`: the exact bytes as they came; `?download=NAME` saves them under that name."""
    sha256, _, extension = request.path_params["name"].partition(".")
    kind = KINDS.get(request.path_params["kind"])
    content_type = CONTENT_TYPES.get(extension)
    if kind is None or content_type is None or len(sha256) != 64 or not sha256.isalnum():
        return PlainTextResponse("There is no such file.", status_code=404)
    path = await to_thread.run_sync(lambda: workbench().library.file(kind, sha256))
    if path is None:
        return PlainTextResponse("This file is not in the library.", status_code=404)
    # A thumbnail is asked for by one name and may be of another format; what is sent must be told truly.
    content_type = CONTENT_TYPES.get(path.suffix.lstrip("."), content_type)
    headers = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"}
    if content_type == "image/svg+xml":
        headers["Content-Security-Policy"] = SVG_POLICY
    if (name := request.query_params.get("download")) is not None:
        headers["Content-Disposition"] = disposition(with_ending(name or path.name, path.suffix.lstrip(".")))
    return WholeFile(path, media_type=content_type, headers=headers)


async def preview_image(request: Request) -> Response:
    """`/previews/SHA256?w=WIDTH`: a picture that goes in, small, to draw on; `base`, `color` lay a mask on it.

    With `as=paint` it is a mask, to be laid over a picture. An SVG, which has no pixels, comes as it is.
    """
    query = request.query_params
    library = workbench().library
    try:
        width = allowed_width(int(query.get("w", "0")))
    except ValueError:
        return PlainTextResponse("The width must be a number.", status_code=400)
    path = library.file("input", request.path_params["sha256"])
    base = library.file("input", query["base"]) if "base" in query else None
    if path is None:
        return PlainTextResponse("This file is not in the library.", status_code=404)
    headers = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"}
    if path.suffix == ".svg":
        return WholeFile(path, media_type="image/svg+xml", headers={**headers, "Content-Security-Policy": SVG_POLICY})
    try:
        if query.get("as") == "paint":
            data, content_type = await in_preview_thread(paint_layer, path, width), "image/png"
        else:
            data, content_type = await in_preview_thread(preview, path, width, base, rgb(query.get("color", "")))
    except TooManyWaiting:
        return PlainTextResponse("Too many previews are being made.", status_code=503, headers={"Retry-After": "5"})
    except (ImageRefused, OSError) as refusal:
        return PlainTextResponse(f"There is no preview of this picture. {refusal}", status_code=415)
    return Response(data, media_type=content_type, headers=headers)


async def partial_image(request: Request) -> Response:
    """`/runs/ID/partials/TOKEN`: a picture that is still being made; gone when the run has ended."""
    params = request.path_params
    path = workbench().runner.partial(params["run_id"], params["token"])
    if path is None:
        return PlainTextResponse("This preview is gone.", status_code=404)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(await to_thread.run_sync(path.read_bytes), media_type="image/*", headers=headers)


async def unsaved_image(request: Request) -> Response:
    """`/runs/ID/unsaved/TOKEN`: an answer that was paid for but could not be written to the library."""
    params = request.path_params
    found = workbench().runner.unsaved(params["run_id"], params["token"])
    if found is None:
        return PlainTextResponse("This picture is gone.", status_code=404)
    ending = await to_thread.run_sync(ending_of, found)
    name = f"unsaved-{params['run_id'][-6:]}-{params['token'][:8]}.{ending}"
    if isinstance(found, Path):
        return FileResponse(found, filename=name, headers={"Cache-Control": "no-store"})
    headers = {"Cache-Control": "no-store", "Content-Disposition": disposition(name)}
    return Response(found, media_type="application/octet-stream", headers=headers)


def _event_data(view: RunView) -> str:
    return json.dumps(run_json(view, answer_so_far(view)), separators=(",", ":"))


async def channel_events(request: Request) -> Response:
    """`/channels/TOKEN`: news of the run that a page looks at, as server-sent events, one JSON a change."""
    channel = find_channel(request.path_params["token"])
    if channel is None:
        return PlainTextResponse("This channel is not known here any more.", status_code=404)

    async def told() -> AsyncIterator[str]:
        yield "retry: 500\n\n"
        async with aclosing(channel.news(workbench().runner)) as news:
            async for view in news:
                if view is None:
                    yield ":\n\n"
                    continue
                begun = time.monotonic()
                yield f"data: {await to_thread.run_sync(_event_data, view)}\n\n"
                # Each event holds the whole answer, so the longer it is, the less often it is sent.
                await sleep(min(LONGEST_PAUSE, (time.monotonic() - begun) * PAUSE_FACTOR))

    return StreamingResponse(
        told(),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def health(request: Request) -> Response:
    """`/healthz`: 200 while the process answers."""
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})


async def to_first_page(request: Request) -> Response:
    """`/generate` is the first page, which Streamlit serves at `/`."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"../{query}" if request.url.path.endswith("/") else f"./{query}")


routes: list[BaseRoute] = [
    Route("/healthz", health),
    Route("/generate", to_first_page),
    Route("/files/{kind}/{name}", stored_file),
    Route("/previews/{sha256}", preview_image),
    Route("/channels/{token}", channel_events),
    Route("/runs/{run_id}/partials/{token}", partial_image),
    Route("/runs/{run_id}/unsaved/{token}", unsaved_image),
    *address_image.routes,
    *downloads.routes,
    *uploads.routes,
]


# The first is the outermost: refusals carry the security headers as well.
middleware = [
    Middleware(HeaderDeadlines),
    Middleware(SecurityHeaders),
    Middleware(RequestGuard, rules=access_rules),
    Middleware(BrowserCookie),
    Middleware(BodyDeadline),
    Middleware(UploadQuota),
]


class CannotStart(Exception):
    """Why the app does not start, as a sentence for whoever starts it."""


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Open the workbench with the process, so that interrupted runs are found at once; close it orderly.

    Raises CannotStart, which ends the process, when a setting or the data folder cannot be used.
    """
    limit_repeated_logs()
    # Without the way that led to it: the sentence is the end of the log, and all that counts.
    try:
        rules = await to_thread.run_sync(access_rules)
        await to_thread.run_sync(open_workbench)
    except SettingError as problem:
        raise CannotStart(str(problem)) from None
    except LibraryUnavailable as problem:
        folder = Settings.from_environment().data.resolve()
        raise CannotStart(f"{problem} The folder is {folder}, set by IMAGE_WORKBENCH_DATA.") from None
    sys.stdout.write(f"{describe_reach(Settings.from_environment(), rules)}\n")
    sys.stdout.flush()
    open_channels()
    watch_signals(_stop_working, partial(close_workbench, for_good=True))
    release = asyncio.create_task(SessionRelease().watch())
    try:
        yield
    finally:
        release.cancel()
        await to_thread.run_sync(partial(close_workbench, for_good=True))


def _stop_working() -> None:
    """End news and runs at once, while the server still waits for whoever is connected."""
    close_channels()
    stop_runs()

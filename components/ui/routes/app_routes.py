"""Routes besides Streamlit's pages: files, event streams, what operators ask.

app.py passes `routes`, `middleware` and `lifespan` to `st.App`.
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
from components.library.files.opening import require_links
from components.library.files.unopened import file_suffix
from components.logs import configure_logs
from components.runs import RunView
from components.settings import SETTING_STATUS, SettingError, Settings
from components.ui.access.base_path import BelowBasePath
from components.ui.access.body_deadline import BodyDeadline
from components.ui.access.browser_cookie import BrowserCookie
from components.ui.access.frontend.frontend_files import FrontendFiles
from components.ui.access.frontend.module_preload import ModulePreload
from components.ui.access.header_deadline import HeaderDeadlines
from components.ui.access.reachability import describe_reach
from components.ui.access.repeated_logs import limit_repeated_logs
from components.ui.access.request_guard import RequestGuard
from components.ui.access.rules import access_rules
from components.ui.access.security_headers import SecurityHeaders
from components.ui.access.sign_in.gate import Gate
from components.ui.access.sign_in.policy import sign_in
from components.ui.base.run_json import run_json
from components.ui.edit.canvas.previews import (
    TooManyWaiting,
    allowed_width,
    in_preview_thread,
    paint_layer,
    preview,
    rgb,
)
from components.ui.process.event_channel import (
    close_channels,
    find_channel_anywhere,
    open_channels,
    share_lost_channels,
)
from components.ui.process.exports import watch_ended
from components.ui.process.login_records import forget_signed_out, watch_logins
from components.ui.process.page_imports import import_pages
from components.ui.process.relay.relays import Relay, relays
from components.ui.process.relay.shared_channels import SharedChannels
from components.ui.process.session_release import SessionRelease
from components.ui.process.shutdown import watch_signals
from components.ui.process.start_failure import CannotStart
from components.ui.process.upload_quota import UploadQuota
from components.ui.process.visible.current_person import CurrentPerson
from components.ui.process.workbench import close_workbench, drain_runs, open_workbench, stop_runs, workbench
from components.ui.results.conversation import answer_so_far
from components.ui.routes import address_image, audit_routes, downloads, operating, sheet_routes, stored_files, uploads
from components.ui.routes.headers import FOREVER, SVG_POLICY, disposition, unavailable
from components.ui.routes.stored_files import ChunkedFileResponse
from components.ui.session.connections import resume_sheets
from components.ui.session.drafts.restore import draft_writer

# After an event, wait this many times the seconds it took to make, up to LONGEST_PAUSE seconds.
PAUSE_FACTOR = 9.0
LONGEST_PAUSE = 1.0


async def preview_image(request: Request) -> Response:
    """`/previews/SHA256?w=WIDTH`: a small preview of an input image; `base` and `color` overlay a mask.

    With `as=paint` it is a mask as a transparent layer. An SVG is sent unchanged.
    """
    query = request.query_params
    library = workbench().library
    try:
        width = allowed_width(int(query.get("w", "0")))
    except ValueError:
        return PlainTextResponse("The width must be a number.", status_code=400)
    try:
        path = await to_thread.run_sync(library.file, "input", request.path_params["sha256"])
        base = await to_thread.run_sync(library.file, "input", query["base"]) if "base" in query else None
    except LibraryUnavailable as problem:
        return unavailable(problem)
    if path is None:
        return PlainTextResponse("This file is not in the library.", status_code=404)
    headers = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"}
    if path.suffix == ".svg":
        return ChunkedFileResponse(
            path, media_type="image/svg+xml", headers={**headers, "Content-Security-Policy": SVG_POLICY}
        )
    try:
        if query.get("as") == "paint":
            data, content_type = await in_preview_thread(paint_layer, path, width), "image/png"
        else:
            data, content_type = await in_preview_thread(preview, path, width, base, rgb(query.get("color", "")))
    except TooManyWaiting:
        return PlainTextResponse(
            "Too many previews at once. Try again in a few seconds.", status_code=503, headers={"Retry-After": "5"}
        )
    except (ImageRefused, OSError) as refusal:
        return PlainTextResponse(f"No preview of this image. {refusal}", status_code=415)
    return Response(data, media_type=content_type, headers=headers)


async def partial_image(request: Request) -> Response:
    """`/runs/ID/partials/TOKEN`: a partial image, available until the run ends."""
    params = request.path_params
    found = await to_thread.run_sync(workbench().runner.partial, params["run_id"], params["token"])
    if found is None:
        return PlainTextResponse("This preview is no longer available.", status_code=404)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    data = found if isinstance(found, bytes) else await to_thread.run_sync(found.read_bytes)
    return Response(data, media_type="image/*", headers=headers)


async def unsaved_image(request: Request) -> Response:
    """`/runs/ID/unsaved/TOKEN`: an output that could not be written to the library."""
    params = request.path_params
    found = await to_thread.run_sync(workbench().runner.unsaved, params["run_id"], params["token"])
    if found is None:
        return PlainTextResponse("This image is no longer available.", status_code=404)
    ending = await to_thread.run_sync(file_suffix, found)
    name = f"unsaved-{params['run_id'][-6:]}-{params['token'][:8]}.{ending}"
    if isinstance(found, Path):
        return FileResponse(found, filename=name, headers={"Cache-Control": "no-store"})
    headers = {"Cache-Control": "no-store", "Content-Disposition": disposition(name)}
    return Response(found, media_type="application/octet-stream", headers=headers)


def _event_data(view: RunView) -> str:
    return json.dumps(run_json(view, answer_so_far(view)), separators=(",", ":"))


async def channel_events(request: Request) -> Response:
    """`/channels/TOKEN`: server-sent events with the run that a page shows, one JSON per change."""
    try:
        channel = await find_channel_anywhere(request.path_params["token"])
    except LibraryUnavailable as problem:
        return unavailable(problem)
    if channel is None:
        return PlainTextResponse("This channel has ended. Reload the page.", status_code=404)

    async def events() -> AsyncIterator[str]:
        yield "retry: 500\n\n"
        async with aclosing(channel.news(workbench().runner)) as news:
            async for view in news:
                if view is None:
                    yield ":\n\n"
                    continue
                started = time.monotonic()
                yield f"data: {await to_thread.run_sync(_event_data, view)}\n\n"
                # Each event holds the full answer: send longer ones less often.
                await sleep(min(LONGEST_PAUSE, (time.monotonic() - started) * PAUSE_FACTOR))

    return StreamingResponse(
        events(),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def to_first_page(request: Request) -> Response:
    """`/generate`: redirect to `/`, where Streamlit serves the first page."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"../{query}" if request.url.path.endswith("/") else f"./{query}")


_ROUTES = [
    Route("/generate", to_first_page),
    Route("/previews/{sha256}", preview_image),
    Route("/channels/{token}", channel_events),
    Route("/runs/{run_id}/partials/{token}", partial_image),
    Route("/runs/{run_id}/unsaved/{token}", unsaved_image),
    *address_image.routes,
    *audit_routes.routes,
    *downloads.routes,
    *operating.routes,
    *sheet_routes.routes,
    *stored_files.routes,
    *uploads.routes,
]
routes: list[BaseRoute] = [BelowBasePath(route) for route in _ROUTES]


# The first is the outermost, so that refusals carry the security headers too.
middleware = [
    Middleware(HeaderDeadlines),
    Middleware(SecurityHeaders),
    Middleware(RequestGuard, rules=access_rules),
    Middleware(FrontendFiles),
    Middleware(ModulePreload),
    Middleware(Gate, sign_in=sign_in, rules=access_rules, may_be_remote=relays.may_have),
    Middleware(BrowserCookie),
    Middleware(BodyDeadline),
    Middleware(Relay, relays=relays),
    Middleware(UploadQuota),
    Middleware(CurrentPerson),
]


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Open the workbench at startup, so that interrupted runs are recovered at once; close it at shutdown.

    Import what the pages need, which else the first visitor waits for.

    Raise CannotStart when a setting or the data folder is unusable.
    """
    limit_repeated_logs()
    try:
        configure_logs(Settings.from_environment())
        rules = await to_thread.run_sync(access_rules)
        await to_thread.run_sync(sign_in)
        require_links(Settings.from_environment().files, Settings.from_environment().signed_link_seconds)
        await to_thread.run_sync(open_workbench)
        await to_thread.run_sync(forget_signed_out)
        resume_sheets()
        workbench().housekeeper.each_minute = _each_minute
        await to_thread.run_sync(import_pages)
    except SettingError as problem:
        raise CannotStart(str(problem), SETTING_STATUS) from None
    except LibraryUnavailable as problem:
        folder = Settings.from_environment().data.resolve()
        raise CannotStart(f"{problem} The folder is {folder}, set by IMAGE_WORKBENCH_DATA.", 1) from None
    sys.stdout.write(f"{describe_reach(Settings.from_environment(), rules)}\n")
    sys.stdout.flush()
    full, notices = workbench().full_library, workbench().notices
    open_channels(None if notices is None else SharedChannels(full, notices))
    seconds = workbench().settings.stop_seconds
    drain = partial(drain_runs, seconds) if seconds else None
    watch_signals(_on_signal, partial(close_workbench, for_good=True), drain=drain)
    watches = (SessionRelease().watch(), watch_logins(), draft_writer.watch(), watch_ended())
    watching = [asyncio.create_task(watch) for watch in watches]
    try:
        async with relays.opened(full, notices):
            yield
    finally:
        for task in watching:
            task.cancel()
        await to_thread.run_sync(draft_writer.flush)
        await to_thread.run_sync(partial(close_workbench, for_good=True))


def _each_minute() -> None:
    """Go on with what servers that died have left, remove the rest of it, and share lost channels again."""
    resume_sheets()
    relays.forget_left()
    share_lost_channels()


def _on_signal() -> None:
    """End event streams and runs at once, while the server still waits for open connections."""
    draft_writer.flush()
    close_channels()
    stop_runs()

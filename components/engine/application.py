"""The engine's ASGI application: its routes, and what holds for every answer."""

from __future__ import annotations

import asyncio
import uuid

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.engine import answers, edits, images, links, listing, refusals, triggers
from components.engine.refusals import Refusal
from components.engine.studio import Studio

# Keys that are refused on purpose. Any other key, and none at all, is taken.
WRONG_KEYS = ("sk-wrong", "wrong-key")
MOST_BYTES = 1_200_000_000  # 16 pictures of 50 MB as data URLs, and some


async def _no_variations(request: Request) -> Response:
    """Gone at OpenAI, with an empty body: not every error has JSON."""
    return Response(status_code=404)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return error.response()


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path
    known = {404: refusals.no_such_path(request.method, path), 405: refusals.wrong_method(request.method, path)}
    refusal = known.get(error.status_code) or Refusal(error.status_code, str(error.detail))
    refusal.headers.update(error.headers or {})
    return refusal.response()


async def _failed(request: Request, error: Exception) -> Response:
    return refusals.server_error().response()


class EveryAnswer:
    """Gives each answer a request id, refuses wrong keys and huge bodies, and waits for the server's own delay."""

    def __init__(self, app: ASGIApp, delay: float) -> None:
        self._app = app
        self._delay = delay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = f"req_{uuid.uuid4().hex}"

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        if self._delay:
            await asyncio.sleep(self._delay)
        if (refusal := _refusal(Headers(scope=scope))) is not None:
            await refusal.response()(scope, receive, send_with_id)
            return
        await self._app(scope, _limited(receive), send_with_id)


def _refusal(headers: Headers) -> Refusal | None:
    """What is refused before anything is read."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip().startswith(WRONG_KEYS):
        return refusals.wrong_key(key.strip())
    length = headers.get("content-length", "0")
    return refusals.too_large(MOST_BYTES) if length.isdigit() and int(length) > MOST_BYTES else None


def _limited(receive: Receive) -> Receive:
    """The same for bodies that do not say beforehand how long they are."""
    taken = 0

    async def receive_so_far() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise refusals.too_large(MOST_BYTES)
        return message

    return receive_so_far


def build(studio: Studio, *, delay: float) -> ASGIApp:
    """The application; `delay` in seconds is added to every answer."""
    routes = [
        Route("/v1/images/generations", images.generate, methods=["POST"]),
        Route("/v1/images/edits", edits.edit, methods=["POST"]),
        Route("/v1/images/variations", _no_variations, methods=["POST"]),
        Route("/v1/responses", answers.respond, methods=["POST"]),
        Route("/v1/chat/completions", answers.complete, methods=["POST"]),
        Route("/links/{name}", links.show, methods=["GET"]),
        Route("/v1/triggers", triggers.show, methods=["GET"]),
        Route("/v1/models", listing.list_models, methods=["GET"]),
        Route("/v1/models/{model}", listing.show_model, methods=["GET"]),
    ]
    application = Starlette(
        routes=routes,
        exception_handlers={Refusal: _refused, HTTPException: _http_error, Exception: _failed},
    )
    application.state.studio = studio
    application.state.mischief = triggers.Mischief()
    application.state.links = links.Links()
    return EveryAnswer(application, delay)

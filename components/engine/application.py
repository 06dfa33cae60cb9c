"""The engine's ASGI application: its routes, and what holds for every answer."""

from __future__ import annotations

import asyncio
import secrets
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
from components.network.hosts import LOCAL_HOSTS, is_allowed_host, is_cross_site_embed, is_same_origin, parse_authority

# Keys that are refused on purpose, so that a wrong key can be seen.
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
    """Gives each answer a request id, refuses web pages, wrong keys and huge bodies, and waits for the server's delay.

    `key` is the only one that is taken; with an empty one any key is, and none at all. `hosts` are the names that
    the engine answers to besides the address that a connection came in on.
    """

    def __init__(self, app: ASGIApp, delay: float, key: str, hosts: frozenset[str]) -> None:
        self._app = app
        self._delay = delay
        self._key = key
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = f"req_{uuid.uuid4().hex}"

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        refusal = self._refusal(scope)
        if self._delay and refusal is None:
            await asyncio.sleep(self._delay)
        if refusal is not None:
            await refusal.response()(scope, receive, send_with_id)
            return
        await self._app(scope, _limited(receive), send_with_id)

    def _refusal(self, scope: Scope) -> Refusal | None:
        """Return what is refused before anything is read."""
        headers = Headers(scope=scope)
        if (refusal := self._foreign(scope, headers)) is not None:
            return refusal
        scheme, _, given = headers.get("authorization", "").partition(" ")
        given = given.strip() if scheme.lower() == "bearer" else ""
        if given.startswith(WRONG_KEYS) or not self._takes(given, scope["path"]):
            return refusals.wrong_key(given)
        length = headers.get("content-length", "0")
        return refusals.too_large(MOST_BYTES) if length.isdigit() and int(length) > MOST_BYTES else None

    def _foreign(self, scope: Scope, headers: Headers) -> Refusal | None:
        """Return the refusal of a request by a web page: its browser names the page as Origin or another host."""
        authority = parse_authority(headers.get("host", ""))
        server = scope.get("server")
        if authority is None or not is_allowed_host(authority.host, self._hosts, server[0] if server else None):
            return refusals.wrong_host()
        origin = headers.get("origin")
        if origin is not None and not is_same_origin(origin, "http", authority):
            return refusals.wrong_origin()
        return refusals.wrong_origin() if origin is None and is_cross_site_embed(headers) else None

    def _takes(self, given: str, path: str) -> bool:
        """Return whether a key is good enough; links work without one, their names cannot be guessed."""
        if not self._key or path.startswith("/links/"):
            return True
        return secrets.compare_digest(given.encode(), self._key.encode())


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


def build(studio: Studio, *, delay: float, key: str = "", hosts: frozenset[str] = LOCAL_HOSTS) -> ASGIApp:
    """Return the application; `delay` in seconds is added to every answer. See `EveryAnswer` for key and hosts."""
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
    return EveryAnswer(application, delay, key, hosts)

"""The engine's ASGI application: its routes, and what holds for every answer."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from datetime import UTC, date, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.engine.api import errors, faults, provenance, state
from components.engine.api.batch import batches, files
from components.engine.api.errors import RequestError
from components.engine.api.images import edits, generations
from components.engine.api.responses import Json
from components.engine.api.state import DrawPool
from components.engine.api.text import text_answers
from components.engine.api.turns.respond import respond
from components.engine.api.turns.store import TurnStore
from components.network.hosts import LOCAL_HOSTS, is_allowed_host, is_cross_site_embed, is_same_origin, parse_authority
from components.parameters import CATALOGUE, Model

# Keys that are refused on purpose, so that a wrong key can be seen.
WRONG_KEYS = ("sk-wrong", "wrong-key")
MOST_BYTES = 1_200_000_000  # 16 images of 50 MB as data URLs, and some


async def _no_variations(request: Request) -> Response:
    """Answer 404 with an empty body, as OpenAI does since it removed variations: not every error has JSON."""
    return Response(status_code=404)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    return error.response()


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path
    known = {404: errors.no_such_path(request.method, path), 405: errors.wrong_method(request.method, path)}
    refusal = known.get(error.status_code) or RequestError(error.status_code, str(error.detail))
    refusal.headers.update(error.headers or {})
    return refusal.response()


async def _failed(request: Request, error: Exception) -> Response:
    return errors.server_error().response()


OWNER = "image-workbench"
FIRST_DAY = date(2026, 1, 1)  # for models whose release day the reference does not give


def _entry(model: Model) -> dict[str, Any]:
    released = datetime.combine(model.released or FIRST_DAY, datetime.min.time(), UTC)
    return {
        "id": model.id,
        "object": "model",
        "created": int(released.timestamp()),
        "owned_by": OWNER,
        "shutdown_date": model.shutdown.isoformat() if model.shutdown else None,
    }


async def list_models(request: Request) -> Json:
    """Return all models."""
    return Json({"object": "list", "data": [_entry(model) for model in CATALOGUE.values()]})


async def show_model(request: Request) -> Json:
    """Return one model. Raise RequestError (404 model_not_found)."""
    name = request.path_params["model"]
    if name not in CATALOGUE:
        raise errors.no_such_model(name)
    return Json(_entry(CATALOGUE[name]))


class EveryAnswer:
    """Give each answer a request id, refuse web pages, wrong keys and huge bodies, and wait for the server's delay.

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

    def _refusal(self, scope: Scope) -> RequestError | None:
        """Return what is refused before anything is read."""
        headers = Headers(scope=scope)
        if (refusal := self._foreign(scope, headers)) is not None:
            return refusal
        scheme, _, given = headers.get("authorization", "").partition(" ")
        given = given.strip() if scheme.lower() == "bearer" else ""
        if given.startswith(WRONG_KEYS) or not self._takes(given, scope["path"]):
            return errors.wrong_key(given)
        length = headers.get("content-length", "0")
        return errors.too_large(MOST_BYTES) if length.isdigit() and int(length) > MOST_BYTES else None

    def _foreign(self, scope: Scope, headers: Headers) -> RequestError | None:
        """Return the refusal of a request by a web page: its browser names the page as Origin or another host."""
        authority = parse_authority(headers.get("host", ""))
        server = scope.get("server")
        if authority is None or not is_allowed_host(authority.host, self._hosts, server[0] if server else None):
            return errors.wrong_host()
        origin = headers.get("origin")
        if origin is not None and not is_same_origin(origin, "http", authority):
            return errors.wrong_origin()
        return errors.wrong_origin() if origin is None and is_cross_site_embed(headers) else None

    def _takes(self, given: str, path: str) -> bool:
        """Return whether a key is good enough; links work without one, their names cannot be guessed."""
        if not self._key or path.startswith("/links/"):
            return True
        return secrets.compare_digest(given.encode(), self._key.encode())


def _limited(receive: Receive) -> Receive:
    """Limit bodies that do not announce their length in the same way."""
    taken = 0

    async def receive_so_far() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise errors.too_large(MOST_BYTES)
        return message

    return receive_so_far


def build(draw_pool: DrawPool, *, delay: float, key: str = "", hosts: frozenset[str] = LOCAL_HOSTS) -> ASGIApp:
    """Return the application; `delay` in seconds is added to every answer. See `EveryAnswer` for key and hosts."""
    routes = [
        Route("/v1/images/generations", generations.generate, methods=["POST"]),
        Route("/v1/images/edits", edits.edit, methods=["POST"]),
        Route("/v1/images/variations", _no_variations, methods=["POST"]),
        Route("/v1/files", files.upload, methods=["POST"]),
        Route("/v1/files/{file}", files.show, methods=["GET"]),
        Route("/v1/files/{file}/content", files.content, methods=["GET"]),
        Route("/v1/batches", batches.create, methods=["POST"]),
        Route("/v1/batches", batches.list_batches, methods=["GET"]),
        Route("/v1/batches/{batch}", batches.show, methods=["GET"]),
        Route("/v1/batches/{batch}/cancel", batches.cancel, methods=["POST"]),
        Route("/v1/content_provenance_checks", provenance.check, methods=["POST"]),
        Route("/v1/responses", respond, methods=["POST"]),
        Route("/v1/chat/completions", text_answers.complete, methods=["POST"]),
        Route("/links/{name}", state.show, methods=["GET"]),
        Route("/v1/triggers", faults.show, methods=["GET"]),
        Route("/v1/models", list_models, methods=["GET"]),
        Route("/v1/models/{model}", show_model, methods=["GET"]),
    ]
    application = Starlette(
        routes=routes,
        exception_handlers={RequestError: _refused, HTTPException: _http_error, Exception: _failed},
    )
    application.state.draw_pool = draw_pool
    application.state.fault_injector = faults.FaultInjector()
    application.state.links = state.Links()
    application.state.turns = TurnStore()
    application.state.files = files.ServerFiles()
    draw_pool.closed_too.append(application.state.files.close)
    application.state.batches = batches.BatchStore()
    return EveryAnswer(application, delay, key, hosts)

"""Refuse requests that do not come from the app's own pages, before Streamlit sees them.

Streamlit would look up its external address, synchronously, for each unknown origin.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from components.network.hosts import is_cross_site_embed, is_same_origin
from components.ui.access.rules import AccessRules
from components.ui.access.socket_peer import SocketPeer, peer_of

_LOGGER = logging.getLogger(__package__)
_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1
_SHOWN = 100  # characters of a foreign header in the log


class RequestGuard:
    """ASGI middleware that passes requests for the app's host from its own pages, and answers 403 to all others.

    Afterwards the request's scheme and host are those in the browser's address bar: forwarded headers of a listed
    proxy are applied, all others are ignored.
    """

    def __init__(self, app: ASGIApp, rules: Callable[[], AccessRules]) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._check(scope, peer_of(scope))
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(_POLICY_VIOLATION, refusal)(scope, receive, send)
        else:
            await PlainTextResponse(refusal, status_code=403)(scope, receive, send)

    def _check(self, scope: Scope, peer: SocketPeer) -> str | None:
        """Return why a request is refused; None when it may pass, with its scheme and host corrected."""
        rules = self._rules()
        headers = Headers(scope=scope)
        origins = headers.getlist("origin")
        if len(headers.getlist("host")) != 1 or len(origins) > 1:
            return _refuse("A request needs exactly one Host and at most one Origin.", "host or origin sent twice", "")
        scheme, authority = rules.seen_by_browser(peer.scheme, headers, peer.host)
        if authority is None or not rules.allows(authority.host, peer.local_address):
            return _refuse(
                "This app does not answer to that host name. Its operator can add the name to "
                "IMAGE_WORKBENCH_ALLOWED_HOSTS.",
                "host",
                str(authority or headers["host"]),
            )
        if origins and not is_same_origin(origins[0], scheme, authority):
            return _refuse(
                "This request comes from another page. Behind a reverse proxy, list the proxy's address in "
                "IMAGE_WORKBENCH_TRUSTED_PROXIES.",
                "origin",
                origins[0],
            )
        if not origins and is_cross_site_embed(headers):
            return _refuse(
                "Another page may link to this app, not embed parts of it.", "page", headers.get("referer", "")
            )
        _set_scheme_and_host(scope, scheme, str(authority))
        return None


def _refuse(message: str, kind: str, value: str) -> str:
    _LOGGER.warning("Refused a request by its %s: %r", kind, value[:_SHOWN])
    return message


def _set_scheme_and_host(scope: Scope, scheme: str, authority: str) -> None:
    secure = scheme == "https"
    scope["scheme"] = {"http": ("http", "https"), "websocket": ("ws", "wss")}[scope["type"]][secure]
    headers = MutableHeaders(scope=scope)
    headers["host"] = authority

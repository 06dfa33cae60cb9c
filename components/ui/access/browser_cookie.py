"""A random name for each browser, so that a session's download addresses work only in that browser.

It is not a sign-in: it only makes a copied or logged address useless in other browsers.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAME = "image_workbench_browser"
_SECONDS = 400 * 24 * 3600  # the longest lifetime that browsers accept
_VALUE = re.compile(r"[A-Za-z0-9_-]{20,64}")


def browser_of(cookies: Mapping[str, str]) -> str:
    """Return the browser's name from its cookies; "" without one."""
    value = str(cookies.get(NAME, ""))
    return value if _VALUE.fullmatch(value) else ""


class BrowserCookie:
    """ASGI middleware that names a browser when it opens a page, before the page opens its session."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; add the cookie to the response when the browser has none."""
        if scope["type"] != "http" or not _opens_a_page(connection := HTTPConnection(scope)):
            await self._app(scope, receive, send)
            return
        secure = "; Secure" if connection.url.scheme == "https" else ""
        cookie = f"{NAME}={secrets.token_urlsafe(24)}; Path=/; Max-Age={_SECONDS}; HttpOnly; SameSite=Lax{secure}"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _opens_a_page(connection: HTTPConnection) -> bool:
    wants_html = "text/html" in connection.headers.get("accept", "")
    return connection.scope["method"] == "GET" and wants_html and not browser_of(connection.cookies)

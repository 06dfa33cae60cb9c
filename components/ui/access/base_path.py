"""The path below which the app is served, such as /workbench behind a proxy; set by STREAMLIT_SERVER_BASE_URL_PATH."""

from __future__ import annotations

import streamlit as st
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send


def base_path() -> str:
    """Return the path with a slash before it and none behind it; "" for none."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def app_address(path: str) -> str:
    """Return the address, for a browser, of one of the app's own paths, which begins with a slash."""
    return f"{base_path()}{path}"


def path_in_app(scope: Scope) -> str:
    """Return the path of a request without the base path."""
    path, base = str(scope["path"]), base_path()
    return path.removeprefix(base) or "/" if base and f"{path}/".startswith(f"{base}/") else path


class BelowBasePath(BaseRoute):
    """A route that is reached below the base path too.

    Routes are declared before the server reads its options, so they cannot contain the base path themselves.
    """

    def __init__(self, route: Route) -> None:
        """`route` has its path as if there were no base path."""
        self._route = route
        self.path = route.path

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether and how the route matches a request."""
        return self._route.matches({**scope, "root_path": f"{scope.get('root_path', '')}{base_path()}"})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that matches."""
        await self._route.handle(scope, receive, send)

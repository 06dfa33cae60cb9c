"""Serve Streamlit's own JavaScript, styles and fonts from memory, and tell the browser early which of them pages need.

Their names carry a hash of their content, so they never change while the server runs. Streamlit reads each from disk
through a thread, which takes longer than all else that a first visit costs the server, and the browser learns only from
the page's elements which scripts to fetch, one after the other.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(st.__file__).parent / "static" / "static"
# As Streamlit sends them: their names change with their content.
IMMUTABLE = "public, immutable, max-age=31536000"
# The scripts of what stands on the pages' forms; Streamlit's index page names only what every page needs.
ELEMENTS = (
    "Html",
    "BidiComponent",
    "TextArea",
    "TextInput",
    "Selectbox",
    "Multiselect",
    "ButtonGroup",
    "Button",
    "Checkbox",
    "Expander",
    "Popover",
)
_IMPORT = re.compile(r'(?:from|import)\s*"\./([\w.-]+\.js)"')
_INDEX = b"/static/js/index."
_PASSED_ON = ("range", "if-none-match", "if-modified-since")


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()


@cache
def frontend_files() -> dict[str, Path]:
    """Return the files of Streamlit's front end by their path below `static/`."""
    return {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}


def _imports(names: Iterable[str]) -> dict[str, None]:
    """Return these scripts and all that they import, in the order in which they are found."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found and (path := frontend_files().get(f"js/{name}")):
            found[name] = None
            waiting += _IMPORT.findall(_read(path).decode())
    return found


@cache
def preload_links() -> bytes:
    """Return the `<link rel="modulepreload">` of the scripts that the pages' elements need, beyond the index page's."""
    index = (STATIC.parent / "index.html").read_text(encoding="utf-8")
    known = _imports(re.findall(r"\./static/js/([\w.-]+\.js)", index))
    by_element = {path.stem.rpartition(".")[0]: path.name for path in frontend_files().values() if path.suffix == ".js"}
    needed = _imports(by_element[element] for element in ELEMENTS if element in by_element)
    links = (
        f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in needed if name not in known
    )
    return "".join(links).encode()


class FrontendFiles:
    """ASGI middleware that answers requests for Streamlit's files, and completes its index page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass the request on."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        path = self._path(scope["path"])
        if path is not None and not any(name in Headers(scope=scope) for name in _PASSED_ON):
            content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            response = Response(_read(path), media_type=content_type, headers={"Cache-Control": IMMUTABLE})
            await response(scope, receive, send)
            return
        await self._app(scope, receive, _IndexPage(send).send)

    def _path(self, address: str) -> Path | None:
        base = str(st.get_option("server.baseUrlPath")).strip("/")
        prefix = f"/{base}/static/" if base else "/static/"
        return frontend_files().get(address.removeprefix(prefix)) if address.startswith(prefix) else None


class _IndexPage:
    """Streamlit's index page on its way to the browser: the links are added to its head."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        """Pass a message on; hold an HTML response's start until its body is there."""
        if message["type"] == "http.response.start":
            is_page = message["status"] == 200 and "text/html" in Headers(raw=message["headers"]).get(
                "content-type", ""
            )
            if is_page:
                self._start = message
                return
        elif self._start is not None:
            start, self._start = self._start, None
            body = message.get("body", b"")
            if not message.get("more_body") and _INDEX in body:
                message = {**message, "body": body.replace(b"</head>", preload_links() + b"</head>", 1)}
                MutableHeaders(scope=start)["content-length"] = str(len(message["body"]))
            await self._send(start)
        await self._send(message)

"""Let the browser fetch the code of the first screen's widgets while it still loads the page.

Streamlit's front end fetches a kind of widget when it draws the first one: after its WebSocket is open and the script
has sent the page. A `Link` header with `rel=modulepreload` makes it fetch and compile them at once instead, which takes
about 100 ms off a visit (`tests/bench/test_page_load_bench.py`). A name that a later Streamlit does not have is left
out.
"""

from __future__ import annotations

import re
from functools import cache

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.ui.access.base_path import base_path
from components.ui.access.frontend.frontend_files import STATIC, frontend_files

# Modules of Streamlit's front end that are loaded when needed, by their names without hash and ending.
WIDGETS = ("BidiComponent", "Button", "ButtonGroup", "Multiselect", "TextArea", "TextInput")

_PAGE = re.compile(r"/[^/]*")  # as Streamlit's pages are: `/`, `/edit`
_IN_PAGE = re.compile(r"static/(js/[\w.-]+\.js)")
_IMPORT = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")


@cache
def preload_header() -> str:
    """Return the `Link` header of Streamlit's pages; empty if there is nothing to preload.

    Addresses are relative to a page's, such as `/edit`, so that they are right below a base path. They include all that
    the modules import in turn, but not what the page itself names.
    """
    files, modules = frontend_files(), dict[str, None]()
    in_page = set(_IN_PAGE.findall((STATIC.parent / "index.html").read_text(encoding="utf-8")))
    found = [name for name in files if re.fullmatch(rf"js/({'|'.join(WIDGETS)})\.[\w-]+\.js", name)]
    while found:
        name = found.pop()
        if name in files and name not in in_page and name not in modules:
            modules[name] = None
            found += (f"js/{one}" for one in _IMPORT.findall(files[name].read_text(encoding="utf-8")))
    return ", ".join(f"<static/{name}>; rel=modulepreload" for name in modules)


class ModulePreload:
    """ASGI middleware that adds the header to Streamlit's pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; add the header if a page answers it."""
        if scope["type"] != "http" or not _PAGE.fullmatch(str(scope["path"]).removeprefix(base_path())):
            await self._app(scope, receive, send)
            return

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # The app's own HTML, such as that of the sign-in, has a policy of its own and needs none of this.
                is_streamlits = "content-security-policy" not in headers
                if is_streamlits and headers.get("content-type", "").startswith("text/html") and preload_header():
                    headers.append("Link", preload_header())
            await send(message)

        await self._app(scope, receive, send_with_header)

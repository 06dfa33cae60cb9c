"""What the `Link` header of pages names."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from components.ui.access.frontend.frontend_files import STATIC
from components.ui.access.frontend.module_preload import WIDGETS, ModulePreload, preload_header

# Proxies such as nginx take 4,096 bytes of headers by default, and the other headers are about 1,500.
MOST_BYTES = 2300


def test_the_header_names_each_widgets_module_and_what_it_imports() -> None:
    """Every name of the table still exists in Streamlit, no file is named twice, and the header stays short."""
    names = re.findall(r"<static/(js/[^>]+)>; rel=modulepreload", preload_header())
    assert len(names) == len(set(names)) == preload_header().count("<")
    assert all((STATIC / name).is_file() for name in names)
    stems = [name.removeprefix("js/").split(".")[0] for name in names]
    assert set(WIDGETS) <= set(stems)
    assert "useBasicWidgetState" in stems, "what TextArea imports"
    assert "index" not in stems, "the page names it itself"
    assert len(preload_header()) < MOST_BYTES


async def _answer(request: Request) -> Response:
    kind = PlainTextResponse if request.url.path.endswith("z") else HTMLResponse
    return kind("", headers={"Content-Security-Policy": "script-src 'none'"} if "own" in request.url.path else {})


@pytest.mark.parametrize("base", ["", "/workbench"])
def test_pages_alone_carry_the_header(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below a base path too. Its addresses are relative, so they are right only where a page's path has one part."""
    monkeypatch.setattr("components.ui.access.frontend.module_preload.base_path", lambda: base)
    client = TestClient(Starlette(routes=[Route("/{path:path}", _answer)], middleware=[Middleware(ModulePreload)]))
    for path in ("/", "/edit"):
        assert client.get(base + path).headers["Link"] == preload_header()
    for path in ("/edit/", "/sheets/x.html", "/healthz", "/own", *([""] if base else [])):
        assert "Link" not in client.get(base + path).headers

"""Edit in a browser, behind nginx and Caddy as `deploy/` sets them up: its canvas, its events, its images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.app_server import AppServer
from tests.browser.canvas_page import alpha_of, begin, drag, run_edit, take_largest_brush
from tests.browser.driver import CONTEXT, open_page
from tests.wire.layers.proxies import ENVIRONMENT, PREFIX, PROXIES

LOADED = "one => one.decode().then(() => one.naturalWidth)"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app below a path, which trusts both proxies."""
    with AppServer(tmp_path_factory.mktemp("app"), environment=ENVIRONMENT) as app:
        yield app


@pytest.mark.parametrize("proxy", PROXIES)
def test_draw_and_run_below_a_path(proxy: str, app: AppServer, browser: Browser, tmp_path: Path) -> None:
    """A mask is painted and sent, the run is followed live, and every image comes from below the path."""
    with PROXIES[proxy](tmp_path, app.port) as origin:
        context = browser.new_context(**CONTEXT, ignore_https_errors=True)
        page = context.new_page()
        strays: list[str] = []
        page.on("response", lambda answer: strays.append(answer.url) if answer.status >= 400 else None)
        try:
            begin(page, f"{origin}{PREFIX}")
            take_largest_brush(page)
            drag(page, (60, 60), (200, 90), (200, 140))
            run_edit(page)
            assert (alpha_of(app) == 0).any()
            for address in ("", "/library"):
                if address:
                    open_page(page, f"{origin}{PREFIX}", address)
                assert page.locator(f'img[src^="{PREFIX}/files/"]').first.evaluate(LOADED) > 0
            # Streamlit looks for its own path, and a preview is gone once its image is there.
            assert not [url for url in strays if "/_stcore/" not in url and "/partials/" not in url], strays
        finally:
            context.close()

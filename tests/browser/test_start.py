"""Both ways to start the app."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.app_server import PYTHON_APP, STREAMLIT_RUN, AppServer
from tests.browser.driver import open_page, wait_idle


@pytest.mark.parametrize("command", [STREAMLIT_RUN, PYTHON_APP], ids=" ".join)
def test_the_app_starts_stops_and_comes_back(command: tuple[str, ...], tmp_path: Path, page: Page) -> None:
    """The first page is drawn, an orderly stop leaves no error, and an open page finds the app again."""
    with AppServer(tmp_path, command=command) as server:
        open_page(page, server.base_url)
        assert page.title()
        server.stop()
        server.start()
        wait_idle(page)
    assert "Traceback" not in server.log_text()
    assert server.data.is_dir()

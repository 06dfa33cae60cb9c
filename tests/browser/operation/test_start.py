"""Both ways to start the app."""

from __future__ import annotations

import socket
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
    assert "Only this machine can open the app" in server.log_text()
    assert "Traceback" not in server.log_text()
    assert server.data.is_dir()


def test_one_setting_shares_the_app(tmp_path: Path) -> None:
    """With it the app listens on every address, and says at the start that everyone can open it."""
    shared = {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}
    with AppServer(tmp_path, command=PYTHON_APP, environment=shared) as server:
        # 127.0.0.2 stands for another address of this machine: who listens on 127.0.0.1 alone is not there.
        socket.create_connection(("127.0.0.2", server.port), timeout=10).close()
        assert "Everyone who can reach this machine over a network can open the app" in server.log_text()
    with AppServer(tmp_path) as server, socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.2", server.port)) != 0

"""The pages without a browser: Streamlit's AppTest on the real shell, library, runner and built-in engine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from components.parameters import OPERATIONS
from components.ui.process.workbench import Workbench, close_workbench
from components.ui.process.workbench import workbench as current_workbench
from tests.setup.environment import ROOT

SHELL = ROOT / "components" / "ui" / "shell.py"
# What a panel holds is drawn once it was opened.
PANELS = (
    *(
        f"{operation}.{panel}.panel"
        for operation in OPERATIONS
        for panel in ("target", "options", "automation", "limits")
    ),
    *(f"{operation}.owner" for operation in OPERATIONS),
    "library.whose",
    "vote.owner",
)
RUN_SECONDS = 120  # the first run imports everything

_scan_once = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def installed_packages_are_scanned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what AppTest reads of all installed packages for each new app: 0.4 s a test."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", _scan_once)


@pytest.fixture(autouse=True)
def no_earlier_test_closed_the_app_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pages open the workbench also after a test of the process's end."""
    monkeypatch.setattr("components.ui.process.workbench._is_closed_for_good", False)


@pytest.fixture
def workbench(data_folder: Path) -> Iterator[Workbench]:
    """The workbench that the pages of this test use, with an empty library; closed with the test."""
    close_workbench()
    yield current_workbench()
    close_workbench()
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def app(workbench: Workbench) -> AppTest:
    """The app as one person sees it, not run yet: `app.run()` draws the first page, with all panels of forms open.

    Another page: `app.switch_page("../../pages/NAME.py").run()`, after a first run.
    """
    app = AppTest.from_file(SHELL, default_timeout=RUN_SECONDS)
    for panel in PANELS:
        app.session_state[panel] = True
    return app

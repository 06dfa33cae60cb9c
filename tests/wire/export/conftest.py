"""The requests that the tests of this folder export."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.parameters import Request
from tests.setup import npm_packages
from tests.wire.export.export_requests import every_request


@pytest.fixture
def requests(tmp_path: Path) -> dict[str, Request]:
    """Return requests of every operation by the names in NAMES."""
    return every_request(tmp_path)


@pytest.fixture
def openai_package(tmp_path: Path) -> None:
    """Let scripts in the test's folder import the openai package of npm, as pinned by tests/npm."""
    if (missing := npm_packages.missing_program()) is not None:
        pytest.skip(f"there is no {missing}, which installs the openai package of npm")
    npm_packages.install()
    (tmp_path / "node_modules").symlink_to(npm_packages.FOLDER / "node_modules")

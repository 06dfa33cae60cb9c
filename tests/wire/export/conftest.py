"""The requests that the tests of this folder export."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.parameters import Request
from tests.wire.export.export_requests import every_request


@pytest.fixture
def requests(tmp_path: Path) -> dict[str, Request]:
    """Return requests of every operation by the names in NAMES."""
    return every_request(tmp_path)

"""A server of batches, and an app that sends to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.batches.batch_app import BatchApp, BatchServer, app_on
from tests.wire.loopback import Loopback


@pytest.fixture
def server() -> Iterator[BatchServer]:
    """A server of batches."""
    with Loopback() as loopback:
        yield BatchServer(loopback)


@pytest.fixture
def app(data_folder: Path, server: BatchServer) -> Iterator[BatchApp]:
    """An app that sends to it."""
    with app_on(data_folder, server.server.base_url) as found:
        yield found

"""The built-in engine that the tests of this folder ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.engine_fixtures import Engine, running


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """Run an engine for the tests of a file."""
    with running() as engine:
        yield engine

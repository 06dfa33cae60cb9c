"""A library of the test's own, and runners with scripted clients over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.library import Library, open_library
from components.runs.saving import save_retry
from tests.unit.runs.fake_client import RunnerHarness, runner_harnesses


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """An open library of the test's own."""
    opened = open_library(data_folder)
    yield opened
    opened.close()


@pytest.fixture
def harness(library: Library, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., RunnerHarness]]:
    """Makes runners with scripted clients, which do not try again in a test's time what the library refused."""
    monkeypatch.setattr(save_retry, "RETRY_DELAYS", (3600,))
    with runner_harnesses(library) as build:
        yield build

"""A library of the test's own, and runners with scripted clients over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.library import Library
from tests.unit.fake_client import House, houses


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """An open library of the test's own."""
    opened = Library.open(data_folder)
    yield opened
    opened.close()


@pytest.fixture
def house(library: Library) -> Iterator[Callable[..., House]]:
    """Makes runners with scripted clients."""
    with houses(library) as build:
        yield build

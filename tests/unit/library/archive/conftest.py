"""Two libraries: one with some of everything, and one that takes in what came out of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.library import Library, open_library
from tests.unit.library.archive.archives import fill


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """A library with some of everything."""
    opened = open_library(data_folder)
    fill(opened, data_folder.parent)
    yield opened
    opened.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Library]:
    """An empty library."""
    opened = open_library(tmp_path / "other", max_pixels=10_000)
    yield opened
    opened.close()

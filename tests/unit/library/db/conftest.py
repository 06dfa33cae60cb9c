"""Databases as the app makes them, for the tests of this folder that ask for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from components.library.db import migrate
from tests.support.new_library import run_migrations
from tests.unit.library.service_places import new_database


@pytest.fixture
def real_migrations(new_libraries_are_copies: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open new libraries as the app does."""
    monkeypatch.setattr(migrate, "upgrade", run_migrations)


@pytest.fixture
def url() -> Iterator[str]:
    """A database of the newest version, with nothing in it."""
    with new_database() as made:
        yield made

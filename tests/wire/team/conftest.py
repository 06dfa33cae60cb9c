"""A database for each test of several processes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from components.library import Library
from components.library.db import migrate
from components.library.opening import open_library
from components.runs.cluster.tickets import prepare_schema
from tests.servers import postgres
from tests.support.new_library import run_migrations


@cache
def _template() -> str:
    """The name of a database with all tables, which is copied in a moment."""
    server = postgres.server()
    name = server.new_database()
    with tempfile.TemporaryDirectory() as folder:
        library = open_library(Path(folder), database_url=server.url(name))
        prepare_schema(library)
        library.close()
    return name


@pytest.fixture
def database(new_libraries_are_copies: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A new database's URL."""
    monkeypatch.setattr(migrate, "upgrade", run_migrations)
    server = postgres.server()
    name = server.new_database(_template())
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Ends what a test started."""
    with ExitStack() as ends:
        yield ends


@pytest.fixture
def libraries(tmp_path: Path, database: str) -> Iterator[tuple[Library, Library]]:
    """One library, opened by two app servers on two machines."""
    opened = tuple(open_library(tmp_path / name, database_url=database) for name in ("first", "second"))
    yield opened[0], opened[1]
    for one in opened:
        one.close()

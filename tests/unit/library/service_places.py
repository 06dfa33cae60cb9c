"""Fresh PostgreSQL databases with the newest schema, and fresh places on S3, for a library of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from components.library import Library, open_library
from components.library.db.engine import open_engine
from components.library.transfer.location import StoreLocation
from tests.servers.postgres import server
from tests.servers.s3 import s3_place
from tests.support.new_library import run_migrations


@cache
def _migrated() -> str:
    name = server().new_database()
    engine = open_engine(Path(), server().url(name))
    run_migrations(engine)
    engine.dispose()
    return name


@contextmanager
def new_database() -> Iterator[str]:
    """Yield the URL of an unused database."""
    name = server().new_database(_migrated())
    yield server().url(name)
    server().drop(name)


@contextmanager
def services(folder: Path) -> Iterator[StoreLocation]:
    """Yield an unused database and an empty place on S3."""
    with new_database() as database, s3_place() as files:
        yield StoreLocation(folder, database, files)


def opened(place: StoreLocation) -> Library:
    """Open the library at a place."""
    return open_library(place.folder, database_url=place.database_url, files=place.files_url)

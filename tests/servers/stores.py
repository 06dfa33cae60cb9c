"""Which store libraries of tests are on: SQLite and a folder, unless a variable of the environment names another."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "IMAGE_WORKBENCH_TEST_STORE"
STORE = os.environ.get(VARIABLE, "")
assert STORE in {"", "postgres", "s3", "postgres+s3"}, (
    f"{VARIABLE} is {STORE!r}, and can be postgres, s3 or postgres+s3"
)
ON_POSTGRES = "postgres" in STORE.split("+")
ON_S3 = "s3" in STORE.split("+")


def store_of(folder: Path) -> dict[str, str]:
    """Return what `open_library` takes besides a folder to open this test's library in it from another process."""
    found: dict[str, str] = {}
    if ON_POSTGRES:
        from tests.servers.postgres_libraries import libraries

        found["database_url"] = libraries().url(folder)
    if ON_S3:
        from tests.servers.s3_libraries import places

        found["files"] = places().url(folder)
    return found


def end_heartbeats(folder: Path) -> None:
    """Let all processes of a library count as dead now, as those that were killed do on PostgreSQL some time later."""
    if ON_POSTGRES:
        from tests.servers.postgres_libraries import libraries

        libraries().end_heartbeats(folder)

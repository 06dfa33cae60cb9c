"""What all tests share: a clean environment, a data folder of their own, and no way off this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import stores
from tests.servers.network import LoopbackOnly
from tests.servers.network import free_port as find_free_port

# A developer's keys, servers and proxies must not change what is tested; gone before anything reads them.
SCRUBBED = ("AZURE_OPENAI_", "OPENAI_", "AWS_", "IMAGE_WORKBENCH_", "STREAMLIT_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
for variable in [name for name in os.environ if name.startswith(SCRUBBED) or name.lower() in PROXIES]:
    if variable != stores.VARIABLE:
        del os.environ[variable]

# The same examples every time, however slow the machine; `--hypothesis-profile=explore` looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", max_examples=2000, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def _loopback() -> Iterator[LoopbackOnly]:
    guard = LoopbackOnly()
    guard.install()
    yield guard
    guard.remove()


@pytest.fixture(autouse=True)
def only_loopback(_loopback: LoopbackOnly) -> Iterator[None]:
    """Fail the test that tries to reach another machine, even if the tested code swallowed the refusal."""
    yield
    attempts = list(_loopback.attempts)
    _loopback.attempts.clear()
    assert not attempts, f"tests reach this machine only, but there was a {', a '.join(attempts)}"


@pytest.fixture(scope="session", autouse=True)
def _store() -> Iterator[None]:
    """Give each new library a migrated database of the tests' own server, if they are not to use SQLite."""
    if not stores.ON_POSTGRES:
        yield
        return
    from tests.servers.postgres_libraries import libraries

    # Not by a test's own `monkeypatch`, which some tests undo before they end.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("components.library.opening.open_engine", libraries().open_engine)
        patch.setattr("components.library.cluster.notices.LOOK_SECONDS", 0.1)  # what each closing waits for
        yield


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """Let the libraries of all tests share what SQLAlchemy has compiled."""
    from tests.support.compiled_statements import create_engine_with_shared_statements  # only in the clean environment

    with pytest.MonkeyPatch.context() as patch:
        for module in ("engine", "postgres"):
            patch.setattr(f"components.library.db.{module}.create_engine", create_engine_with_shared_statements)
        yield


@pytest.fixture(autouse=True)
def new_libraries_are_copies(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Copy a migrated database into each new library of this process instead of running all migrations."""
    from tests.support.new_library import copy_migrated  # the environment is clean only from here on

    monkeypatch.setattr("components.library.db.migrate.upgrade", copy_migrated)
    yield
    if stores.ON_POSTGRES:
        from tests.servers.postgres_libraries import libraries

        libraries().give_back()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is about SQLite's own file, or about the folder of files, where the libraries are on another store."""
    for marker, is_elsewhere, what in (
        ("sqlite", stores.ON_POSTGRES, "about SQLite's own file"),
        ("folder", stores.ON_S3, "about the folder of files"),
        ("own_store", bool(stores.STORE), "on a store of its own, wherever other libraries are"),
    ):
        for item in items if is_elsewhere else ():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=what))


@pytest.fixture(autouse=True)
def new_libraries_have_their_files_on_s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """With S3 as the store of tests, put the files of each new library on the test's server."""
    if not stores.ON_S3:
        yield
        return
    from tests.servers.s3 import s3_environment
    from tests.servers.s3_libraries import places

    for name, value in s3_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("components.library.opening.open_files", places().open_files)
    yield
    places().forget()


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a library that does not exist yet; the settings in the environment point to it."""
    folder = tmp_path / "data"
    monkeypatch.setenv("IMAGE_WORKBENCH_DATA", str(folder))
    if stores.ON_POSTGRES:
        from tests.servers.postgres_libraries import libraries

        monkeypatch.setenv("IMAGE_WORKBENCH_DATABASE_URL", libraries().url(folder))
    if stores.ON_S3:
        from tests.servers.s3_libraries import places

        monkeypatch.setenv("IMAGE_WORKBENCH_FILES", places().url(folder))
    return folder


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    return find_free_port()

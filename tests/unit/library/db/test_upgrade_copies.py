"""Before a PostgreSQL database is upgraded it is copied to a SQLite file, from which it can be restored."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic import command
from sqlalchemy import Engine, MetaData, cast, create_engine, select, text
from sqlalchemy.types import JSON, Text

from components.library import Library, LibraryUnavailable, open_library
from components.library.__main__ import main
from components.library.db import migrate, upgrade_copy
from components.library.db.engine import open_engine
from components.library.db.postgres import postgres_engine
from components.library.db.revisions import apply_migrations, configuration, newest
from components.library.maintenance.restore import BackupRefused, restore, restore_database
from components.library.transfer.location import StoreLocation
from tests.unit.library.db.test_migrations import VERSIONS
from tests.unit.library.service_places import new_database
from tests.unit.library.whole_library import files_of, fill_library, rows_of

pytestmark = [pytest.mark.own_store, pytest.mark.usefixtures("real_migrations")]

NOT_COPIED = ("run_words", "run_numbers", "search_letters", "alembic_version")
NOT_COPIED += ("processes", "waiting_runs", "connection_turns", "cancel_requests", "live_runs", "live_images")
NOT_COPIED += ("relay_pieces", "page_channels")


def go_back(url: str, revision: str) -> None:
    """Make a database what an older version of the app left."""
    config, engine = configuration(), postgres_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    engine.dispose()


def all_rows(engine: Engine) -> Mapping[str, list[tuple[object, ...]]]:
    """Every row of the library's tables, JSON as the text that it is."""
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        return {
            one.name: sorted(
                tuple(row)
                for row in connection.execute(
                    select(*(cast(part, Text) if isinstance(part.type, JSON) else part for part in one.c))
                )
            )
            for one in metadata.sorted_tables
            if not one.name.startswith(NOT_COPIED)
        }


def rows_at(url: str) -> Mapping[str, list[tuple[object, ...]]]:
    """Every row of a PostgreSQL database."""
    engine = postgres_engine(url)
    try:
        return all_rows(engine)
    finally:
        engine.dispose()


def copies(folder: Path) -> list[str]:
    """The names of the copies in a folder, and of what a copy left unfinished."""
    return sorted(path.name for path in folder.glob("*before-upgrade*"))


def filled(folder: Path, url: str) -> None:
    """Fill a library with rows in every table."""
    library = open_library(folder, database_url=url)
    fill_library(library, folder.parent)
    library.close()


@pytest.mark.folder
@pytest.mark.parametrize("revision", ["0019", "0024", VERSIONS[-2]])
def test_the_copy_has_every_row_and_restores(data_folder: Path, url: str, revision: str) -> None:
    """An older library with rows in every table is copied, upgraded, and comes back from the copy as it was.

    The version that made it can read the copy; the newer one upgrades what it restores.
    """
    filled(data_folder, url)
    go_back(url, revision)
    before = rows_at(url)
    library = open_library(data_folder, database_url=url)
    upgraded, files = rows_of(library), files_of(library)
    library.close()
    assert copies(data_folder) == [f"workbench.sqlite3.before-upgrade-from-{revision}"]
    copy = data_folder / copies(data_folder)[0]
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,)
    assert sum(map(len, before.values())) > 40
    engine = create_engine(f"sqlite:///{copy}")
    try:
        assert all_rows(engine) == before
    finally:
        engine.dispose()
    with new_database() as other:
        assert restore_database(copy, StoreLocation(data_folder, other)).missing == ()
        restored = open_library(data_folder, database_url=other)
        assert rows_of(restored) == upgraded
        assert files_of(restored) == files
        restored.close()
        with pytest.raises(BackupRefused, match="not empty"):
            restore_database(copy, StoreLocation(data_folder, other))


def test_servers_that_start_together_make_one_copy(
    data_folder: Path, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Two servers meet an older database: one copies and migrates it, the other waits and opens the result."""
    filled(data_folder, url)
    go_back(url, VERSIONS[-2])
    opened: list[Library] = []
    folders = [data_folder.parent / name for name in ("one", "two")]
    threads = [
        threading.Thread(target=lambda one=one: opened.append(open_library(one, database_url=url))) for one in folders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 2
    assert [len(copies(folder)) for folder in folders] in ([0, 1], [1, 0])
    assert caplog.text.count("is upgraded from version") == 1
    for one in opened:
        one.close()


def test_while_one_copies_the_other_waits(data_folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is migrated before the copy is complete, by no server."""
    go_back(url, VERSIONS[-2])
    copying, goes_on, done = threading.Event(), threading.Event(), list[str]()
    real = migrate.copy_postgresql

    def slow(engine: Engine, revision: str, folder: Path) -> None:
        copying.set()
        assert goes_on.wait(60)
        real(engine, revision, folder)
        done.append("copied")

    monkeypatch.setattr(migrate, "copy_postgresql", slow)
    names = ("one", "two")
    for name in names:
        (data_folder.parent / name).mkdir()

    def start(name: str) -> None:
        engine = postgres_engine(url)
        migrate.upgrade(engine, data_folder.parent / name)
        done.append(name)
        engine.dispose()

    threads = [threading.Thread(target=start, args=(name,)) for name in names]
    threads[0].start()
    assert copying.wait(60)
    threads[1].start()
    engine = postgres_engine(url)
    waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = "
    waits += "(SELECT oid FROM pg_database WHERE datname = current_database())"
    with engine.connect() as connection:
        while not connection.execute(text(waits)).scalar_one():
            connection.rollback()
    assert done == []
    goes_on.set()
    for thread in threads:
        thread.join()
    assert done[0] == "copied"
    assert sorted(done[1:]) == ["one", "two"]
    assert copies(data_folder.parent / "two") == []
    with engine.connect() as connection:
        assert migrate.revision_of(connection) == newest()
    engine.dispose()


@pytest.mark.parametrize("harm", ["no room", "full", "a folder in its place"])
def test_without_a_copy_there_is_no_upgrade(
    data_folder: Path, url: str, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk without room, or one that refuses, stops the upgrade with a sentence; nothing of either is left."""
    filled(data_folder, url)
    go_back(url, VERSIONS[-2])
    before = rows_at(url)
    in_place = data_folder / f"workbench.sqlite3.before-upgrade-from-{VERSIONS[-2]}"
    with monkeypatch.context() as patch:
        if harm == "no room":
            patch.setattr(upgrade_copy.shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
        elif harm == "full":
            full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            patch.setattr(upgrade_copy, "_sync", lambda _: (_ for _ in ()).throw(full))
        else:
            in_place.mkdir()
        with pytest.raises(LibraryUnavailable) as refused:
            open_library(data_folder, database_url=url)
    assert "has to be upgraded" in str(refused.value)
    assert f"in {data_folder}" in str(refused.value) or f"Make {data_folder}" in str(refused.value)
    assert "start the app again; nothing was changed" in str(refused.value)
    assert rows_at(url) == before
    assert [one for one in copies(data_folder) if one != in_place.name] == []
    if in_place.is_dir():
        in_place.rmdir()
    open_library(data_folder, database_url=url).close()
    assert copies(data_folder) == [in_place.name]


def test_a_copy_that_differs_is_refused(data_folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of the copy are read again and compared."""
    filled(data_folder, url)
    go_back(url, VERSIONS[-2])
    monkeypatch.setattr(upgrade_copy, "_sums", lambda *_: {})
    with pytest.raises(LibraryUnavailable, match="differ"):
        open_library(data_folder, database_url=url)
    assert copies(data_folder) == []


def test_three_copies_are_kept(data_folder: Path, url: str) -> None:
    """The oldest goes when there are more."""
    for revision in VERSIONS[-5:-1]:
        go_back(url, revision)
        open_library(data_folder, database_url=url).close()
    assert copies(data_folder) == [f"workbench.sqlite3.before-upgrade-from-{one}" for one in VERSIONS[-4:-1]]


def test_an_older_database_is_no_place_to_restore_to(data_folder: Path, url: str, tmp_path: Path) -> None:
    """It is refused before anything in it changes, also one that happens to be empty."""
    go_back(url, VERSIONS[-2])
    before = rows_at(url)
    for act in (restore, restore_database):
        with pytest.raises(LibraryUnavailable, match=r"older version.*nothing was changed"):
            act(tmp_path / "backup.tar", StoreLocation(data_folder, url))
    assert rows_at(url) == before


def test_the_command_restores_the_database_of_a_backup(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a folder, a tar file or a copy, beside files that are there; a database that is there stays."""
    monkeypatch.delenv("IMAGE_WORKBENCH_DATABASE_URL", raising=False)
    monkeypatch.delenv("IMAGE_WORKBENCH_FILES", raising=False)
    here = tmp_path / "here"
    engine = open_engine(_made(here))
    with engine.begin() as connection:
        apply_migrations(connection, "0020")
        connection.execute(text("INSERT INTO collections (id, name, created) VALUES ('c1', 'Foxes', 1.0)"))
    engine.dispose()
    monkeypatch.setenv("IMAGE_WORKBENCH_DATA", str(here))
    for name in ("folder", "file.tar"):
        assert main(["backup", str(tmp_path / name)]) == 0
    for number, source in enumerate((tmp_path / "folder", tmp_path / "file.tar", here / "workbench.sqlite3")):
        there = _made(tmp_path / f"there{number}")
        (there / "originals").mkdir()
        assert main(["restore", "--database-only", str(source), str(there)]) == 0
        with closing(sqlite3.connect(there / "workbench.sqlite3")) as database:
            assert database.execute("SELECT name FROM collections").fetchall() == [("Foxes",)]
        assert main(["restore", "--database-only", str(source), str(there)]) == 2
    said = capsys.readouterr()
    assert "The database restored to" in said.out
    assert said.err.count("workbench.sqlite3 is there already; nothing was written") == 3
    assert main(["restore", "--database-only", str(tmp_path / "nothing"), str(_made(tmp_path / "other"))]) == 2
    assert list((tmp_path / "other").iterdir()) == []


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder

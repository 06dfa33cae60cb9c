"""Which copies from before upgrades are kept, what killed ones leave, and what may lie beside a restored one."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, text

from components.library import open_library
from components.library.db import upgrade_copy
from components.library.db.engine import open_engine
from components.library.db.postgres import postgres_engine
from components.library.db.revisions import apply_migrations
from components.library.db.row_sums import Sums
from components.library.maintenance.restore import BackupRefused, restore_database
from components.library.transfer.location import StoreLocation
from tests.unit.library.db.test_migrations import VERSIONS
from tests.unit.library.db.test_upgrade_copies import copies, filled, go_back

pytestmark = [pytest.mark.own_store, pytest.mark.usefixtures("real_migrations")]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, data_folder: Path) -> tuple[Path, str]:
    """The data folder of an older library, and the URL of its database, "" for SQLite."""
    found = request.getfixturevalue("url") if request.param == "postgresql" else ""
    data_folder.mkdir(exist_ok=True)
    _older(data_folder, found)
    return data_folder, found


def test_what_killed_copies_left_is_removed(place: tuple[Path, str], caplog: pytest.LogCaptureFixture) -> None:
    """Unfinished copies count as none, whatever their names sort by; what only looks like one stays."""
    data_folder, address = place
    name = f"workbench.sqlite3.before-upgrade-from-{VERSIONS[-2]}"
    for at in range(4):
        (data_folder / f"{name}.{at}000abcd.part").write_bytes(b"half a copy")
        (data_folder / f"{name}.{at}000abcd.part-journal").write_bytes(b"its journal")
        work = data_folder / f"{name}.{at}000abcd.part.new"
        work.mkdir()
        (work / "workbench.sqlite3").write_bytes(b"half a copy")
    (data_folder / "workbench.sqlite3.before-upgrade-from-0001").mkdir()
    (data_folder / "workbench.sqlite3.before-upgrade-of-mine").write_bytes(b"a copy that somebody made")
    library = open_library(data_folder, database_url=address)
    library.close()
    assert copies(data_folder) == [
        "workbench.sqlite3.before-upgrade-from-0001",
        name,
        "workbench.sqlite3.before-upgrade-of-mine",
    ]
    with closing(sqlite3.connect(data_folder / name)) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (VERSIONS[-2],)
    assert "cannot be removed" not in caplog.text


def test_the_newest_copies_are_kept_whatever_their_versions(place: tuple[Path, str]) -> None:
    """After going back to an older version, its copy is the newest although its name sorts first."""
    data_folder, address = place
    for age, version in enumerate(("zzzz3", "zzzz1", "zzzz2"), 1):
        kept = data_folder / f"workbench.sqlite3.before-upgrade-from-{version}"
        kept.write_bytes(b"")
        os.utime(kept, (2e9 - age, 2e9 - age))  # later than now: not even a clock that was set back matters
    open_library(data_folder, database_url=address).close()
    assert copies(data_folder) == [
        f"workbench.sqlite3.before-upgrade-from-{one}" for one in (VERSIONS[-2], "zzzz1", "zzzz3")
    ]


def test_a_left_over_that_cannot_be_removed_prevents_no_upgrade(
    data_folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so."""
    go_back(url, VERSIONS[-2])
    data_folder.mkdir(exist_ok=True)
    left = data_folder / f"workbench.sqlite3.before-upgrade-from-{VERSIONS[-2]}.0123abcd.part.new"
    left.mkdir()
    real = upgrade_copy.shutil.rmtree

    def refused(path: Path, ignore_errors: bool = False) -> None:
        if path == left:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        real(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(upgrade_copy.shutil, "rmtree", refused)
    open_library(data_folder, database_url=url).close()
    assert copies(data_folder) == [f"workbench.sqlite3.before-upgrade-from-{VERSIONS[-2]}", left.name]
    assert f"{left} cannot be removed: Permission denied." in caplog.text


def test_a_large_copy_is_compared_after_the_snapshot(
    data_folder: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL ends a transaction that does nothing for minutes; no transaction but the lock's waits meanwhile."""
    filled(data_folder, url)
    go_back(url, VERSIONS[-2])
    real, waiting = upgrade_copy._sums, list[object]()
    watch = postgres_engine(url)
    idle = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"

    def observed(connection: Connection, tables: Sequence[Table]) -> Sums:
        with watch.connect() as watching:
            waiting.append(watching.execute(text(idle)).scalar_one())
        return real(connection, tables)

    monkeypatch.setattr(upgrade_copy, "_sums", observed)
    open_library(data_folder, database_url=url).close()
    watch.dispose()
    assert waiting == [1]


def _older(folder: Path, url: str) -> None:
    """Make the library of an older version."""
    if url:
        go_back(url, VERSIONS[-2])
        return
    engine = open_engine(folder)
    with engine.begin() as connection:
        apply_migrations(connection, VERSIONS[-2])
    engine.dispose()


def test_the_log_of_a_former_database_is_not_played_into_the_restored_one(data_folder: Path) -> None:
    """What a crash left beside a database that was moved away prevents the restore, until it is moved away too."""
    data_folder.mkdir(exist_ok=True)
    _older(data_folder, "")
    open_library(data_folder).close()
    copy = data_folder / copies(data_folder)[0]
    database = data_folder / "workbench.sqlite3"
    log = data_folder / "workbench.sqlite3-wal"
    with closing(sqlite3.connect(database)) as crashed:
        crashed.execute("INSERT INTO collections (id, name, created) VALUES ('c1', 'After the upgrade', 1.0)")
        crashed.commit()
        left = log.read_bytes()
    assert len(left) > 4096
    database.unlink()
    log.write_bytes(left)
    with pytest.raises(BackupRefused, match=r"workbench\.sqlite3-wal is there already; nothing was written"):
        restore_database(copy, StoreLocation(data_folder))
    assert (database.exists(), log.read_bytes()) == (False, left)
    log.unlink()
    restore_database(copy, StoreLocation(data_folder))
    with closing(sqlite3.connect(database)) as restored:
        assert restored.execute("SELECT version_num FROM alembic_version").fetchone() == (VERSIONS[-2],)
        assert restored.execute("SELECT count(*) FROM collections").fetchone() == (0,)

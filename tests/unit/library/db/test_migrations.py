"""Migration from any older schema to the newest, in one transaction."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, inspect, text

from components.library import LibraryUnavailable, open_library
from components.library.annotations import rename
from components.library.db import upgrade_copy
from components.library.db.engine import open_engine
from components.library.db.revisions import configuration
from components.library.db.schema import include_name, metadata
from components.library.db.tables.cluster_tables import cluster_metadata
from components.library.output_texts import store_text, unread_outputs
from components.library.queries.pages import Filter, page
from components.library.trash import move_to_trash
from tests.unit.library.library_fixtures import add, answered, ask, begin
from tests.unit.runs.fake_client import png

pytestmark = [pytest.mark.own_store, pytest.mark.usefixtures("real_migrations")]

VERSIONS = [script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()][::-1]


def go_to(engine: Engine, version: str, *, down: bool = False) -> None:
    """Bring a database to a version."""
    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, version)


def differences(engine: Engine) -> list[object]:
    """What a database has otherwise than the code declares."""
    opts = {"compare_type": True, "compare_server_default": True, "include_name": include_name}
    declared = [metadata, cluster_metadata] if engine.dialect.name == "postgresql" else metadata
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=opts), declared))


def test_the_migrations_make_what_the_code_expects(data_folder: Path) -> None:
    """The migrations, from nothing to the newest, give exactly the tables that the code declares."""
    library = open_library(data_folder)
    assert differences(library.engine) == []
    library.close()


@pytest.mark.parametrize("version", ["base", *VERSIONS[:-1]])
def test_back_and_forth(data_folder: Path, version: str) -> None:
    """From every version the newest is reached again, with what was in it, from any working folder."""
    library = open_library(data_folder)
    begin(library, "r1")
    stored = add(library, "r1", 0, png(1))
    go_to(library.engine, version, down=True)
    library.close()
    before = Path.cwd()
    os.chdir("/")
    try:
        library = open_library(data_folder)
    finally:
        os.chdir(before)
    assert differences(library.engine) == []
    assert library.outputs("r1") == ([] if version == "base" else [stored])
    found = page(library, Filter(words="fox")).runs
    assert [one.run.id for one in found] == ([] if version == "base" else ["r1"])
    library.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_migration_is_one_transaction(data_folder: Path, version: str) -> None:
    """A migration that breaks off changes nothing; the next start does it again."""
    data_folder.mkdir()
    engine = open_engine(data_folder)
    place = VERSIONS.index(version)
    if place:
        go_to(engine, VERSIONS[place - 1])
    before = set(inspect(engine).get_table_names())

    def break_off(_: object, __: object, statement: str, *___: object) -> None:
        if "alembic_version" in statement and f"'{version}'" in statement:  # its last step
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    event.listen(Engine, "before_cursor_execute", break_off)
    try:
        with pytest.raises(LibraryUnavailable, match="full"):
            open_library(data_folder)
    finally:
        event.remove(Engine, "before_cursor_execute", break_off)
    assert set(inspect(engine).get_table_names()) == before
    engine.dispose()
    library = open_library(data_folder)
    assert differences(library.engine) == []
    library.close()


def test_the_text_in_images_goes_and_is_read_again(data_folder: Path) -> None:
    """A version before it does not find images by their text; afterwards they are read and found again."""
    library = open_library(data_folder)
    begin(library, "r1")
    stored = add(library, "r1", 0, png(1))
    rename(library, stored.id, "Shop")
    store_text(library, stored.sha256, "Fresh bread")
    assert unread_outputs(library, 9) == []
    assert [one.run.id for one in page(library, Filter(words="bread shop")).runs] == ["r1"]
    go_to(library.engine, "0019", down=True)
    with library.engine.connect() as connection:
        assert connection.execute(text("SELECT labels FROM run_words")).scalar_one().split() == ["Shop"]
    library.close()
    library = open_library(data_folder)
    assert [one.id for one in unread_outputs(library, 9)] == [stored.id]
    store_text(library, stored.sha256, "Fresh cake")
    assert [one.run.id for one in page(library, Filter(words="cake shop")).runs] == ["r1"]
    library.close()


def test_a_library_of_a_newer_app_is_left_alone(data_folder: Path) -> None:
    """A database that a newer version made is not touched; the message says so."""
    library = open_library(data_folder)
    with library.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    library.close()
    with pytest.raises(LibraryUnavailable, match="newer version"):
        open_library(data_folder)
    assert list((data_folder / "scratch").iterdir()) == []


def test_an_upgrade_keeps_a_copy_of_the_database_before_it(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last three of them, each readable by the version before; without room for it, nothing is changed."""
    for revision in VERSIONS[-5:-1]:
        library = open_library(data_folder)
        go_to(library.engine, revision, down=True)
        library.close()
        open_library(data_folder).close()
    copies = sorted(path.name for path in data_folder.glob("*.before-upgrade-*"))
    assert copies == [f"workbench.sqlite3.before-upgrade-from-{revision}" for revision in VERSIONS[-4:-1]]
    with closing(sqlite3.connect(data_folder / copies[-1])) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (VERSIONS[-2],)
    library = open_library(data_folder)
    go_to(library.engine, VERSIONS[-2], down=True)
    library.close()
    monkeypatch.setattr(upgrade_copy.shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    with pytest.raises(LibraryUnavailable, match=r"no room for a copy.*nothing was changed"):
        open_library(data_folder)


def test_older_answers_become_outputs(data_folder: Path) -> None:
    """Old answers can be starred and found; those in the trash stay there; purged and unfinished runs get no row."""
    library = open_library(data_folder)
    for run_id, more in (
        ("kept", {}),
        ("cut", {"state": "cancelled"}),
        ("trashed", {}),
        ("gone", {"purged": True}),
        ("empty", {"text": " \n"}),
        ("going", {"state": "running"}),
    ):
        answered(library, run_id, data_folder.parent, **more)
    add(library, begin(library, "r1"), 0, png(1))
    move_to_trash(library, ["trashed-text"], when=5.0)
    go_to(library.engine, "0006", down=True)
    with library.engine.connect() as connection:
        assert list(connection.execute(text("SELECT id FROM outputs")).scalars()) == ["r1-0"]
        assert list(connection.execute(text("SELECT id FROM runs WHERE deleted_at = 5.0")).scalars()) == ["trashed"]
    go_to(library.engine, "head")
    outputs = {one: library.answer(one) for one in ("kept", "cut", "trashed", "gone", "empty", "going")}
    assert {one: output.deleted_at for one, output in outputs.items() if output} == {
        "kept": None,
        "cut": None,
        "trashed": 5.0,
    }
    trashed = library.run("trashed")
    assert trashed is not None
    assert trashed.deleted_at is None, "it is in the trash as its answer now"
    assert not {one.run_id for one in library.outputs("kept")}
    library.close()


def test_older_numbers_follow_time_after_the_migration(data_folder: Path) -> None:
    """Runs that were numbered as they came are found by time afterwards, those of one moment as well."""
    library = open_library(data_folder)
    go_to(library.engine, "0004", down=True)
    for run_id, created in (("r3", 30.0), ("r1", 10.0), ("r2", 10.0), ("r0", 5.5)):
        library.begin_run(run_id, ask(), connection_id="c", connection_name="C", created=created)

    numbered = "SELECT run_id FROM run_numbers JOIN run_words ON run_words.rowid = number ORDER BY number DESC"
    with library.engine.connect() as connection:
        assert list(connection.execute(text(numbered)).scalars()) == ["r0", "r2", "r1", "r3"]
    go_to(library.engine, "head")
    assert [one.run.id for one in page(library, Filter(words="fox")).runs] == ["r3", "r2", "r1", "r0"]
    library.update_run("r0", prompt="a fox and an owl")
    assert [one.run.id for one in page(library, Filter(words="owl")).runs] == ["r0"]
    with library.engine.connect() as connection:
        connection.execute(text("INSERT INTO run_words (run_words) VALUES ('integrity-check')"))
    library.close()

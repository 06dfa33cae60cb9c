"""A library moves from SQLite and a folder to PostgreSQL and S3 and back, whole, also after a mover was killed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from components.library import Library, check_library, open_library
from components.library.__main__ import main
from components.library.db.schema import include_name
from components.library.db.tables.all_tables import metadata
from components.library.files.content_store import KINDS
from tests.servers.s3 import s3_place
from tests.setup.environment import ROOT
from tests.unit.library.library_fixtures import add, begin
from tests.unit.library.service_places import new_database
from tests.unit.library.whole_library import ROWS, files_of, fill_library, rows_of
from tests.unit.runs.fake_client import png

pytestmark = pytest.mark.own_store


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with new_database() as url:
        yield url


@pytest.fixture
def files() -> Iterator[str]:
    """The address of an empty place on S3."""
    with s3_place() as url:
        yield url


def fill(folder: Path, tmp_path: Path) -> tuple[object, object]:
    """Fill the library in a folder; return its rows and files."""
    library = open_library(folder)
    fill_library(library, tmp_path)
    filled = rows_of(library), files_of(library)
    library.close()
    return filled


def rows_and_files(library: Library) -> tuple[object, object]:
    """All that a library has; it must be in order."""
    try:
        assert check_library(library, thorough=True).is_clean
        return rows_of(library), files_of(library)
    finally:
        library.close()


def test_every_table_is_moved(data_folder: Path) -> None:
    """No table of the database is missing from those that a move copies."""
    library = open_library(data_folder)
    there = {name for name in inspect(library.engine).get_table_names() if include_name(name, "table", {})}
    library.close()
    assert there - {"alembic_version"} <= {*metadata.tables}


def test_there_and_back(
    data_folder: Path,
    tmp_path: Path,
    database: str,
    files: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Rows of every table, times, ids, trash and the bytes of all files arrive as they were, in both directions."""
    before = fill(data_folder, tmp_path)
    assert all(len(rows) >= ROWS for rows in before[0].values())  # type: ignore[attr-defined]
    assert {kind for kind, _ in before[1]} == {*KINDS}  # type: ignore[attr-defined]
    address = database.replace("workbench@", "workbench:a-secret@")
    assert main(["move", "--to-database", address, "--to-files", files]) == 0
    reported = capsys.readouterr()
    assert f"IMAGE_WORKBENCH_FILES={files}" in reported.out
    assert "a-secret" not in reported.out + reported.err
    assert rows_and_files(open_library(data_folder, database_url=database, files=files)) == before
    # A second time finds it all there; another library's rows and files are refused.
    assert main(["move", "--to-database", database, "--to-files", files]) == 0
    # Back, into another folder.
    monkeypatch.setenv("IMAGE_WORKBENCH_DATABASE_URL", database)
    monkeypatch.setenv("IMAGE_WORKBENCH_FILES", files)
    back = tmp_path / "back"
    assert main(["move", "--to-database", "sqlite", "--to-files", "folder", "--to-data", str(back)]) == 0
    assert rows_and_files(open_library(back)) == before


def test_what_is_not_the_librarys_is_refused(
    data_folder: Path, tmp_path: Path, files: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other rows, other files, the same place and an app that runs are refused, and nothing is changed."""
    library = open_library(data_folder)
    add(library, begin(library, "r1"), 0, png(1))
    library.update_run("r1", state="done")
    target = ["move", "--to-data", str(tmp_path / "other")]
    assert main(target) == 2
    assert "An app is using the library" in capsys.readouterr().err
    library.close()
    assert main(["move"]) == 2
    assert "there already" in capsys.readouterr().err
    other = open_library(tmp_path / "other")
    begin(other, "r2")
    other.update_run("r2", state="done")
    other.close()
    assert main(target) == 2
    assert "The new database has other rows" in capsys.readouterr().err
    strange = open_library(tmp_path / "strange", files=files)
    kept = add(strange, begin(strange, "r3"), 0, png(9))
    strange.update_run("r3", state="done")
    assert main(["move", "--to-files", files]) == 2
    assert "other files in the new place" in capsys.readouterr().err
    assert [one.sha256 for one in strange.files.listing("original")] == [kept.sha256]
    strange.close()
    assert main(["move", "--to-files", "ftp://x"]) == 2
    assert "s3://BUCKET/PREFIX" in capsys.readouterr().err


def test_a_damaged_file_is_named_and_left_behind(
    data_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest is moved, and the exit status says that something is missing."""
    library = open_library(data_folder)
    good, bad = add(library, begin(library, "r1"), 0, png(1)), add(library, "r1", 1, png(2))
    library.update_run("r1", state="done")
    path = library.file("original", bad.sha256)
    assert path is not None
    path.write_bytes(b"x" * bad.bytes)
    library.close()
    assert main(["move", "--to-data", str(tmp_path / "new")]) == 1
    assert f"left behind: original/{bad.sha256}" in capsys.readouterr().out
    moved = open_library(tmp_path / "new")
    assert [one.sha256 for one in moved.files.listing("original")] == [good.sha256]
    moved.close()


# Each ends the process at once: when so many files were copied, when the rows of some table were, and at the end.
MOMENTS = {
    "between files": "end(contents, '_copy', 3)",
    "among the rows": "end(move, 'sum_rows', 2)",
    "after the end": "end(main, '_print', 1)",
}
KILLED = """
import os, sys
from components.library import __main__ as main
from components.library.transfer import contents, move

def end(module, name, at):
    known, count = getattr(module, name), []
    def counted(*arguments, **named):
        count.append(1)
        if len(count) == at:
            os._exit(9)
        return known(*arguments, **named)
    setattr(module, name, counted)

{moment}
sys.exit(main.main(sys.argv[1:]))
"""


def test_a_mover_that_is_killed_goes_on(data_folder: Path, tmp_path: Path, database: str, files: str) -> None:
    """At each moment at which a process dies, the new place has no rows or all, and the next call completes it."""
    before = fill(data_folder, tmp_path)
    command = ["move", "--to-database", database, "--to-files", files]
    for moment in MOMENTS.values():
        done = subprocess.run(
            [sys.executable, "-c", KILLED.format(moment=moment), *command],
            cwd=ROOT,
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 9, done.stderr
    assert main(command) == 0
    assert rows_and_files(open_library(data_folder, database_url=database, files=files)) == before
    assert rows_and_files(open_library(data_folder)) == before


def test_text_that_postgresql_cannot_store_is_no_difference(data_folder: Path, tmp_path: Path, database: str) -> None:
    """A NUL in an answer becomes a replacement character, and the move is complete."""
    library = open_library(data_folder)
    begin(library, "r1")
    library.update_run("r1", state="failed", error={"what": "\ud83d broken \0"}, prompt="a\0b")
    library.close()
    assert main(["move", "--to-database", database]) == 0
    moved = open_library(data_folder, database_url=database)
    run = moved.run("r1")
    assert run is not None
    assert run.prompt == "a\ufffdb"
    moved.close()


def test_a_moved_file_has_its_bytes(data_folder: Path, tmp_path: Path, files: str) -> None:
    """Only the files move when only they are named, and the rows stay."""
    library = open_library(data_folder)
    output = add(library, begin(library, "r1"), 0, png(1))
    library.update_run("r1", state="done")
    library.close()
    assert main(["move", "--to-files", files]) == 0
    moved = open_library(data_folder, files=files)
    assert moved.files.digest("original", output.sha256) == hashlib.sha256(png(1)).hexdigest()
    assert moved.outputs("r1") == [output]
    moved.close()

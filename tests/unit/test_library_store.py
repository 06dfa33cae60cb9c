"""The store: its schema, its files, and what it makes of processes that died."""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text as sql
from sqlalchemy.exc import IntegrityError

from components.images.probe import inspect
from components.library import Library, LibraryUnavailable, StoredOutput
from components.library.database import NAME
from components.library.schema import metadata
from components.parameters import InputImage, Request, resolve
from tests.unit.fake_client import png


def ask(**files: Any) -> Request:
    """A request to generate, or to edit when there are pictures."""
    operation = "edit" if files else "generate"
    request = resolve(operation, "gpt-image-2", {"prompt": "a fox"}, **files)
    assert isinstance(request, Request), request
    return request


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """An open library of the test's own."""
    opened = Library.open(data_folder)
    yield opened
    opened.close()


def begin(library: Library, run_id: str, request: Request | None = None) -> str:
    """Write a run; gives its id."""
    library.begin_run(run_id, request or ask(), connection_id="c1", connection_name="Test")
    return run_id


def add(library: Library, run_id: str, index: int, data: bytes) -> StoredOutput:
    """Take a picture in as the runner does."""
    scratch = library.scratch / f"{run_id}-{index}"
    scratch.write_bytes(data)
    small = library.scratch / f"{run_id}-{index}.webp"
    picture = inspect(scratch, max_pixels=10_000, thumbnail=small)
    return library.add_output(run_id, index, scratch, hashlib.sha256(data).hexdigest(), picture, thumbnail=small)


def crash(library: Library) -> None:
    """Leave a library as a killed process does: the lock is gone, everything else stays."""
    library.engine.dispose()
    library._lease._lock.release()
    lock = library.folder / "processes" / f"{library._lease.process}.lock"
    lock.touch()


def an_input(folder: Path, name: str, seed: int) -> InputImage:
    """A picture of the person's, somewhere on the disk."""
    path = folder / name
    path.write_bytes(png(seed))
    digest = hashlib.sha256(png(seed)).hexdigest()
    return InputImage(path, name, "image/png", 40, 30, len(png(seed)), digest, has_alpha=True)


def test_an_empty_folder_becomes_a_library(data_folder: Path) -> None:
    """Opening makes the folder and the newest schema, with WAL, foreign keys and full syncs."""
    library = Library.open(data_folder)
    with library.engine.connect() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys")]
        assert pragmas == ["wal", 1]
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    assert library.check() == []
    library.close()
    assert list((data_folder / "scratch").iterdir()) == []
    assert [path for path in (data_folder / "processes").iterdir() if path.suffix == ".lock"] == []


def test_the_migrations_make_what_the_code_expects(library: Library) -> None:
    """The migrations, from nothing to the newest, give exactly the tables that the code declares."""
    with library.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_a_second_opening_changes_nothing(data_folder: Path) -> None:
    """What was there is there after closing and opening."""
    first = Library.open(data_folder)
    begin(first, "r1")
    stored = add(first, "r1", 0, png(1))
    first.update_run("r1", state="done", ended=2.0, cost=Decimal("0.053"), usage={"output_tokens": 1}, answer={"a": 1})
    run = first.run("r1")
    first.close()
    second = Library.open(data_folder)
    assert second.run("r1") == run
    assert run is not None
    assert (run.state, run.cost, run.usage, run.answer) == ("done", Decimal("0.053"), {"output_tokens": 1}, {"a": 1})
    assert second.outputs("r1") == [stored]
    assert second.output(stored.id) == stored
    second.close()


def test_what_is_not_there_is_none(library: Library) -> None:
    """Unknown ids and contents give None or nothing."""
    assert library.run("nobody") is None
    assert library.output("nobody-0") is None
    assert library.outputs("nobody") == []
    assert library.inputs("nobody") == {}
    assert library.recent() == []
    assert library.file("original", "0" * 64) is None
    assert not library.known_content("0" * 64)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "*" * 64, "." * 64, "/" * 64, "0" * 63])
def test_only_hashes_name_files(library: Library, name: str) -> None:
    """Nothing but a SHA-256 finds a file, so no path can be smuggled in."""
    begin(library, "r1")
    add(library, "r1", 0, png(1))
    assert library.file("original", name) is None


def test_equal_pictures_share_a_file(library: Library) -> None:
    """The same bytes in two runs are one file and two rows, and the scratch files are gone."""
    one = add(library, begin(library, "r1"), 0, png(1))
    two = add(library, begin(library, "r2"), 0, png(1))
    assert one.sha256 == two.sha256
    assert one.id != two.id
    assert len(list((library.folder / "originals").glob("*/*"))) == 1
    assert len(list((library.folder / "thumbnails").glob("*/*"))) == 1
    assert list(library.scratch.iterdir()) == []
    assert library.known_content(one.sha256)
    assert library.check() == []


def test_equal_pictures_at_the_same_moment(library: Library) -> None:
    """Threads that file the same bytes at once do not disturb each other."""
    begin(library, "r1")
    start = threading.Barrier(8)
    failures: list[BaseException] = []

    def work(index: int) -> None:
        try:
            start.wait(10)
            add(library, "r1", index, png(1))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert [output.index for output in library.outputs("r1")] == list(range(8))
    assert library.check() == []


def test_a_half_file_is_replaced_by_the_whole_one(library: Library) -> None:
    """A file of another length under a picture's name is not taken for it."""
    data = png(1)
    digest = hashlib.sha256(data).hexdigest()
    library.files.place("original", digest, "png").write_bytes(data[:20])
    add(library, begin(library, "r1"), 0, data)
    path = library.file("original", digest)
    assert path is not None
    assert path.read_bytes() == data


def test_recent_is_newest_first_with_covers(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists show the newest first, at most so many, each with its first picture."""
    for place in range(5):
        monkeypatch.setattr("components.library.store.time.time", lambda place=place: 100.0 + place)
        begin(library, f"r{place}")
    add(library, "r3", 1, png(2))
    add(library, "r3", 0, png(1))
    found = library.recent(limit=3)
    assert [run.id for run in found] == ["r4", "r3", "r2"]
    assert [run.cover and run.cover.id for run in found] == [None, "r3-0", None]
    assert library.recent(operation="edit") == []
    assert len(library.recent(operation="generate")) == 5


def test_inputs_are_kept(library: Library, tmp_path: Path) -> None:
    """What went into a run is in the library, in its order and roles, even when the person deletes it."""
    one, two, mask = (an_input(tmp_path, name, seed) for name, seed in (("a.png", 1), ("b.png", 2), ("m.png", 3)))
    begin(library, "r1", ask(images=(one, two, one), mask=mask))
    for image in (one, two, mask):
        image.path.unlink()
    found = library.inputs("r1")
    assert [image.name for image in found["image"]] == ["a.png", "b.png", "a.png"]
    assert [image.name for image in found["mask"]] == ["m.png"]
    for image in (*found["image"], *found["mask"]):
        assert image.path.is_relative_to(library.folder)
        assert hashlib.sha256(image.path.read_bytes()).hexdigest() == image.sha256
    assert isinstance(resolve("edit", "gpt-image-2", {"prompt": "x"}, images=tuple(found["image"])), Request)
    assert list(library.scratch.iterdir()) == []


def test_keep_input_moves_nothing(library: Library, tmp_path: Path) -> None:
    """A picture that is kept stays where it was, too; one that is kept twice is there once."""
    image = an_input(tmp_path, "a.png", 1)
    kept = library.keep_input(image)
    assert kept == library.keep_input(image) == library.keep_input(kept)
    assert image.path.exists()
    assert kept.path.read_bytes() == image.path.read_bytes()


def test_children_are_found(library: Library) -> None:
    """A run knows which runs started from its picture."""
    parent = add(library, begin(library, "r1"), 0, png(1))
    library.begin_run("r2", ask(), connection_id="c", connection_name="C", parent_output=parent.id)
    assert library.children(parent.id) == ["r2"]
    assert library.children("r2-0") == []


@pytest.mark.parametrize(("state", "money"), [("queued", "nothing_spent"), ("running", "may_be_billed")])
def test_runs_of_a_dead_process_are_interrupted(data_folder: Path, state: str, money: str) -> None:
    """What a process left open when it died is closed at the next opening, with what had arrived."""
    dead = Library.open(data_folder)
    begin(dead, "r1")
    dead.update_run("r1", state=state)
    kept = add(dead, "r1", 0, png(1))
    (dead.scratch / "half").write_bytes(b"\x89PNG")
    scratch = dead.scratch
    crash(dead)
    library = Library.open(data_folder)
    run = library.run("r1")
    assert run is not None
    assert run.state == "interrupted"
    assert run.error is not None
    assert run.error["money"] == money
    assert run.ended is not None
    assert library.outputs("r1") == [kept]
    assert not scratch.exists()
    assert library.check() == []
    library.close()


@pytest.mark.parametrize("state", ["done", "failed", "cancelled", "interrupted"])
def test_ended_runs_stay_as_they_ended(data_folder: Path, state: str) -> None:
    """A death changes nothing about runs that had ended."""
    dead = Library.open(data_folder)
    begin(dead, "r1")
    dead.update_run("r1", state=state, ended=5.0)
    crash(dead)
    library = Library.open(data_folder)
    run = library.run("r1")
    assert run is not None
    assert (run.state, run.ended) == (state, 5.0)
    library.close()


def test_two_processes_leave_each_other_alone(data_folder: Path) -> None:
    """Two libraries on one folder see each other's runs and interrupt none of them."""
    one = Library.open(data_folder)
    begin(one, "r1")
    (one.scratch / "half").write_bytes(b"x")
    two = Library.open(data_folder)
    begin(two, "r2")
    assert one.settle() == two.settle() == 0
    assert one.check(repair=True) == two.check(repair=True) == []
    for library in (one, two):
        runs = [library.run(name) for name in ("r1", "r2")]
        assert [run and run.state for run in runs] == ["queued", "queued"]
    assert (one.scratch / "half").exists()
    two.close()
    assert one.settle() == 1
    run = one.run("r2")
    assert run is not None
    assert run.state == "interrupted"
    one.close()


def test_check_finds_and_repairs(data_folder: Path) -> None:
    """Rows without files, changed files, files without rows and open runs are named, and repaired when asked."""
    dead = Library.open(data_folder)
    begin(dead, "r9")
    library = Library.open(data_folder)
    begin(library, "r1")
    library.update_run("r1", state="done")
    gone, changed, good = (add(library, "r1", place, png(place)) for place in range(3))
    for output, work in ((gone, Path.unlink), (changed, lambda path: path.write_bytes(b"x" * changed.bytes))):
        path = library.file("original", output.sha256)
        assert path is not None
        work(path)
    stray = library.files.place("original", "f" * 64, "png")
    stray.write_bytes(b"stray")
    crash(dead)
    wrong = library.check()
    assert len(wrong) == 4
    for words in (gone.id, changed.id, "r9", "f" * 64):
        assert any(words in sentence for sentence in wrong)
    assert library.check(repair=True) == wrong
    assert library.outputs("r1") == [good]
    assert (library.folder / "lost-and-found" / stray.name).read_bytes() == b"stray"
    assert library.check() == []
    run = library.run("r9")
    assert run is not None
    assert run.state == "interrupted"
    library.close()


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "full"), (errno.EROFS, "read-only"), (errno.EACCES, "may not be written"), (errno.EIO, "cannot")],
)
def test_trouble_with_the_disk_is_told(
    library: Library, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """What the disk says becomes a sentence, no row is written for a file that is not there."""

    def refuse(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    begin(library, "r1")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(LibraryUnavailable, match=words):
        add(library, "r1", 0, png(1))
    monkeypatch.undo()
    assert library.outputs("r1") == []
    assert library.check() == []


def test_a_run_without_its_inputs_is_not_written(library: Library, tmp_path: Path) -> None:
    """When an input cannot be kept, there is no run."""
    image = an_input(tmp_path, "a.png", 1)
    image.path.unlink()
    with pytest.raises(LibraryUnavailable):
        begin(library, "r1", ask(images=(image,)))
    assert library.run("r1") is None


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    """A library cannot be where a file is, and says so."""
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(LibraryUnavailable):
        Library.open(tmp_path / "data")


def test_a_database_that_is_none(data_folder: Path) -> None:
    """A file that is no database is named, not overwritten, and nobody stays behind."""
    data_folder.mkdir()
    (data_folder / NAME).write_bytes(b"this is no database at all" * 100)
    with pytest.raises(LibraryUnavailable, match="database"):
        Library.open(data_folder)
    assert (data_folder / NAME).read_bytes().startswith(b"this is no")
    assert list((data_folder / "scratch").iterdir()) == []


def test_a_database_that_is_locked(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program that holds the database for too long is named."""
    begin(library, "r1")
    with library.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=1")
    other = sqlite3.connect(library.folder / NAME)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LibraryUnavailable, match="locked"):
        library.update_run("r1", state="running")
    other.rollback()
    other.close()
    library.update_run("r1", state="running")


def test_an_output_needs_its_run(library: Library) -> None:
    """Foreign keys hold: a picture of no run is refused, and a run's rows go with it."""
    with pytest.raises(LibraryUnavailable) as refusal:
        add(library, "nobody", 0, png(1))
    assert isinstance(refusal.value.__cause__, IntegrityError)
    add(library, begin(library, "r1"), 0, png(2))
    with library.engine.begin() as connection:
        connection.execute(sql("DELETE FROM runs"))
    assert library.outputs("r1") == []

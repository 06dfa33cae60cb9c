"""The store: its schema, its files, and what it makes of processes that died."""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy import text as sql
from sqlalchemy.event import listen, remove
from sqlalchemy.exc import IntegrityError

from components.library import Library, LibraryUnavailable, check_library, open_library
from components.library.db.engine import NAME
from components.library.files.content_store import Files
from components.library.request_inputs import on_this_disk
from components.parameters import Estimate, Request, resolve
from tests.unit.library.library_fixtures import add, an_input, ask, begin
from tests.unit.runs.fake_client import png


@pytest.mark.sqlite
def test_an_empty_folder_becomes_a_library(data_folder: Path) -> None:
    """Opening makes the folder and the newest schema, with WAL, foreign keys and full syncs."""
    library = open_library(data_folder)
    with library.engine.connect() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys")]
        assert pragmas == ["wal", 1]
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    assert check_library(library, thorough=True).is_clean
    library.close()
    assert list((data_folder / "scratch").iterdir()) == []
    assert [path for path in (data_folder / "processes").iterdir() if path.suffix == ".lock"] == []


def test_a_second_opening_changes_nothing(data_folder: Path) -> None:
    """What was there is there after closing and opening."""
    first = open_library(data_folder)
    begin(first, "r1")
    stored = add(first, "r1", 0, png(1))
    first.update_run("r1", state="done", ended=2.0, cost=Decimal("0.053"), usage={"output_tokens": 1}, answer={"a": 1})
    run = first.run("r1")
    first.close()
    second = open_library(data_folder)
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


@pytest.mark.folder
def test_identical_images_share_a_file(library: Library) -> None:
    """The same bytes in two runs are one file and two rows, and the staged files are removed."""
    one = add(library, begin(library, "r1"), 0, png(1))
    two = add(library, begin(library, "r2"), 0, png(1))
    assert one.sha256 == two.sha256
    assert one.id != two.id
    assert len(list((library.folder / "originals").glob("*/*"))) == 1
    assert len(list((library.folder / "thumbnails").glob("*/*"))) == 1
    assert list(library.staging.iterdir()) == []
    assert library.known_content(one.sha256)
    assert check_library(library, thorough=True).is_clean


@pytest.mark.folder
def test_a_second_attempt_completes_a_first_one_that_stored_the_row_only(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The original vanishes in the moment the row is written, and cannot be put back: later the same save succeeds."""
    begin(library, "r1")
    adopt, originals = Files.adopt, library.folder / "originals"
    attempts: list[str] = []

    def adopt_once(files: Files, staged: Path, kind: str, *args: Any, **options: Any) -> Path:
        attempts.append(kind)
        if attempts.count("original") == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return adopt(files, staged, kind, *args, **options)

    def vanish(connection: Connection) -> None:
        for path in originals.glob("*/*"):
            path.unlink()

    monkeypatch.setattr(Files, "adopt", adopt_once)
    listen(library.engine, "commit", vanish)
    with pytest.raises(LibraryUnavailable):
        add(library, "r1", 0, png(1))
    remove(library.engine, "commit", vanish)
    stored = add(library, "r1", 0, png(1))
    assert [one.id for one in library.outputs("r1")] == [stored.id]
    assert check_library(library, thorough=True).is_clean


def test_identical_images_at_the_same_moment(library: Library) -> None:
    """Threads that file the same bytes at once do not disturb each other."""
    begin(library, "r1")
    start = threading.Barrier(8)
    failures: list[BaseException] = []

    def work(index: int) -> None:
        try:
            start.wait(60)
            add(library, "r1", index, png(1))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert [output.index for output in library.outputs("r1")] == list(range(8))
    assert check_library(library, thorough=True).is_clean


@pytest.mark.folder
def test_a_partial_file_is_replaced_by_the_complete_one(library: Library) -> None:
    """A file of another length under an image's name is replaced."""
    data = png(1)
    digest = hashlib.sha256(data).hexdigest()
    library.files.path_for("original", digest, "png").write_bytes(data[:20])
    add(library, begin(library, "r1"), 0, data)
    path = library.file("original", digest)
    assert path is not None
    assert path.read_bytes() == data


def test_recent_is_newest_first_with_covers(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists show the newest first, up to a limit, each with its first image."""
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


def test_what_it_was_expected_to_cost(library: Library) -> None:
    """An estimate stays with its run in millionths of a dollar; where nobody knew, None does."""
    amount = Estimate(Decimal("0.0123456"), Decimal("1.5"))
    library.begin_run("r1", ask(), connection_id="c", connection_name="C", estimate=amount)
    library.begin_run("r2", ask(), connection_id="c", connection_name="C", estimate=Estimate(None, None))
    begin(library, "r3")
    stored = [library.run(run_id) for run_id in ("r1", "r2", "r3")]
    assert [(run.estimate_low, run.estimate_high) for run in stored if run is not None] == [
        (Decimal("0.012346"), Decimal("1.5")),
        (None, None),
        (None, None),
    ]


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
    assert list(library.staging.iterdir()) == []


def test_keep_input_moves_nothing(library: Library, tmp_path: Path) -> None:
    """Storing an input keeps the source file; storing it twice creates one file."""
    image = an_input(tmp_path, "a.png", 1)
    kept = library.keep_input(image)
    assert kept == library.keep_input(image) == library.keep_input(kept)
    assert image.path.exists()
    assert kept.path.read_bytes() == image.path.read_bytes()


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "full"), (errno.EROFS, "read-only"), (errno.EACCES, "not writable"), (errno.EIO, "cannot")],
)
def test_disk_errors_are_explained(library: Library, monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    """What the disk says becomes a sentence, no row is written for a file that is not there."""

    def refuse(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    begin(library, "r1")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(LibraryUnavailable, match=words):
        add(library, "r1", 0, png(1))
    monkeypatch.undo()
    assert library.outputs("r1") == []
    assert check_library(library, thorough=True).is_clean


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
        open_library(tmp_path / "data")


@pytest.mark.sqlite
def test_a_database_that_is_none(data_folder: Path) -> None:
    """A file that is no database is named, not overwritten, and nobody stays behind."""
    data_folder.mkdir()
    (data_folder / NAME).write_bytes(b"this is no database at all" * 100)
    with pytest.raises(LibraryUnavailable, match="database"):
        open_library(data_folder)
    assert (data_folder / NAME).read_bytes().startswith(b"this is no")
    assert list((data_folder / "scratch").iterdir()) == []


@pytest.mark.sqlite
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
    """Foreign keys hold: an image without a run is refused, and a run's rows are deleted with it."""
    with pytest.raises(LibraryUnavailable) as refusal:
        add(library, "nobody", 0, png(1))
    assert isinstance(refusal.value.__cause__, IntegrityError)
    add(library, begin(library, "r1"), 0, png(2))
    with library.engine.begin() as connection:
        connection.execute(sql("DELETE FROM runs"))
    assert library.outputs("r1") == []


def test_an_input_of_another_servers_draft_is_found_on_this_disk(library: Library, tmp_path: Path) -> None:
    """Whatever path the other server had; one that the library does not have stays as it is."""
    kept = library.keep_input(an_input(tmp_path, "photo.png", 3))
    other_host = replace(kept, path=Path("/srv/another/machine.png"))
    assert on_this_disk(library, other_host).path.read_bytes() == png(3)
    assert on_this_disk(library, kept) is kept
    unknown = replace(other_host, sha256="0" * 64)
    assert on_this_disk(library, unknown) is unknown

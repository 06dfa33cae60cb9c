"""The files of a library in a folder and on S3: what is stored stays, what is deleted goes, and nothing is doubled."""

from __future__ import annotations

import hashlib
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from components.library import Library, LibraryUnavailable, check_library
from components.library.files.file_store import FileStore
from components.library.files.orphan_journal import record_contents
from components.library.maintenance import housekeeping
from components.library.trash import empty_trash, move_to_trash
from tests.unit.library.file_places import PLACES, FilePlace, file_place
from tests.unit.library.library_fixtures import add, an_input, ask, begin, crash, half_saved
from tests.unit.library.test_simultaneous_marks import together
from tests.unit.runs.fake_client import png

pytestmark = pytest.mark.own_store


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, data_folder: Path) -> Iterator[FilePlace]:
    """A fresh folder, and fresh storage."""
    with file_place(request.param, data_folder) as fresh:
        yield fresh


@pytest.fixture
def library(place: FilePlace) -> Iterator[Library]:
    """An open library whose files are there."""
    opened = place.open()
    yield opened
    opened.close()


def kinds(library: Library, **how: bool) -> list[str]:
    """What a check finds."""
    return sorted(finding.kind for finding in check_library(library, **how).findings)


def test_a_file_is_found_with_its_bytes_and_its_extension(library: Library, place: FilePlace, tmp_path: Path) -> None:
    """An image, its thumbnail and an input come back exactly, also where this disk has no copy."""
    image = library.keep_input(an_input(tmp_path, "a.png", 1))
    output = add(library, begin(library, "r1", ask(images=(image,))), 0, png(2))
    place.forget_copies()
    original = library.file("original", output.sha256)
    assert original is not None
    assert (original.name, original.read_bytes()) == (f"{output.sha256}.png", png(2))
    assert library.inputs("r1")["image"][0].path.read_bytes() == png(1)
    thumbnail = library.file("thumbnail", output.sha256)
    assert thumbnail is not None
    assert thumbnail.stat().st_size > 0
    assert not list(library.staging.iterdir())
    assert library.file("original", "0" * 64) is None
    assert library.file("original", "../" * 22) is None


def test_many_writers_of_one_content_store_one_file(library: Library, place: FilePlace) -> None:
    """Runs that end with the same image at the same moment share its file."""
    for number in range(6):
        begin(library, f"r{number}")
    stored = together(lambda number: add(library, f"r{number}", 0, png(7)), 6)
    assert place.names("original") == {stored[0].sha256}
    assert check_library(library, thorough=True).is_clean


def test_emptying_the_trash_spares_what_is_still_wanted(library: Library, place: FilePlace, tmp_path: Path) -> None:
    """A file goes with its last output; one that is an input too, or another output's, stays."""
    alone, shared = add(library, begin(library, "r1"), 0, png(1)), add(library, "r1", 1, png(2))
    other = add(library, begin(library, "r2"), 0, png(2))
    move_to_trash(library, [alone.id, shared.id])
    assert empty_trash(library) == 2
    assert place.names("original") == place.names("thumbnail") == {other.sha256}
    assert library.file("original", alone.sha256) is None
    assert check_library(library, thorough=True).is_clean


def test_a_row_that_is_written_during_a_removal_keeps_its_file(library: Library, place: FilePlace) -> None:
    """Either the removal sees the row, or the writer stores the file again."""
    removed = add(library, begin(library, "r1"), 0, png(3))
    begin(library, "r2")
    move_to_trash(library, [removed.id])
    known, seen = library.known_content, threading.Event()

    def slow(sha256: str) -> bool:
        answer = known(sha256)
        if not seen.is_set():
            seen.set()
        return answer

    library.known_content = slow  # type: ignore[method-assign]
    remover = threading.Thread(target=lambda: empty_trash(library))
    remover.start()
    assert seen.wait(60)
    kept = add(library, "r2", 0, png(3))
    remover.join()
    assert place.names("original") == {kept.sha256}
    assert check_library(library, thorough=True).is_clean


def test_a_wanted_file_is_put_back(library: Library, place: FilePlace) -> None:
    """What turns out to be wanted while it is being removed is there afterwards."""
    output = add(library, begin(library, "r1"), 0, png(1))
    seen: list[tuple[set[str], float]] = []

    def is_wanted(touched: float) -> bool:
        seen.append((place.names("original"), touched))
        return True

    assert not library.files.remove("original", output.sha256, is_wanted)
    assert output.sha256 not in seen[0][0]
    assert abs(seen[0][1] - time.time()) < 60
    assert place.names("original") == {output.sha256}


def test_a_removal_that_was_cut_short_is_undone(place: FilePlace) -> None:
    """The next start restores what a dead process was removing, and removes what no row names."""
    dead = place.open()
    kept, orphan = add(dead, begin(dead, "r1"), 0, png(1)), add(dead, "r1", 1, png(2))
    record_contents(dead.staging, [kept.sha256, orphan.sha256])

    class Killed(BaseException):
        pass

    def kill(_: float) -> bool:
        raise Killed

    for sha256 in (kept.sha256, orphan.sha256):
        with pytest.raises(Killed):
            dead.files.remove("original", sha256, kill)
    with dead.engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM outputs WHERE id = '{orphan.id}'")
    dead.update_run("r1", state="done")
    crash(dead)
    library = place.open()
    assert place.names("original") == {kept.sha256}
    assert check_library(library, thorough=True).is_clean
    library.close()


def test_the_check_finds_and_repairs(library: Library, place: FilePlace) -> None:
    """Lost, changed and stray files are named, and repaired when asked; no original is deleted."""
    begin(library, "r1")
    library.update_run("r1", state="done")
    removed, changed, good, bare = (add(library, "r1", number, png(number)) for number in range(4))
    place.harm("original", removed.sha256, None)
    place.harm("original", changed.sha256, b"x" * changed.bytes)
    place.harm("thumbnail", bare.sha256, None)
    stray = hashlib.sha256(b"stray").hexdigest()
    staged = library.staging / "stray"
    staged.write_bytes(b"stray")
    library.files.adopt(staged, "original", stray, "png")
    expected = ["changed original", "no original", "no thumbnail", "stray original"]
    assert kinds(library) == expected[1:]
    assert kinds(library, thorough=True) == expected
    repaired = check_library(library, repair=True, thorough=True).findings
    assert all(finding.done for finding in repaired)
    assert place.lost() == {changed.sha256, stray}
    assert {one.id for one in library.outputs("r1")} == {good.id, bare.id}
    assert check_library(library, thorough=True).is_clean


def test_unused_inputs_go_and_held_ones_stay(
    library: Library, place: FilePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An input that no run uses is removed after its time, unless a form held it since."""
    unused, used, held = (library.keep_input(an_input(tmp_path, f"{seed}.png", seed)) for seed in (1, 2, 3))
    begin(library, "r1", ask(images=(used,)))
    moment = time.time() - 1  # a file system's clock may be behind
    for one in (unused, used, held):
        os.utime(one.path, (1, 1))
    if place.url:  # the storage's clock counts whole seconds
        moment = math.ceil(time.time())
        time.sleep(moment - time.time() + 0.05)
    library.files.hold([held.sha256])
    if place.url:
        library.files._background.shutdown(wait=True)  # type: ignore[attr-defined]
    today = library.keep_input(an_input(tmp_path, "today.png", 4))
    assert housekeeping.remove_unused_inputs(library, moment) == 1
    assert place.names("input") == {used.sha256, held.sha256, today.sha256}
    with pytest.raises(LibraryUnavailable, match=r"no longer in the library\. Add it again"):
        library.keep_input(unused)
    with pytest.raises(LibraryUnavailable, match=r"no longer in the library\. Add it again"):
        begin(library, "r2", ask(images=(unused,)))
    assert library.run("r2") is None


@pytest.mark.parametrize("is_aside", [False, True])
def test_an_input_that_a_run_takes_during_its_removal_stays(
    library: Library, place: FilePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_aside: bool
) -> None:
    """Before the file is moved aside, and while it is: then it is stored again."""
    image = library.keep_input(an_input(tmp_path, "a.png", 1))
    files, done = type(library.files), []
    remove = files.remove

    def meanwhile(self: FileStore, kind: str, sha256: str, is_wanted: Callable[[float], bool]) -> bool:
        def take() -> None:
            assert (sha256 in place.names("input")) is not is_aside
            begin(library, "r1", ask(images=(an_input(tmp_path, "again.png", 1),)))
            done.append(sha256)

        def looked(touched: float) -> bool:
            if is_aside:
                take()
            return is_wanted(touched)

        if not is_aside:
            take()
        return remove(self, kind, sha256, looked)

    monkeypatch.setattr(files, "remove", meanwhile)
    assert housekeeping.remove_unused_inputs(library, time.time() + 60) == 0
    assert done == [image.sha256]
    assert place.names("input") == {image.sha256}
    assert library.inputs("r1")["image"][0].path.read_bytes() == png(1)


def test_an_input_whose_removal_was_cut_short_comes_back(library: Library, place: FilePlace, tmp_path: Path) -> None:
    """What a process that died had moved aside is looked at anew: it is kept, or removed after all."""

    class Killed(BaseException):
        pass

    def kill(_: float) -> bool:
        raise Killed

    image = library.keep_input(an_input(tmp_path, "a.png", 1))
    for before, left in ((0.0, {image.sha256}), (time.time() + 60, set())):
        with pytest.raises(Killed):
            library.files.remove("input", image.sha256, kill)
        assert image.sha256 not in place.names("input")
        assert housekeeping.remove_unused_inputs(library, before) == int(not left)
        assert place.names("input") == left


def test_two_listings_see_the_same(library: Library) -> None:
    """A listing names each file once, with its size."""
    begin(library, "r1")
    stored = {add(library, "r1", number, png(number)).sha256: len(png(number)) for number in range(5)}
    assert {one.sha256: one.bytes for one in library.files.listing("original")} == stored
    one = next(iter(stored))
    info = library.files.info("original", one)
    assert info is not None
    assert (info.bytes, library.files.digest("original", one)) == (stored[one], one)


def test_received_images_of_a_dead_process_are_saved(place: FilePlace) -> None:
    """An image that was received before a crash is in the store after the next start."""
    dead = place.open()
    begin(dead, "r1")
    dead.update_run("r1", state="running")
    half_saved(dead, "r1", 0, png(5))
    crash(dead)
    library = place.open()
    assert [one.sha256 for one in library.outputs("r1")] == [hashlib.sha256(png(5)).hexdigest()]
    assert place.names("original") == {hashlib.sha256(png(5)).hexdigest()}
    library.close()


def test_what_is_stored_by_one_server_is_read_by_another(place: FilePlace, tmp_path: Path) -> None:
    """Two servers with folders of their own share the files, if they are on S3."""
    if not place.url:
        pytest.skip("A folder is one server's own.")
    one, two = place.open(), place.open(tmp_path / "other")
    output = add(one, begin(one, "r1"), 0, png(1))
    found: Any = two.file("original", output.sha256)
    assert found.read_bytes() == png(1)
    assert found.is_relative_to(tmp_path / "other" / "cache")
    one.close()
    two.close()

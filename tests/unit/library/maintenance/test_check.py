"""The library's look at itself: files against rows."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from components.library import Library, check_library, open_library
from tests.unit.library.library_fixtures import add, an_input, ask, begin, crash
from tests.unit.runs.fake_client import png


def kinds(library: Library, **how: bool) -> list[str]:
    """What a check finds."""
    return sorted(finding.kind for finding in check_library(library, **how).findings)


def original(library: Library, sha256: str) -> Path:
    """An output's file."""
    path = library.file("original", sha256)
    assert path is not None
    return path


@pytest.mark.folder
def test_check_finds_and_repairs(data_folder: Path) -> None:
    """Rows without files, changed files, files without rows and open runs are named, and repaired when asked."""
    dead = open_library(data_folder)
    begin(dead, "r9")
    library = open_library(data_folder)
    begin(library, "r1")
    library.update_run("r1", state="done")
    removed, changed, good = (add(library, "r1", place, png(place)) for place in range(3))
    original(library, removed.sha256).unlink()
    original(library, changed.sha256).write_bytes(b"x" * changed.bytes)
    stray = library.files.path_for("original", "f" * 64, "png")
    stray.write_bytes(b"stray")
    crash(dead)
    expected = ["changed original", "leftover", "no original", "open run", "stray original"]
    found = check_library(library, thorough=True)
    assert sorted(finding.kind for finding in found.findings) == expected
    for words in (removed.id, changed.id, "r9", "f" * 64):
        assert any(words in finding.what for finding in found.findings)
    assert not any(finding.done for finding in found.findings)
    assert (found.outputs, found.files) == (3, 6)
    repaired = check_library(library, repair=True, thorough=True).findings
    # The thumbnails of the two whose rows went belong to nothing any more.
    assert sorted(finding.kind for finding in repaired) == sorted([*expected, "stray thumbnail", "stray thumbnail"])
    assert all(finding.done for finding in repaired)
    assert library.outputs("r1") == [good]
    lost = data_folder / "lost-and-found"
    assert (lost / stray.name).read_bytes() == b"stray"
    assert (lost / f"{changed.sha256}.png").read_bytes() == b"x" * changed.bytes
    rows = [json.loads(line) for line in (lost / "rows.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == [removed.id, changed.id]
    assert check_library(library, thorough=True).is_clean
    run = library.run("r9")
    assert run is not None
    assert run.state == "interrupted"
    library.close()


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"")], ids=["gone", "empty"])
@pytest.mark.folder
def test_thumbnails_are_made_anew(library: Library, harm: object) -> None:
    """A missing thumbnail, or one that a power cut left empty, is created again."""
    output = add(library, begin(library, "r1"), 0, png(1))
    path = library.file("thumbnail", output.sha256)
    assert path is not None
    before = path.read_bytes()
    assert callable(harm)
    harm(path)
    assert kinds(library) == ["no thumbnail"]
    assert kinds(library, repair=True) == ["no thumbnail"]
    assert check_library(library).is_clean
    assert path.read_bytes() == before


@pytest.mark.folder
def test_an_input_without_its_file_is_reported(library: Library, tmp_path: Path) -> None:
    """A missing input cannot be restored: it is reported, and its run stays."""
    begin(library, "r1", ask(images=(an_input(tmp_path, "a.png", 1),)))
    library.inputs("r1")["image"][0].path.unlink()
    assert kinds(library, repair=True) == ["no input"]
    assert library.run("r1") is not None
    assert library.inputs("r1") == {}


@pytest.mark.folder
def test_an_image_being_saved_is_not_a_stray(library: Library) -> None:
    """While a run is under way a young file without a row is left alone, since its row is about to come."""
    begin(library, "r1")
    young = library.files.path_for("original", "e" * 64, "png")
    young.write_bytes(b"on its way")
    assert check_library(library, repair=True).is_clean
    assert young.exists()
    os.utime(young, (1.0, 1.0))
    assert kinds(library) == ["stray original"]
    os.utime(young)
    library.update_run("r1", state="done")
    assert kinds(library, repair=True) == ["stray original"]
    assert not young.exists()


@pytest.mark.folder
def test_sizes_are_compared_always_and_bytes_on_demand(library: Library) -> None:
    """Only a thorough check reads the images."""
    output = add(library, begin(library, "r1"), 0, png(1))
    path = original(library, output.sha256)
    path.write_bytes(b"x" * output.bytes)
    assert check_library(library).is_clean
    assert kinds(library, thorough=True) == ["changed original"]
    path.write_bytes(b"x")
    assert kinds(library) == ["changed original"]


def test_a_changed_file_is_replaced_by_an_identical_image(library: Library) -> None:
    """A file that was damaged on the disk is replaced by an identical image."""
    output = add(library, begin(library, "r1"), 0, png(1))
    original(library, output.sha256).write_bytes(b"x" * output.bytes)
    add(library, begin(library, "r2"), 0, png(1))
    assert check_library(library, thorough=True).is_clean

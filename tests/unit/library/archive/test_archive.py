"""Archives of the library go out as a ZIP and come in again, whatever happens in the middle."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from components.library import Library, LibraryUnavailable, annotations, check_library, open_library
from components.library.annotations import add_tags, add_to_collection, annotate, collections_of, rename, tags_of
from components.library.archive import exporter, importer
from components.library.archive.exporter import export_zip
from components.library.archive.importer import Imported, import_zip
from components.library.db.schema import collection_outputs, collections, outputs, runs
from components.library.queries.pages import Filter, page
from components.library.trash import empty_trash, move_to_trash
from tests.servers.stores import end_heartbeats, store_of
from tests.setup.environment import ROOT
from tests.support.refusals import allow, refuse
from tests.unit.library.archive.archives import FOX, all_ids, altered, everything, exported, manifest_of, rows, run_of
from tests.unit.library.file_places import place_of
from tests.unit.library.library_fixtures import answered, begin

# Round trips


def test_a_round_trip_gives_equal_rows_and_bytes(library: Library, other: Library, tmp_path: Path) -> None:
    """What comes out of one library is the same in another one, and once more changes nothing."""
    archive = exported(library, tmp_path / "all.zip")
    assert import_zip(other, archive) == Imported(4, 3, 0, ())
    assert everything(other) == everything(library)
    assert {row["process"] for row in rows(other, runs, without=())} == {""}
    assert check_library(other, thorough=True).is_clean
    assert import_zip(other, archive) == Imported(0, 0, 3, ())
    assert everything(other) == everything(library)
    assert list(other.staging.iterdir()) == []
    # The second library's archive tells the same as the first one's.
    assert manifest_of(exported(other, tmp_path / "again.zip"))["runs"] == manifest_of(archive)["runs"]


def test_marks_of_an_answer_travel(library: Library, other: Library, tmp_path: Path) -> None:
    """An answer is exported once, without a file, with its annotations and time of deletion."""
    for run_id in ("asked1", "asked2"):
        answered(library, run_id, tmp_path)
    annotations.star(library, ["asked1-text"])
    annotations.rate(library, ["asked1-text"], 2)
    annotations.reject(library, ["asked1-text"])
    rename(library, "asked1-text", "Wildcat")
    annotate(library, "asked1-text", "for the book")
    add_tags(library, ["asked1-text"], ["cats"])
    add_to_collection(library, "col1", ["asked1-text"])
    move_to_trash(library, ["asked2-text"])
    archive = exported(library, tmp_path / "all.zip")
    assert import_zip(other, archive) == Imported(6, 5, 0, (), 2)
    mark = ("starred", "rating", "rejected", "title", "note", "created", "role", "sha256")
    for run_id in ("asked1", "asked2"):
        one, two = library.answer(run_id), other.answer(run_id)
        assert one is not None
        assert two is not None
        assert [getattr(one, name) for name in mark] == [getattr(two, name) for name in mark]
        assert (one.deleted_at is None) == (two.deleted_at is None)
    assert tags_of(other, ["asked1-text"]) == {"asked1-text": ("cats",)}
    assert [one.name for one in collections_of(other, "asked1-text")] == ["Winter"]
    assert [one.run.id for one in page(other, Filter(words="wildcat")).runs] == ["asked1"]
    assert import_zip(other, archive) == Imported(0, 0, 5, ())
    assert "asked1-text" not in str(manifest_of(archive)["missing"])
    assert check_library(other, thorough=True).is_clean


@pytest.mark.parametrize(
    ("reported", "taken"),
    [
        ({"outputs": []}, 1),  # an archive of before, which knew no such outputs
        ({"text": " \n"}, 0),
        ({"operation": "generate"}, 0),
        ({"gone": True}, 0),
    ],
)
def test_an_answer_comes_from_words_alone(
    library: Library, other: Library, tmp_path: Path, reported: dict[str, Any], taken: int
) -> None:
    """A run with text gets its answer whatever the manifest says; without text it gets none, which is reported."""
    answered(library, "asked1", tmp_path)
    archive = exported(library, tmp_path / "all.zip")

    def change(manifest: dict[str, Any]) -> None:
        one = run_of(manifest, "asked1")
        one.update(reported)
        one["recipe"]["operation"] = one["operation"]

    done = import_zip(other, altered(archive, tmp_path / "other.zip", change))
    assert (done.answers, len(done.refused)) == (taken, 1 - taken)
    assert (other.answer("asked1") is not None) == bool(taken)
    assert check_library(other, thorough=True).is_clean


@pytest.mark.parametrize("reported", [{"sha256": "0" * 64}, {"role": "image"}, {"id": f"{FOX}-text"}, {"title": 5}])
def test_nothing_else_passes_for_an_answer(
    library: Library, other: Library, tmp_path: Path, reported: dict[str, Any]
) -> None:
    """What names itself an answer has no content, is of its own run, and brings nothing but marks."""
    answered(library, "asked1", tmp_path)
    archive = exported(library, tmp_path / "all.zip")

    def change(manifest: dict[str, Any]) -> None:
        run_of(manifest, "asked1")["outputs"][0].update(reported)

    done = import_zip(other, altered(archive, tmp_path / "other.zip", change))
    assert len(done.refused) == 1
    assert other.answer(FOX) is None
    assert other.outputs("asked1") == []
    assert check_library(other, thorough=True).is_clean


def test_what_is_there_stays_and_what_lacks_is_added(library: Library, other: Library, tmp_path: Path) -> None:
    """A run that is there is kept with its labels, and gets the outputs that it lacks."""
    assert import_zip(other, exported(library, tmp_path / "one.zip", [f"{FOX}-1"])) == Imported(1, 1, 0, ())
    with other.engine.begin() as connection:
        connection.execute(update(outputs).values(title="mine", starred=False))
        connection.execute(update(runs).values(text="mine"))
    assert import_zip(other, exported(library, tmp_path / "all.zip")) == Imported(3, 2, 1, ())
    kept = other.output(f"{FOX}-1")
    assert kept is not None
    assert (kept.title, kept.starred, kept.note) == ("mine", False, "for the cover")
    run = other.run(FOX)
    assert run is not None
    assert run.text == "mine"
    assert [one.id for one in other.outputs(FOX)] == [f"{FOX}-0", f"{FOX}-1"]
    assert all_ids(other, collections) != ["col1"]
    assert check_library(other, thorough=True).is_clean


def test_collections_are_found_by_name(library: Library, other: Library, tmp_path: Path) -> None:
    """Images are added to an existing collection of the same name."""
    with other.engine.begin() as connection:
        connection.execute(insert(collections).values(id="here", name="Winter", created=1.0))
    import_zip(other, exported(library, tmp_path / "all.zip"))
    assert all_ids(other, collections) == ["here"]
    assert [row["output_id"] for row in rows(other, collection_outputs)] == [f"{FOX}-1"]


def test_the_trash(library: Library, other: Library, tmp_path: Path) -> None:
    """An output in the trash is exported by its id only, and imported into the trash with a new time."""
    with library.engine.begin() as connection:
        connection.execute(update(outputs).where(outputs.c.id == f"{FOX}-0").values(deleted_at=5.0))
    complete = tmp_path / "whole.zip"
    complete.write_bytes(b"".join(export_zip(library, [], run_ids=[FOX])))
    assert [one["id"] for one in run_of(manifest_of(complete))["outputs"]] == [f"{FOX}-1"]
    import_zip(other, exported(library, tmp_path / "binned.zip", [f"{FOX}-0"]))
    found = other.output(f"{FOX}-0")
    assert found is not None
    assert found.deleted_at is not None
    assert found.deleted_at > 1e9


def test_runs_in_the_trash(library: Library, other: Library, tmp_path: Path) -> None:
    """A run without images stays in the trash after an import; a purged run stays hidden."""
    move_to_trash(library, [], when=5.0, run_ids=["words1"])
    empty_trash(library)
    move_to_trash(library, [], when=5.0, run_ids=["failed1"])
    archive = tmp_path / "binned.zip"
    archive.write_bytes(b"".join(export_zip(library, [], run_ids=["words1", "failed1"])))
    import_zip(other, archive)
    binned, purged = other.run("failed1"), other.run("words1")
    assert binned is not None
    assert purged is not None
    assert (binned.deleted_at or 0) > 1e9
    assert purged.purged


def test_unknown_columns_are_ignored_and_missing_ones_default(library: Library, other: Library, tmp_path: Path) -> None:
    """An archive of another version of the app comes in as far as both know the same."""

    def change(manifest: dict[str, Any]) -> None:
        manifest["mood"] = "good"
        for run in manifest["runs"]:
            run |= {"mood": 3, "process": "abc"}
            for name in ("owner", "text", "usage", "extra", "started"):
                del run[name]
            for output in run["outputs"]:
                output |= {"mood": [1]}
                for name in ("note", "starred", "facts", "tags", "collections", "role"):
                    del output[name]

    archive = altered(exported(library, tmp_path / "all.zip"), tmp_path / "new.zip", change)
    assert import_zip(other, archive) == Imported(4, 3, 0, ())
    assert {row["owner"] for row in rows(other, runs)} == {""}
    assert {row["process"] for row in rows(other, runs, without=())} == {""}
    assert not any(row["starred"] for row in rows(other, outputs))


def test_a_run_that_was_under_way_is_interrupted(library: Library, other: Library, tmp_path: Path) -> None:
    """Nobody works on an imported run, so it has ended, and says so."""
    begin(library, "open1")
    library.update_run("edit1", state="running")
    import_zip(other, exported(library, tmp_path / "all.zip"))
    for run_id, title in (("open1", "Interrupted before it was sent"), ("edit1", "Interrupted")):
        run = other.run(run_id)
        assert run is not None
        assert run.error is not None
        assert (run.state, run.error["title"]) == ("interrupted", title)
        assert run.ended is not None
    assert check_library(other).is_clean


def test_a_run_under_way_here_is_left_alone(library: Library, tmp_path: Path) -> None:
    """An import does not take the index of an image that its run is about to save."""
    archive = exported(library, tmp_path / "all.zip")
    with library.engine.begin() as connection:
        connection.execute(outputs.delete().where(outputs.c.id == f"{FOX}-1"))
    library.update_run(FOX, state="running")
    done = import_zip(library, archive)
    assert (done.outputs, done.known, len(done.refused)) == (0, 2, 1)
    assert "under way" in done.refused[0]


def test_a_long_manifest_comes_in_parts(
    library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part is read for itself, so that an archive may be larger than what is read at once."""
    monkeypatch.setattr(exporter, "PART_BYTES", 1500)
    archive = exported(library, tmp_path / "all.zip")
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if name.startswith("manifest")]
    assert names == ["manifest.csv", *manifest_of(archive)["parts"], "manifest.json"]
    assert len(names) > 3
    assert import_zip(other, archive) == Imported(4, 3, 0, ())
    assert everything(other) == everything(library)


# Stops in the middle


class _Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("stop", range(1, 9))
def test_a_stop_in_the_middle_leaves_no_half(
    stop: int, library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run is there with all its outputs and inputs, or not at all; the next import completes it."""
    archive = exported(library, tmp_path / "all.zip")
    steps = iter(range(1, 10_000))

    def counted(real: Callable[..., Any], after: bool) -> Callable[..., Any]:
        def step(*given: Any, **named: Any) -> Any:
            done = real(*given, **named) if after else None
            if next(steps) == stop:
                raise _Killed
            return done if after else real(*given, **named)

        return step

    with monkeypatch.context() as patch:
        patch.setattr(type(other.files), "adopt", counted(type(other.files).adopt, after=True))
        patch.setattr(importer, "insert_output", counted(importer.insert_output, after=True))
        with pytest.raises(_Killed):
            import_zip(other, archive)
    complete, half = everything(library), everything(other)
    assert files_without_a_row(other) == []
    assert list(other.staging.iterdir()) == []
    for run_id in all_ids(other, runs):
        for table, key in (("outputs", "run_id"), ("inputs", "run_id")):
            of_run = [row for row in half[table] if row[key] == run_id]
            assert of_run == [row for row in complete[table] if row[key] == run_id]
    again = import_zip(other, archive)
    assert again.refused == ()
    assert again.outputs + again.known == 3
    assert everything(other) == complete
    assert check_library(other, thorough=True).is_clean


def files_without_a_row(library: Library) -> list[str]:
    """Return the names of originals and thumbnails without an output, including young ones, which a check ignores."""
    known = {row["sha256"] for row in rows(library, outputs)}
    found = [name for kind in ("original", "thumbnail") for name in sorted(place_of(library).names(kind))]
    return [name for name in found if name not in known]


def test_a_refused_import_leaves_nothing_behind(library: Library, other: Library, tmp_path: Path) -> None:
    """Images whose rows could not be inserted are removed again, and a later import adds them."""
    archive = exported(library, tmp_path / "all.zip")
    refuse(other, "INSERT", "outputs", "database or disk is full")
    with pytest.raises(LibraryUnavailable, match="full"):
        import_zip(other, archive)
    assert rows(other, outputs) == []
    assert files_without_a_row(other) == []
    assert list(other.staging.iterdir()) == []
    allow(other, "outputs")
    import_zip(other, archive)
    assert everything(other) == everything(library)


def test_what_cannot_be_removed_either_goes_at_the_next_start(
    library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When even taking back fails, it is written down what no row wants."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    archive = exported(library, tmp_path / "all.zip")
    with monkeypatch.context() as patch:
        patch.setattr(importer, "insert_output", refuse)
        patch.setattr(type(other.files), "remove", refuse)
        with pytest.raises(LibraryUnavailable, match="read-only"):
            import_zip(other, archive)
    assert files_without_a_row(other)
    other.close()
    again = open_library(other.folder)
    assert files_without_a_row(again) == []
    assert list((again.folder / "scratch").iterdir()) == [again.staging]
    again.close()


# Imports an archive, and dies at one of the steps on the disk and the database.
IMPORT = """
import json, os, sys
from pathlib import Path
from components.library import open_library
from components.library.archive.importer import import_zip
from tests.unit.library.dying_process import die_at

folder, archive, last = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
library = open_library(folder, **json.loads(sys.argv[4]))
steps = die_at(last, library)
import_zip(library, archive)
print(steps(), flush=True)
os._exit(0)
"""


def import_in_own_process(folder: Path, archive: Path, last: int) -> subprocess.CompletedProcess[str]:
    """An import in a process of its own, which dies at its step `last`; 0 for never."""
    command = [sys.executable, "-c", IMPORT, str(folder), str(archive), str(last), json.dumps(store_of(folder))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)


def test_a_kill_at_any_step_is_made_good_by_the_next_import(library: Library, tmp_path: Path) -> None:
    """No staged file and no stray is left, no run is half there, and what lacks comes with the next import."""
    archive = exported(library, tmp_path / "all.zip")
    steps = int(import_in_own_process(tmp_path / "never", archive, 0).stdout)
    for moment in range(1, 6):
        folder = tmp_path / str(moment)
        assert import_in_own_process(folder, archive, moment * steps // 6).returncode == -signal.SIGKILL
        end_heartbeats(folder)
        other = open_library(folder)
        try:
            assert list((folder / "scratch").iterdir()) == [other.staging]
            assert check_library(other, thorough=True).is_clean
            done = import_zip(other, archive)
            assert (done.outputs + done.known, done.refused) == (3, ())
            assert everything(other) == everything(library)
            assert check_library(other, thorough=True).is_clean
        finally:
            other.close()


def test_a_check_during_an_import_takes_no_file_for_a_stray(
    library: Library, other: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image's file exists shortly before its row and must not be moved to lost-and-found."""
    real = importer._Import._write

    def looked_at(work: Any, *given: Any) -> None:
        assert check_library(other, repair=True).is_clean
        real(work, *given)

    monkeypatch.setattr(importer._Import, "_write", looked_at)
    import_zip(other, exported(library, tmp_path / "all.zip"))
    assert check_library(other, thorough=True).is_clean

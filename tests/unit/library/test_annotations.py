"""Stars, titles, notes, tags, collections, and the trash."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from components.library import Library, LibraryUnavailable, annotations, check_library, open_library, trash
from components.library.db.schema import outputs
from components.library.queries.pages import Filter, page
from tests.support.refusals import refuse
from tests.unit.library.library_fixtures import add, an_input, ask, begin
from tests.unit.runs.fake_client import png

MANY = 2_500


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """Three runs with one output each: r0-0, r1-0, r2-0."""
    opened = open_library(data_folder)
    for place in range(3):
        add(opened, begin(opened, f"r{place}"), 0, png(place))
    yield opened
    opened.close()


def found(library: Library, **asked: object) -> set[str]:
    """Return the ids of the outputs that match a filter."""
    got = page(library, Filter(**asked), limit=MANY).runs  # type: ignore[arg-type]
    return {output.id for one in got for output in one.outputs}


def marks(library: Library, output_id: str = "r0-0") -> tuple[bool, str, str]:
    """An output's star, title and note."""
    stored = library.output(output_id)
    assert stored is not None
    return stored.starred, stored.title, stored.note


def crowd(library: Library) -> list[str]:
    """Thousands of outputs of some runs, rows only; their ids and one that does not exist."""
    crowded = [begin(library, f"crowd{number}") for number in range(50)]
    row = {"sha256": "f" * 64, "format": "png", "width": 1, "height": 1, "frames": 1}
    rows = [
        {
            **row,
            "id": f"r0-{place}",
            "run_id": crowded[place % 50],
            "position": place,
            "has_alpha": False,
            "bytes": 1,
            "created": 1.0,
        }
        for place in range(1, MANY)
    ]
    with library.engine.begin() as connection:
        connection.execute(insert(outputs), rows)
    return ["nothing", *(str(row["id"]) for row in rows), "r0-0", "r0-0"]


def test_stars(library: Library) -> None:
    """A star is given and taken away; ids of nothing do nothing."""
    annotations.star(library, ["r0-0", "r2-0", "nothing"])
    assert found(library, starred=True) == {"r0-0", "r2-0"}
    annotations.star(library, ["r0-0"], on=False)
    assert found(library, starred=True) == {"r2-0"}
    annotations.star(library, [])


def test_titles_and_notes(library: Library) -> None:
    """They are trimmed, found by their words, and refused when they are too long."""
    annotations.rename(library, "r0-0", "  The  ocelot\n")
    annotations.annotate(library, "r0-0", " For the zoo.\n\nTwice. ")
    assert marks(library) == (False, "The ocelot", "For the zoo.\n\nTwice.")
    assert found(library, words="ocelot twice") == {"r0-0"}
    annotations.rename(library, "r0-0", "x" * 200)
    annotations.annotate(library, "r0-0", "y" * 10_000)
    with pytest.raises(ValueError, match="A title has at most 200 characters; this one has 201"):
        annotations.rename(library, "r0-0", "z" * 201)
    with pytest.raises(ValueError, match="A note has at most 10,000 characters"):
        annotations.annotate(library, "r0-0", "z" * 10_001)
    assert marks(library) == (False, "x" * 200, "y" * 10_000)
    annotations.rename(library, "r0-0", "")
    assert marks(library)[1] == ""
    annotations.rename(library, "nothing", "title")


def test_tags(library: Library) -> None:
    """Tags are one whatever their case and spaces; they are counted, replaced and taken away."""
    annotations.add_tags(library, ["r0-0", "r1-0", "nothing"], [" Big\tLogo ", "big logo", "Tier"])
    annotations.add_tags(library, ["r0-0", "r2-0"], ["BIG LOGO"])
    assert annotations.tags_of(library, ["r0-0", "r2-0", "nothing"]) == {
        "r0-0": ("big logo", "tier"),
        "r2-0": ("big logo",),
    }
    assert annotations.all_tags(library) == [("big logo", 3), ("tier", 2)]
    assert annotations.all_tags(library, limit=1) == [("big logo", 3)]
    trash.move_to_trash(library, ["r0-0", "r1-0"])
    assert annotations.all_tags(library) == [("big logo", 1)]
    trash.restore_from_trash(library, ["r0-0", "r1-0"])
    annotations.remove_tag(library, ["r0-0", "nothing"], "Big  Logo")
    annotations.set_tags(library, "r1-0", ["tier", "New"])
    assert annotations.tags_of(library, ["r0-0", "r1-0"]) == {"r0-0": ("tier",), "r1-0": ("new", "tier")}
    annotations.set_tags(library, "r1-0", [])
    assert annotations.tags_of(library, ["r1-0"]) == {}
    assert found(library, words="tier") == {"r0-0"}


@pytest.mark.parametrize(
    ("bad", "said"),
    [("", "at least one"), ("  \n", "at least one"), ("a,b", "has a comma"), ("x" * 101, "at most 100")],
)
def test_bad_tags(library: Library, bad: str, said: str) -> None:
    """A bad tag is refused with a sentence, and the good ones beside it are not written either."""
    for write in (
        lambda: annotations.add_tags(library, ["r0-0"], ["good", bad]),
        lambda: annotations.set_tags(library, "r0-0", ["good", bad]),
        lambda: annotations.remove_tag(library, ["r0-0"], bad),
    ):
        with pytest.raises(ValueError, match=said):
            write()
    assert annotations.all_tags(library) == []
    annotations.add_tags(library, ["r0-0"], ["x" * 100])


def test_thousands_at_once(library: Library) -> None:
    """No list of ids is too long, with ids of nothing and the same one twice in it."""
    ids = crowd(library)
    annotations.star(library, ids)
    assert len(found(library, starred=True)) == MANY
    annotations.add_tags(library, ids, ["a", "b"])
    annotations.add_tags(library, ids, ["b"])
    assert annotations.all_tags(library) == [("a", MANY), ("b", MANY)]
    assert len(annotations.tags_of(library, ids)) == MANY
    annotations.remove_tag(library, ids, "a")
    made = annotations.new_collection(library, "All")
    annotations.add_to_collection(library, made.id, ids)
    annotations.add_to_collection(library, made.id, ids)
    assert annotations.collections(library)[0].count == MANY
    annotations.remove_from_collection(library, made.id, ids[:1_500])
    assert annotations.collections(library)[0].count == MANY - 1_499
    trash.move_to_trash(library, ids)
    assert trash.count_trash(library) == MANY
    trash.restore_from_trash(library, ids[:1_500])
    assert trash.count_trash(library) == MANY - 1_499
    assert trash.empty_trash(library) == MANY - 1_499


def test_each_call_is_one_transaction(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk fails halfway, none of the ids is changed."""
    ids = crowd(library)
    refuse(library, "UPDATE", "outputs", "disk is full", f"new.id = 'r0-{MANY - 1}'")
    with pytest.raises(LibraryUnavailable, match="full"):
        annotations.star(library, ids)
    assert found(library, starred=True) == set()


def test_collections(library: Library) -> None:
    """Collections are created, filled, renamed and deleted; the trash is not counted, and outputs stay."""
    best = annotations.new_collection(library, "  Best  of\tall ", owner="Ada")
    assert (best.name, best.owner, best.count) == ("Best of all", "Ada", 0)
    other = annotations.new_collection(library, "another")
    annotations.add_to_collection(library, best.id, ["r0-0", "r1-0", "nothing", "r0-0"])
    annotations.add_to_collection(library, other.id, ["r1-0"])
    annotations.add_to_collection(library, "nothing", ["r1-0"])
    assert [(one.name, one.count) for one in annotations.collections(library)] == [("another", 1), ("Best of all", 2)]
    assert [one.id for one in annotations.collections_of(library, "r1-0")] == [other.id, best.id]
    assert annotations.collections_of(library, "r0-0")[0].count == 2
    trash.move_to_trash(library, ["r1-0"])
    assert [one.count for one in annotations.collections(library)] == [0, 1]
    assert found(library, collection=best.id) == {"r0-0"}
    trash.restore_from_trash(library, ["r1-0"])
    annotations.rename_collection(library, other.id, "Zebras")
    annotations.remove_from_collection(library, best.id, ["r0-0", "nothing"])
    assert [(one.name, one.count) for one in annotations.collections(library)] == [("Best of all", 1), ("Zebras", 1)]
    annotations.delete_collection(library, best.id)
    assert [one.name for one in annotations.collections(library)] == ["Zebras"]
    assert library.output("r1-0") is not None


@pytest.mark.parametrize(("bad", "said"), [("  ", "needs a name"), ("x" * 201, "at most 200")])
def test_bad_names_of_collections(library: Library, bad: str, said: str) -> None:
    """A collection has a name of at most 200 characters."""
    with pytest.raises(ValueError, match=said):
        annotations.new_collection(library, bad)
    made = annotations.new_collection(library, "x" * 200)
    with pytest.raises(ValueError, match=said):
        annotations.rename_collection(library, made.id, bad)
    assert annotations.collections(library) == [made]


# The trash


def files(library: Library, seed: int) -> list[bool]:
    """Return whether the original and the thumbnail of an image exist."""
    sha256 = hashlib.sha256(png(seed)).hexdigest()
    return [library.file(kind, sha256) is not None for kind in ("original", "thumbnail")]


def test_move_to_trash_and_restore(library: Library) -> None:
    """Outputs in the trash are hidden and restored with all annotations; the first time of deletion stays."""
    annotations.star(library, ["r0-0"])
    trash.move_to_trash(library, ["r0-0", "nothing"], when=5.0)
    trash.move_to_trash(library, ["r0-0"], when=9.0)
    stored = library.output("r0-0")
    assert stored is not None
    assert stored.deleted_at == 5.0
    assert found(library) == {"r1-0", "r2-0"}
    assert found(library, in_trash=True) == {"r0-0"}
    assert [one.cover is None for one in library.recent()] == [False, False, True]
    assert trash.count_trash(library) == 1
    trash.restore_from_trash(library, ["r0-0", "r1-0", "nothing"])
    assert trash.count_trash(library) == 0
    assert found(library, starred=True) == {"r0-0"}


def test_empty_trash(library: Library) -> None:
    """Rows and files go, with tags and collections; the run and what it cost stay, and the library is clean."""
    library.update_run("r0", cost=Decimal("0.5"), state="done")
    for one in ("r1", "r2"):
        library.update_run(one, state="done")
    annotations.add_tags(library, ["r0-0"], ["a"])
    made = annotations.new_collection(library, "All")
    annotations.add_to_collection(library, made.id, ["r0-0", "r1-0"])
    trash.move_to_trash(library, ["r0-0"], when=5.0)
    trash.move_to_trash(library, ["r1-0"], when=7.0)
    assert trash.empty_trash(library, before=5.0) == 0
    assert trash.empty_trash(library, before=6.0) == 1
    assert (files(library, 0), files(library, 1)) == ([False, False], [True, True])
    assert library.output("r0-0") is None
    assert annotations.tags_of(library, ["r0-0"]) == {}
    run = library.run("r0")
    assert run is not None
    assert run.cost == Decimal("0.5")
    assert trash.empty_trash(library) == 1
    assert trash.empty_trash(library) == 0
    assert (files(library, 1), files(library, 2)) == ([False, False], [True, True])
    assert annotations.collections(library)[0].count == 0
    assert check_library(library, thorough=True).is_clean


def test_runs_without_an_image_in_the_trash(library: Library) -> None:
    """A failed run or an answer moves to the trash and back; purged, only its cost is left."""
    for run_id, values in (
        ("failed", {"state": "failed"}),
        ("answer", {"state": "done", "text": "An ocelot.", "answer": {"id": "resp_1"}, "cost": Decimal("0.5")}),
        ("going", {"state": "running"}),
    ):
        library.update_run(begin(library, run_id), **values)

    def shown(**asked: Any) -> set[str]:
        return {one.run.id for one in page(library, Filter(**asked)).runs if not one.outputs}

    trash.move_to_trash(library, [], when=5.0, run_ids=["failed", "answer", "going", "r0", "nothing"])
    assert shown() == {"going"}, "what is under way stays, and a run with images goes with them alone"
    assert shown(in_trash=True) == {"failed", "answer"}
    assert shown(words="ocelot") == set()
    assert {one.id for one in library.recent()} == {"going", "r0", "r1", "r2"}
    assert (trash.count_trash(library), trash.count_trashed_runs(library)) == (0, 2)
    trash.restore_from_trash(library, [], run_ids=["failed", "r0"])
    assert shown() == {"failed", "going"}
    trash.empty_trash(library, before=5.0)
    assert trash.count_trashed_runs(library) == 1
    trash.empty_trash(library, before=6.0)
    assert trash.count_trashed_runs(library) == 0
    assert shown() == {"failed", "going"}
    assert shown(words="ocelot") == set()
    purged = library.run("answer")
    assert purged is not None
    assert (purged.purged, purged.text, purged.answer, purged.cost) == (True, "", None, Decimal("0.5"))


def test_a_file_that_others_need_stays(library: Library, tmp_path: Path) -> None:
    """A file goes with the last output that has its content, and stays when it went into a run."""
    add(library, "r1", 5, png(0))
    trash.move_to_trash(library, ["r0-0"])
    assert trash.empty_trash(library) == 1
    assert files(library, 0) == [True, True]
    begin(library, "r9", ask(images=(an_input(tmp_path, "a.png", 2),)))
    trash.move_to_trash(library, ["r1-5", "r2-0"])
    assert trash.empty_trash(library) == 2
    assert (files(library, 0), files(library, 2)) == ([False, False], [True, True])
    for run_id in ("r0", "r1", "r2", "r9"):
        library.update_run(run_id, state="done")
    assert check_library(library, thorough=True).is_clean


@pytest.mark.folder
def test_a_crash_while_the_trash_is_emptied(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows go before files: what a crash leaves is a file that the self-check finds, never a row without its file."""
    for run_id in ("r0", "r1", "r2"):
        library.update_run(run_id, state="done")
    trash.move_to_trash(library, ["r0-0"])

    def refuse(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        with pytest.raises(LibraryUnavailable, match="full"):
            trash.empty_trash(library)
    assert library.output("r0-0") is None
    assert {one.kind for one in check_library(library).findings} == {"stray original", "stray thumbnail"}
    check_library(library, repair=True)
    assert check_library(library).is_clean


def interrupt(at: str, monkeypatch: pytest.MonkeyPatch, then: Callable[[], object]) -> None:
    """Do something once, right before a file is moved aside (`rename`) or after that (`ask`)."""
    real = os.replace
    done: list[bool] = []

    def replace(source: Path, target: Path) -> None:
        is_it = Path(target).name.startswith("gone-") and not done
        if is_it:
            done.append(True)
        if is_it and at == "rename":
            then()
        real(source, target)
        if is_it and at == "ask":
            then()

    monkeypatch.setattr(os, "replace", replace)


@pytest.mark.folder
@pytest.mark.parametrize("at", ["rename", "ask"])
def test_an_identical_image_arrives_while_the_trash_is_emptied(
    library: Library, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """An image that arrives during the deletion of an identical one keeps its file."""
    trash.move_to_trash(library, ["r0-0"])
    interrupt(at, monkeypatch, lambda: add(library, "r1", 7, png(0)))
    assert trash.empty_trash(library) == 1
    for run_id in ("r0", "r1", "r2"):
        library.update_run(run_id, state="done")
    assert files(library, 0) == [True, True]
    assert check_library(library, thorough=True).is_clean


@pytest.mark.folder
def test_the_trash_is_emptied_between_file_and_row(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image stores its file again when an identical one is deleted between file and row."""
    trash.move_to_trash(library, ["r0-0"])
    real = library.files.adopt
    kinds: list[str] = []

    class Files(type(library.files)):  # type: ignore[misc]
        def adopt(self, staged: Path, kind: str, *args: str, **more: bool) -> Path:
            place = real(staged, kind, *args, **more)
            kinds.append(kind)
            if kinds == ["original", "thumbnail"]:
                assert trash.empty_trash(library) == 1
                assert files(library, 0) == [False, False]
            return place

    monkeypatch.setattr(library, "files", Files(library.folder))
    add(library, "r1", 7, png(0))
    assert files(library, 0) == [True, True]
    assert len(list(library.staging.iterdir())) == 0


def test_the_trash_empties_itself(data_folder: Path) -> None:
    """Items that have been in the trash for 30 days are deleted at the next start, others are not."""
    library = open_library(data_folder)
    for place in range(3):
        add(library, begin(library, f"r{place}"), 0, png(place))
    days = 86_400.0
    trash.move_to_trash(library, ["r0-0"], when=time.time() - 30.1 * days)
    trash.move_to_trash(library, ["r1-0"], when=time.time() - 29.9 * days)
    library.close()
    library = open_library(data_folder)
    assert [library.output(f"r{place}-0") is not None for place in range(3)] == [False, True, True]
    assert (files(library, 0), files(library, 1)) == ([False, False], [True, True])
    library.close()


def test_errors_are_reported(library: Library) -> None:
    """A failing database raises LibraryUnavailable."""
    with library.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE output_tags")
    with pytest.raises(LibraryUnavailable):
        annotations.all_tags(library)
    with pytest.raises(LibraryUnavailable):
        annotations.add_tags(library, ["r0-0"], ["a"])

"""Parents and children of an image."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from components.library import Library, StoredOutput, StoredRun, open_library
from components.library.queries.family import children, former, parents, run_before
from components.library.trash import move_to_trash, restore_from_trash
from components.library.visible.visible_library import VisibleLibrary
from components.parameters import InputImage, Request, resolve
from components.team.people import Person
from tests.unit.library.library_fixtures import add, an_input, ask, begin
from tests.unit.runs.fake_client import png


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library."""
    library = open_library(tmp_path / "data")
    yield library
    library.close()


def as_input(library: Library, output: StoredOutput) -> InputImage:
    """Return an output as an input image."""
    path = library.file("original", output.sha256)
    assert path is not None
    kind = f"image/{output.format}"
    image = InputImage(path, "a.png", kind, output.width, output.height, output.bytes, output.sha256, False)
    return library.keep_input(image)


def stored(library: Library, run_id: str) -> StoredRun:
    """A run that is there."""
    run = library.run(run_id)
    assert run is not None
    return run


def test_a_run_knows_its_parent_and_the_parent_its_children(library: Library) -> None:
    """By the output that the run names, though it took nothing in."""
    parent = add(library, begin(library, "r1"), 0, png(1))
    library.begin_run("r2", ask(), connection_id="c", connection_name="C", parent_output=parent.id)
    assert [run.id for run in children(library, parent)] == ["r2"]
    assert [output.id for output in parents(library, stored(library, "r2"))] == [parent.id]
    assert parents(library, stored(library, "r1")) == []


def test_input_images_are_family_too(library: Library, tmp_path: Path) -> None:
    """An output that was used as one of several inputs belongs to the family; other images do not."""
    first = add(library, begin(library, "r1"), 0, png(1))
    second = add(library, begin(library, "r2"), 0, png(2))
    own = an_input(tmp_path, "own.png", 3)
    images = (as_input(library, first), own, as_input(library, second))
    library.begin_run("r3", ask(images=images), connection_id="c", connection_name="C", parent_output=first.id)
    assert [output.id for output in parents(library, stored(library, "r3"))] == [first.id, second.id]
    assert [run.id for run in children(library, second)] == ["r3"]


def test_identical_images_count_once_and_never_their_own_run(library: Library) -> None:
    """The same content made twice is one parent; a run whose result equals its input is not its own parent."""
    first = add(library, begin(library, "r1"), 0, png(1))
    add(library, begin(library, "r2"), 0, png(1))
    library.begin_run("r3", ask(images=(as_input(library, first),)), connection_id="c", connection_name="C")
    result = add(library, "r3", 0, png(1))
    assert len(parents(library, stored(library, "r3"))) == 1
    assert result.run_id not in {run.id for run in children(library, result)}
    assert [run.id for run in children(library, first)] == ["r3"]


def test_a_deleted_parent_is_left_out(library: Library) -> None:
    """A run that names an output which was deleted for good has no parent to show."""
    begin(library, "r1")
    assert parents(library, dataclasses.replace(stored(library, "r1"), parent_output="r0-0")) == []


def test_a_child_in_the_trash_is_not_shown(library: Library) -> None:
    """A failed run in the trash is hidden from the family until it is restored."""
    parent = add(library, begin(library, "r1"), 0, png(1))
    library.begin_run("r2", ask(), connection_id="c", connection_name="C", parent_output=parent.id)
    library.update_run("r2", state="failed")
    move_to_trash(library, [], run_ids=["r2"])
    assert children(library, parent) == []
    restore_from_trash(library, [], run_ids=["r2"])
    assert [run.id for run in children(library, parent)] == ["r2"]


def test_the_former_image_is_the_parent_or_the_one_before(library: Library) -> None:
    """The previous image is of the same owner; images in the trash are skipped."""

    def made(run_id: str, when: float, owner: str = "", parent: str | None = None) -> StoredOutput:
        library.begin_run(
            run_id, ask(), connection_id="c", connection_name="C", created=when, owner=owner, parent_output=parent
        )
        return add(library, run_id, 0, png(int(when)))

    first, second, third = made("r1", 1.0), made("r2", 2.0), made("r3", 3.0)
    child = made("r4", 4.0, parent=first.id)
    made("r5", 5.0, owner="Anna")
    found = {run_id: former(library, run_id) for run_id in ("r1", "r3", "r4", "r5", "nothing")}
    assert found == {"r1": None, "r3": second, "r4": first, "r5": None, "nothing": None}
    move_to_trash(library, [first.id])
    assert former(library, child.run_id) == third


def test_the_run_before_is_of_the_same_owner_and_operation(library: Library, tmp_path: Path) -> None:
    """Failed runs count, those in the trash do not; among runs without an owner, a session's own are kept apart."""
    analysis = resolve("analyze", "gpt-6.1-terra", {"text": "What is it?"}, images=(an_input(tmp_path, "a.png", 7),))
    assert isinstance(analysis, Request)
    for when, run_id, owner in (
        (1.0, "r1", "Anna"),
        (2.0, "r2", ""),
        (3.0, "r3", "Anna"),
        (4.0, "r4", "Anna"),
        (5.0, "r5", ""),
        (6.0, "r6", ""),
    ):
        request = analysis if run_id == "r3" else ask()
        library.begin_run(run_id, request, connection_id="c", connection_name="C", created=when, owner=owner)
    assert _before(library, "r4") == "r1"
    assert (_before(library, "r1"), _before(library, "r2"), _before(library, "r3"), _before(library, "none")) == (
        None,
    ) * 4
    assert _before(library, "r6") == "r5"
    assert _before(library, "r6", {"r2", "r6"}) == "r2"
    assert _before(library, "r6", {"r6"}) is None
    assert _before(library, "r4", {"r4"}) == "r1", "a name tells whose they are"
    library.update_run("r1", state="failed")
    assert _before(library, "r4") == "r1"
    move_to_trash(library, [], run_ids=["r1"])
    assert _before(library, "r4") is None


def test_the_run_before_is_hidden_from_others_while_it_is_private(library: Library) -> None:
    """A run that the team sees follows one that only its owner sees."""
    library.begin_run("r1", ask(), connection_id="c", connection_name="C", created=1.0, owner="anna", is_private=True)
    library.begin_run("r2", ask(), connection_id="c", connection_name="C", created=2.0, owner="anna")
    assert _before(VisibleLibrary(library, Person("anna", "Anna")), "r2") == "r1"
    assert _before(VisibleLibrary(library, Person("ben", "Ben")), "r2") is None


def _before(library: Library, run_id: str, begun: Collection[str] = ()) -> str | None:
    found = run_before(library, run_id, begun)
    return None if found is None else found.id

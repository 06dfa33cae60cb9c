"""What is made from something private is private too, and what a sheet made private takes with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.library import Library, open_library
from components.library.queries.sheet_cells import PRIVATE, SKIPPED, WAITING, cells_of
from components.library.queries.sheet_summary import marks_of, positions_in, states_of, summary_of
from components.library.sheets.sheet_store import claim_cell, extend_sheet, find_sheet, new_sheet
from components.library.team.privacy import set_private, set_sheet_private
from components.library.visible.visible_library import VisibleLibrary
from components.parameters import InputImage, Inputs
from components.parameters.sheets import SheetTemplate, make_plan
from components.team.people import Person, Role
from tests.support.private_runs import private_among
from tests.unit.library.library_fixtures import add, an_input, ask
from tests.unit.runs.fake_client import png

ADA, BOB = (Person(name, name, Role.MEMBER, is_verified=True) for name in ("ada", "bob"))
OF_ADA = {"connection_id": "c", "connection_name": "C", "owner": "ada"}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Yield a library with a private run of Ada's, "own", and one that the team sees, "shown"."""
    opened = open_library(tmp_path / "library")
    opened.begin_run("own", ask(), **OF_ADA, is_private=True)
    add(opened, "own", 0, png(1))
    opened.begin_run("shown", ask(), **OF_ADA)
    add(opened, "shown", 0, png(2))
    yield opened
    opened.close()


def template(*images: InputImage, **extra: str) -> SheetTemplate:
    """Return a template of two cells with these images."""
    operation = "edit" if images else "generate"
    return SheetTemplate(operation, "gpt-image-2", {"prompt": "a {red|blue} fox"}, inputs=Inputs(images), extra=extra)


def test_a_run_from_a_private_image_is_private(library: Library, tmp_path: Path) -> None:
    """Also as the second image; not where the team sees the content too, nor as somebody else's run."""
    own, shown = an_input(tmp_path, "own.png", 1), an_input(tmp_path, "shown.png", 2)
    library.begin_run("mixed", ask(images=(shown, own)), **OF_ADA, parent_output="shown-0")
    library.begin_run("open", ask(images=(shown,)), **OF_ADA)
    library.begin_run("bobs", ask(images=(own,)), **{**OF_ADA, "owner": "bob"})
    assert private_among(library, ["mixed", "open", "bobs"]) == {"mixed"}
    library.begin_run("both", ask(images=(own,)), **OF_ADA)
    assert not private_among(library, ["both"])  # Bob's run shows it to the team


@pytest.mark.parametrize("is_extended", [False, True])
def test_a_sheet_from_a_private_image_is_private(library: Library, tmp_path: Path, is_extended: bool) -> None:
    """And hides its images, whether it has them from the start or later."""
    ada, bob = VisibleLibrary(library, ADA), VisibleLibrary(library, BOB)
    one = template(an_input(tmp_path, "own.png", 1))
    first = template(an_input(tmp_path, "shown.png", 2)) if is_extended else one
    values = {"name": "s", "owner": "ada", "connection_id": "c", "connection_name": "C"}
    sheet_id = new_sheet(ada, first, make_plan(first), **values)
    assert bool(find_sheet(bob, sheet_id)) is is_extended
    if is_extended:
        extend_sheet(ada, sheet_id, one, make_plan(one))
    assert find_sheet(ada, sheet_id)
    assert find_sheet(bob, sheet_id) is None
    assert bob.file("input", hashlib.sha256(png(1)).hexdigest()) is None


def test_a_sheet_that_edits_a_private_output_is_private(library: Library) -> None:
    """Its first image may be a changed copy, so its content is known to nobody."""
    ada = VisibleLibrary(library, ADA)
    values = {"name": "s", "owner": "ada", "connection_id": "c", "connection_name": "C"}
    ids = [new_sheet(ada, one, make_plan(one), **values) for one in (template(edited="own-0"), template())]
    assert [bool(find_sheet(VisibleLibrary(library, BOB), one)) for one in ids] == [False, True]


def test_a_sheet_made_private_takes_its_earlier_runs_with_it(library: Library) -> None:
    """Also those that a cell has no more. Shown again, it publishes none of its runs."""
    ada, one = VisibleLibrary(library, ADA), template()
    values = {"name": "s", "owner": "ada", "connection_id": "c", "connection_name": "C"}
    sheet_id = new_sheet(ada, one, make_plan(one), **values)
    for run_id, before in (("first", None), ("second", "first")):
        assert claim_cell(library, sheet_id, 0, before=before, run_id=run_id)
        library.begin_run(run_id, ask(), **OF_ADA, extra={"sheet": {"id": sheet_id, "position": 0}})
    set_sheet_private(ada, sheet_id, True)
    assert private_among(library, ["first", "second", "shown"]) == {"first", "second"}
    assert find_sheet(VisibleLibrary(library, BOB), sheet_id) is None
    set_sheet_private(ada, sheet_id, False)
    assert find_sheet(VisibleLibrary(library, BOB), sheet_id)
    assert private_among(library, ["first", "second"]) == {"first", "second"}


def test_an_image_made_private_leaves_nothing_to_others(library: Library, tmp_path: Path) -> None:
    """Not the questions about it, nor that somebody took it as an input."""
    bob, image = VisibleLibrary(library, BOB), an_input(tmp_path, "shown.png", 2)
    bob.keep_input(image)
    library.begin_run("question", ask(images=(image,)), **OF_ADA, extra={"check": "s1"})
    set_private(VisibleLibrary(library, ADA), True, run_ids=["shown"])
    assert private_among(library, ["question"]) == {"question"}
    assert bob.file("original", image.sha256) is None
    assert bob.file("input", image.sha256) is None


def test_a_cell_whose_run_is_hidden_does_not_wait(library: Library) -> None:
    """It is skipped for others, admins too, and its owner sees it as it is."""
    ada, one = VisibleLibrary(library, ADA), template()
    values = {"name": "s", "owner": "ada", "connection_id": "c", "connection_name": "C"}
    sheet_id = new_sheet(ada, one, make_plan(one), **values)
    assert claim_cell(library, sheet_id, 0, before=None, run_id="cell")
    library.begin_run("cell", ask(), **OF_ADA, is_private=True)
    root = VisibleLibrary(library, Person("root", "Root", Role.ADMIN, is_verified=True))
    first, second = cells_of(root, sheet_id)
    assert (first.state, first.skipped, first.recipe, second.state) == (SKIPPED, PRIVATE, None, WAITING)
    assert states_of(root, sheet_id) == summary_of(root, sheet_id).states == {WAITING: 1, SKIPPED: 1}
    assert positions_in(root, sheet_id, {WAITING}) == [1]
    assert [cell.state for cell in cells_of(ada, sheet_id)] == ["queued", WAITING]
    assert {mark.places: mark.state for mark in marks_of(root, sheet_id)} == {(0,): PRIVATE, (1,): WAITING}
    assert {mark.places: mark.state for mark in marks_of(ada, sheet_id)} == {(0,): "queued", (1,): WAITING}

"""The complete families of some runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from components.library import Library, open_library
from components.library.queries.run_tree import run_tree
from components.library.trash import move_to_trash
from tests.unit.library.library_fixtures import add, ask
from tests.unit.runs.fake_client import png

# Each run with the output that it came from: two families, one of which has a fork, and a run whose parent failed.
RUNS = {"a": None, "b": "a-0", "c": "b-0", "d": "b-0", "e": "a-0", "x": None, "y": "x-0", "z": "failed-0"}


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """The runs above, each with an image but the one that failed."""
    opened = open_library(data_folder)
    for place, (run_id, parent) in enumerate({"failed": None, **RUNS}.items()):
        opened.begin_run(
            run_id, ask(), connection_id="c", connection_name="C", created=float(place), parent_output=parent
        )
        if run_id != "failed":
            add(opened, run_id, 0, png(place))
    yield opened
    opened.close()


def parents(library: Library, *run_ids: str, **more: Any) -> dict[str, str | None]:
    """The runs of a page of the families and their parents, in their order."""
    return {one.run.id: one.parent and one.parent.id for one in run_tree(library, run_ids, **more).runs}


def test_one_run_brings_its_complete_family(library: Library) -> None:
    """From any member come all others, oldest first; a failed parent only where it is requested."""
    family = {"a": None, "b": "a", "c": "b", "d": "b", "e": "a"}
    for member in family:
        assert parents(library, member) == family
        assert list(parents(library, member)) == list(family)
    assert parents(library, "c", "y") == {**family, "x": None, "y": "x"}
    assert parents(library, "z", "failed") == {"failed": None, "z": "failed"}
    assert parents(library, "z") == {"z": None}
    assert parents(library) == {}
    covers = {one.run.id: one.cover and one.cover.id for one in run_tree(library, ["y"]).runs}
    assert covers == {"x": "x-0", "y": "y-0"}


def test_every_run_of_a_large_family_is_on_one_page(library: Library) -> None:
    """Pages go from new to old, the run on show chooses the first one, and edges to another page keep their parent."""
    pages = [parents(library, "a", page=number, size=2) for number in range(3)]
    assert pages == [{"d": "b", "e": "a"}, {"b": "a", "c": "b"}, {"a": None}]
    tree = run_tree(library, ["a"], shown="c", size=2)
    assert (tree.page, tree.pages, tree.total, tree.is_forest) == (1, 3, 5, False)
    assert [one.parent_page for one in tree.runs] == [2, 1]
    assert run_tree(library, ["a"], page=99, size=2).page == 2
    assert run_tree(library, ["a"], shown="gone", size=2).page == 0
    assert run_tree(library, ["z"]).is_forest
    assert not run_tree(library, ["failed", "z"]).is_forest


def test_circles_end_and_the_trash_is_left_out(library: Library) -> None:
    """A run that is its own grandparent does not run for ever; a run with a deleted answer has no place."""
    library.update_run("a", parent_output="c-0")
    assert parents(library, "e") == {"a": "c", "b": "a", "c": "b", "d": "b", "e": "a"}
    move_to_trash(library, ["b-0"])
    assert parents(library, "e")["c"] == "b", "a run stays when one of its images goes"


def test_no_runs_have_no_family(library: Library) -> None:
    """Nothing is read for them: a page whose session has shown no run yet asks at each rerun."""
    statements: list[object] = []
    event.listen(library.engine, "before_cursor_execute", lambda *parts: statements.append(parts))
    assert run_tree(library, []).runs == ()
    assert not statements

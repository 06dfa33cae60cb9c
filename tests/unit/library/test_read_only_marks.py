"""Marks of a run or a sheet that somebody came to by its link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.library import Library, NotAllowed, annotations, open_library
from tests.unit.library.library_fixtures import add, begin
from tests.unit.library.sheet_fixtures import filled_sheet
from tests.unit.runs.fake_client import png


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """Three runs with one output each: r0-0, r1-0, r2-0."""
    opened = open_library(data_folder)
    for place in range(3):
        add(opened, begin(opened, f"r{place}"), 0, png(place))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "mark",
    [
        lambda library, ids: annotations.star(library, ids, read_only={"r1"}),
        lambda library, ids: annotations.rate(library, ids, 4, read_only={"r1"}),
        lambda library, ids: annotations.reject(library, ids, read_only={"r1"}),
    ],
    ids=["star", "rate", "reject"],
)
def test_a_read_only_run_keeps_its_marks(library: Library, mark: Callable[..., None]) -> None:
    """Who came by a link to a run marks none of its images, nor others in the same call; other runs are open."""
    before = [library.output(f"r{place}-0") for place in range(3)]
    with pytest.raises(NotAllowed, match="You came here by a link, so nothing was changed"):
        mark(library, ["r0-0", "r1-0"])
    assert [library.output(f"r{place}-0") for place in range(3)] == before
    mark(library, ["r0-0", "r2-0"])
    assert library.output("r0-0") != before[0]


def test_a_read_only_sheet_keeps_the_marks_of_its_cells(library: Library) -> None:
    """Who came by a link to a sheet marks none of its images; other images are open."""
    sheet_id, images = filled_sheet(library, first_seed=10)
    other_id, others = filled_sheet(library, first_seed=30)
    with pytest.raises(NotAllowed, match="by a link"):
        annotations.star(library, [*others, images[-1]], read_only={sheet_id})
    assert [library.output(one).starred for one in (*others, *images)] == [False] * 12
    annotations.star(library, ["r0-0", *others], read_only={sheet_id})
    assert [library.output(one).starred for one in ("r0-0", *others)] == [True] * 7
    with pytest.raises(NotAllowed, match="by a link"):
        annotations.rate(library, others, 3, read_only={other_id, sheet_id})

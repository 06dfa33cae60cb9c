"""Runs by cost and by stars, images by size, and cursors in each order."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from components.library import Library, open_library
from components.library.annotations import add_tags, star
from components.library.queries.pages import Filter, Order, all_ids, page
from components.library.trash import empty_trash, move_to_trash
from tests.unit.library.library_fixtures import add, ask
from tests.unit.runs.fake_client import png

# Dollars; r0 is the oldest. Two cost the same, three nobody knows.
COSTS = (None, "0.04", "0.30", None, "0.04", "0.04", None, "1.2")
BY_COST = "72541630"


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """Eight runs with an image each, every second of a fox; 1, 2 and 5 are starred."""
    opened = open_library(data_folder)
    for place, cost in enumerate(COSTS):
        opened.begin_run(f"r{place}", ask(), connection_id="c", connection_name="C", created=float(place))
        prompt = "a fox" if place % 2 else "a bear"
        opened.update_run(f"r{place}", state="done", prompt=prompt, cost=Decimal(cost) if cost else None)
        add(opened, f"r{place}", 0, png(place, size=(40 + place % 3, 30)))
    star(opened, ["r1-0", "r2-0", "r5-0"], True)
    yield opened
    opened.close()


def ordered(library: Library, order: Order, limit: int = 2, **asked: Any) -> str:
    """The runs of all pages in an order, as digits."""
    digits, after = "", None
    for _ in range(20):
        got = page(library, Filter(**asked), after=after, limit=limit, order=order)
        digits += "".join(one.run.id.removeprefix("r") for one in got.runs)
        after = got.after
        if after is None:
            return digits
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 20])
@pytest.mark.parametrize(
    ("order", "asked", "expected"),
    [
        ("newest", {}, "76543210"),
        ("cost", {}, BY_COST),
        ("cost", {"words": "fox"}, "7513"),
        ("cost", {"starred": True}, "251"),
        ("cost", {"since": 3.0}, "75463"),
        ("stars", {}, "52176430"),
        ("stars", {"words": "fox"}, "5173"),
        ("stars", {"words": "bear"}, "2640"),
        ("stars", {"starred": True}, "521"),
        ("stars", {"until": 2.0}, "10"),
        ("newest", {"size": (40, 30)}, "630"),
        ("cost", {"size": (41, 30)}, "741"),
        ("stars", {"size": (41, 30)}, "174"),
        ("newest", {"size": (30, 40)}, ""),
    ],
)
def test_orders(library: Library, order: Order, asked: dict[str, Any], limit: int, expected: str) -> None:
    """Every run comes once in its place, however long the pages are; of equal ones the newest comes first."""
    assert ordered(library, order, limit, **asked) == expected


def test_only_a_runs_images_of_the_size_are_returned(library: Library) -> None:
    """A run with images of two sizes is returned with the matching ones."""
    add(library, "r3", 1, png(33, size=(41, 30)))
    found = page(library, Filter(size=(41, 30))).runs
    assert [output.id for one in found if one.run.id == "r3" for output in one.outputs] == ["r3-1"]


def test_a_star_in_the_trash_does_not_count(library: Library) -> None:
    """A starred image in the trash does not sort its run first."""
    add(library, "r5", 1, png(55))
    move_to_trash(library, ["r5-0"])
    assert ordered(library, "stars") == "21765430"


def test_many_outputs_are_found_as_few_are(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too many outputs are so for a list of their runs, the same runs are found another way."""
    add_tags(library, ["r0-0", "r1-0", "r4-0"], ["draft"])
    asked: list[dict[str, Any]] = [{"tag": "draft"}, {"starred": True}, {"size": (41, 30), "tag": "draft"}]
    few = [ordered(library, order, **one) for order in ("newest", "cost", "stars") for one in asked]
    monkeypatch.setattr("components.library.db.chunks.MAX_LISTED", 1)
    assert [ordered(library, order, **one) for order in ("newest", "cost", "stars") for one in asked] == few
    assert few[0] == "410"


def test_deleted_outputs_are_not_shown(library: Library) -> None:
    """A run whose images are all deleted for good is hidden; one that keeps some, or never had any, is shown."""
    add(library, "r4", 1, png(44))
    library.begin_run("r8", ask(), connection_id="c", connection_name="C", created=8.0)
    move_to_trash(library, ["r3-0", "r4-0"])
    assert empty_trash(library) == 2
    assert ordered(library, "newest") == "87654210"
    kept = library.run("r3")
    assert kept is not None
    assert kept.purged_count == 1


def test_everything_that_fits(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """All outputs, and the runs without any, however many pages they fill."""
    monkeypatch.setattr("components.library.queries.pages.BATCH", 3)
    library.begin_run("r8", ask(), connection_id="c", connection_name="C", created=8.0)
    add(library, "r7", 1, png(77))
    outputs, runs = all_ids(library, Filter())
    assert outputs == ["r7-0", "r7-1", *(f"r{place}-0" for place in range(6, -1, -1))]
    assert runs == ["r8"]
    assert all_ids(library, Filter(starred=True)) == (["r5-0", "r2-0", "r1-0"], [])
    assert all_ids(library, Filter(words="walrus")) == ([], [])


@pytest.mark.parametrize("limit", [1, 3])
def test_words_find_the_newest_first_whatever_came_first(library: Library, limit: int) -> None:
    """A run that comes later into the library, as by an import, and is older, stands in its place; so do equal ones."""
    for run_id, created in (("r9", 9.0), ("r8", 3.5), ("ra", 3.5), ("rb", 3.5)):
        library.begin_run(run_id, ask(prompt="a fox"), connection_id="c", connection_name="C", created=created)
    assert ordered(library, "newest", limit, words="fox") == "975ba831"

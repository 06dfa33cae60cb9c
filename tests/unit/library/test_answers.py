"""Answers are outputs: stored when their run ends, found and annotated like images, and never counted as images."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from components.library import Library, annotations, check_library, open_library, trash
from components.library.db.schema import outputs, runs
from components.library.maintenance.recovery import settle
from components.library.queries.facets import choices
from components.library.queries.pages import Filter, all_ids, page
from components.library.queries.question_groups import recent_questions
from components.library.queries.totals.spending import spend
from tests.unit.library.library_fixtures import add, answered, begin, crash
from tests.unit.runs.fake_client import png


@pytest.fixture
def library(data_folder: Path) -> Iterator[Library]:
    """Two answers and an image, oldest first: one-text, two-text, pic-0."""
    opened = open_library(data_folder)
    for run_id, text in (("one", "An ocelot."), ("two", "A margay.")):
        answered(opened, run_id, data_folder.parent, text, cost=Decimal("0.5"), answer={"id": "resp_1"})
    add(opened, begin(opened, "pic"), 0, png(1))
    opened.update_run("pic", state="done")
    yield opened
    opened.close()


def shown(library: Library, **asked: Any) -> list[str]:
    """Return the ids of the outputs that match a filter, newest first."""
    order = asked.pop("order", "newest")
    return [output.id for one in page(library, Filter(**asked), order=order).runs for output in one.outputs]


@pytest.mark.parametrize("state", ["done", "failed", "cancelled", "interrupted"])
def test_an_answer_is_there_when_its_run_has_ended(library: Library, data_folder: Path, state: str) -> None:
    """Words of a run that goes on are no output yet; however it ends, they are one; without words there is none."""
    answered(library, "r1", data_folder.parent, state="running")
    assert library.answer("r1") is None
    library.update_run("r1", state=state)
    kept = library.answer("r1")
    assert kept is not None
    assert (kept.id, kept.role, kept.sha256, kept.width) == ("r1-text", "text", "", 0)
    library.update_run("r1", state=state, text="An ocelot, and a fox.")
    assert library.answer("r1") == kept
    answered(library, "r2", data_folder.parent, " \n", state=state)
    assert library.answer("r2") is None


def test_words_that_came_before_a_crash_are_kept(data_folder: Path) -> None:
    """What had arrived of an answer when the app died is an output after the next start."""
    dead = open_library(data_folder)
    answered(dead, "r1", data_folder.parent, "An oce", state="running")
    crash(dead)
    library = open_library(data_folder)
    assert library.answer("r1") is not None
    assert settle(library) == 0
    assert check_library(library).is_clean
    library.close()


def test_marks_find_answers(library: Library) -> None:
    """Star, tag, collection, title and note find an answer like an image."""
    one = ["one-text"]
    annotations.star(library, one)
    assert shown(library, starred=True) == one
    assert shown(library, order="stars")[0] == "one-text"
    annotations.add_tags(library, one, ["cats"])
    assert shown(library, tag="cats") == one
    shelf = annotations.new_collection(library, "Zoo").id
    annotations.add_to_collection(library, shelf, [*one, "pic-0"])
    assert shown(library, collection=shelf) == ["pic-0", "one-text"]
    assert [each.count for each in annotations.collections(library)] == [2]
    annotations.rename(library, "one-text", "Wildcat")
    annotations.annotate(library, "one-text", "for the book")
    for words in ("wildcat", "book", "cats", "ocelot"):
        assert shown(library, words=words) == one, words
    assert all_ids(library, Filter()) == (["pic-0", "two-text", "one-text"], [])
    assert [found.first_input is not None for found in page(library, Filter()).runs] == [False, True, True]


def test_an_answer_is_not_an_image(library: Library) -> None:
    """Queries for images never return answers: by run, by id, as a cover, as a size, as a count."""
    assert (library.outputs("one"), library.output("one-text")) == ([], None)
    assert all(one.cover is None for one in library.recent(operation="analyze"))
    assert choices(library).sizes == ((40, 30),)
    assert {one.name: one.outputs for one in spend(library, 0).by["operation"]} == {"analyze": 0, "generate": 1}
    assert check_library(library).outputs == 1


def test_an_answer_in_the_trash(library: Library) -> None:
    """It is restored with its annotations; deleted for good, its text is removed and its cost is kept."""
    annotations.star(library, ["one-text"])
    trash.move_to_trash(library, ["one-text", "two-text"], when=5.0)
    assert shown(library) == ["pic-0"]
    assert shown(library, in_trash=True) == ["two-text", "one-text"]
    assert trash.count_trash(library) == trash.count_trashed_answers(library) == 2
    assert trash.count_trashed_runs(library) == 0
    assert [one.id for one in library.recent()] == ["pic"]
    assert recent_questions(library, 5) == []
    trash.restore_from_trash(library, ["one-text"])
    assert shown(library, starred=True) == ["one-text"]
    assert [one.run_id for one in recent_questions(library, 5)] == ["one"]
    assert trash.empty_trash(library, before=5.0) == 0
    assert trash.empty_trash(library, before=6.0) == 1
    assert shown(library) == ["pic-0", "one-text"]
    assert shown(library, words="margay") == []
    purged = library.run("two")
    assert purged is not None
    assert (purged.purged, purged.text, purged.answer, purged.cost) == (True, "", None, Decimal("0.5"))
    assert purged.purged_count == 0, "no image of it was purged"
    library.update_run("two", state="done")
    assert library.answer("two") is None
    assert spend(library, 0).total == Decimal(1)
    assert check_library(library, thorough=True).is_clean


def test_a_row_without_text_is_reported(library: Library) -> None:
    """A check finds an answer whose run has no words, and puts its row aside; the others are no fault."""
    with library.engine.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == "one").values(text=""))
    assert [(one.kind, one.done) for one in check_library(library).findings] == [("no answer", "")]
    check_library(library, repair=True)
    assert '"one-text"' in (library.folder / "lost-and-found" / "rows.jsonl").read_text()
    assert check_library(library, thorough=True).is_clean
    with library.engine.connect() as connection:
        assert set(connection.execute(outputs.select()).scalars()) == {"two-text", "pic-0"}

"""Runs page by page, by filter and by words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update

from components.library import Library, open_library
from components.library.annotations import add_tags
from components.library.db.schema import collection_outputs, collections, output_tags, outputs, runs
from components.library.queries.pages import Filter, page
from tests.unit.library.library_fixtures import add, an_input, ask
from tests.unit.runs.fake_client import png

PROMPTS = ("A red fox", "a café at night", "fox and hound", "Füchse im Schnee", 'say "hello" OR fox*')


@pytest.fixture
def library(data_folder: Path, tmp_path: Path) -> Iterator[Library]:
    """Ten runs, r0 the oldest, each with one output but the last; every second a minute apart, two always at once."""
    opened = open_library(data_folder)
    image = an_input(tmp_path, "a.png", 1)
    for place in range(10):
        request = ask(images=(image,), mask=image) if place == 4 else ask()
        opened.begin_run(
            f"r{place}",
            request,
            connection_id=f"c{place % 2}",
            connection_name="C",
            owner="Ada" if place < 3 else "Bo",
            created=float(place // 2),
        )
        opened.update_run(f"r{place}", state="failed" if place == 7 else "done", prompt=PROMPTS[place % 5])
        if place < 9:
            add(opened, f"r{place}", 0, png(place))
    yield opened
    opened.close()


def change(library: Library, *statements: Any) -> None:
    """Write to the database as later parts of the app will."""
    with library.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def mark(place: int, **values: Any) -> Any:
    """A statement that marks the output of a run."""
    return update(outputs).where(outputs.c.run_id == f"r{place}").values(**values)


def found(library: Library, **asked: Any) -> str:
    """The runs of a filter, as digits, all pages of two together."""
    digits, after = "", None
    for _ in range(20):
        got = page(library, Filter(**asked), after=after, limit=2)
        assert len(got.runs) <= 2
        digits += "".join(one.run.id.removeprefix("r") for one in got.runs)
        after = got.after
        if after is None:
            return digits
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "9876543210"),
        ({"operation": "edit"}, "4"),
        ({"operation": "analyze"}, ""),
        ({"model": "gpt-image-2"}, "9876543210"),
        ({"owner": "Ada"}, "210"),
        ({"connection_id": "c1"}, "97531"),
        ({"states": ("failed", "queued")}, "7"),
        ({"since": 1.0, "until": 3.0}, "5432"),
        ({"has_mask": True}, "4"),
        ({"has_mask": False}, "987653210"),
        ({"owner": "Bo", "connection_id": "c0", "since": 3.0}, "86"),
        ({"words": "fox"}, "975420"),
        ({"words": "FOX"}, "975420"),
        ({"words": "fo"}, "975420"),
        ({"words": "fox hound"}, "72"),
        ({"words": "cafe"}, "61"),
        ({"words": "füchse"}, "83"),
        ({"words": '"hello" OR fox* AND ( NEAR'}, ""),
        ({"words": 'hello" -fox*'}, "94"),
        ({"words": "'; DROP TABLE runs; --"}, ""),
        ({"words": "nothing"}, ""),
        ({"words": "   "}, "9876543210"),
        ({"words": "fox", "owner": "Ada"}, "20"),
    ],
)
def test_filters(library: Library, asked: dict[str, Any], expected: str) -> None:
    """Each filter returns its runs, newest first, each once over all pages."""
    assert found(library, **asked) == expected


def test_words_without_an_index(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that cannot index words finds the same, but for accents."""
    monkeypatch.setattr("components.library.queries.fulltext.has_index", lambda _: False)
    assert found(library, words="fox hound") == "72"
    assert found(library, words="CAFÉ") in {"61", ""}  # SQLite folds ASCII alone
    assert found(library, words="50%_") == ""
    change(library, mark(3, note="a bat"), insert(output_tags).values(tag="vet", output_id="r5-0"))
    assert found(library, words="bat") == "3"
    assert found(library, words="vet") == "5"


# What is typed, and what of the test below is found.
TYPED = {
    "fox red": "50",
    '"red fox"': "50",
    "“red fox”": "50",
    '"fox red"': "",
    " * ": "94",
    "...": "",
    "Straße": "3",
    "straß": "3",
    "Fußweg": "2",
    "夕焼け": "3",
    "「夕焼け」、": "3",
    "猫 海": "3",
    "犬": "",
    "・": "",
    "🦊": "2",
    "❤️": "2",
    "🎄": "",
    "हिन्दी": "1",
    "کتاب": "1",
    "ภูเขา": "1",
    "100°": "1",
}


def test_words_as_people_type_them(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Phrases, signs, emoji, what small letters spell anew, and the middle of scripts without spaces are found."""
    library.update_run("r3", prompt="Eine Straße, 猫が好きな「夕焼け」の海")
    add_tags(library, ["r2-0"], ["Fußweg", "🦊 ❤"])
    library.update_run("r1", text="हिन्दी में लोमड़ी, کتاب خانه, สู่ภูเขาสูง at 100° exactly")
    for has_index in (True, False):
        monkeypatch.setattr("components.library.queries.fulltext.has_index", lambda _, is_so=has_index: is_so)
        assert {words: found(library, words=words) for words in TYPED} == TYPED


def test_runs_that_come_meanwhile_shift_nothing(library: Library) -> None:
    """The second page goes on after the first, whatever came since."""
    first = page(library, Filter(), limit=3)
    library.begin_run("r99", ask(), connection_id="c", connection_name="C", created=99.0)
    second = page(library, Filter(), after=first.after, limit=3)
    assert [one.run.id for one in (*first.runs, *second.runs)] == ["r9", "r8", "r7", "r6", "r5", "r4"]


def test_a_page_has_its_outputs(library: Library) -> None:
    """Runs come with their outputs in order; a run without any comes too."""
    add(library, "r8", 2, png(22))
    add(library, "r8", 1, png(21))
    runs_found = page(library, Filter(), limit=2).runs
    assert [[output.id for output in one.outputs] for one in runs_found] == [[], ["r8-0", "r8-1", "r8-2"]]
    assert runs_found[0].run == library.run("r9")


def test_stars_tags_collections_and_trash(library: Library) -> None:
    """What is asked of outputs decides which runs come, and with which of their outputs."""
    two = add(library, "r2", 1, png(21))
    change(
        library,
        mark(5, starred=True),
        update(outputs).where(outputs.c.id == two.id).values(starred=True),
        insert(output_tags).values([{"tag": "logo", "output_id": "r6-0"}, {"tag": "logo", "output_id": "r0-0"}]),
        insert(collections).values(id="k1", name="Best", created=1.0),
        insert(collection_outputs).values(collection_id="k1", output_id="r3-0", added=1.0),
        mark(8, deleted_at=5.0),
        update(outputs).where(outputs.c.id == "r2-0").values(deleted_at=5.0),
    )
    assert found(library, starred=True) == "52"
    assert found(library, starred=False) == "764310"
    assert [output.id for output in page(library, Filter(starred=True)).runs[1].outputs] == [two.id]
    assert found(library, tag="logo") == "60"
    assert found(library, tag="other") == ""
    assert found(library, collection="k1") == "3"
    assert found(library, in_trash=True) == "82"
    assert found(library) == "976543210"  # r2 has one output left
    assert [output.id for output in page(library, Filter(in_trash=True)).runs[1].outputs] == ["r2-0"]
    change(library, delete(outputs).where(outputs.c.id == "r6-0"), delete(collections))
    assert found(library, tag="logo") == "0"
    assert found(library, collection="k1") == ""


def test_the_index_follows_every_change(library: Library) -> None:
    """Answers, tags, titles, notes and revised prompts are found from the moment they are written, until they go."""
    library.update_run("r1", text="The image shows an ocelot.")
    assert found(library, words="ocelot") == "1"
    assert found(library, words="ocelot cafe") == "1"
    library.update_run("r1", text="Nothing to see.", cost=None)
    assert found(library, words="ocelot") == ""
    change(library, insert(output_tags).values(tag="Große Auswahl", output_id="r2-0"), mark(3, title="Emblem"))
    change(library, mark(3, note="for the zoo"), mark(6, starred=True))
    assert found(library, words="auswahl") == "2"
    assert found(library, words="emblem zoo") == "3"
    change(library, delete(output_tags), mark(3, title=""))
    assert found(library, words="auswahl") == ""
    assert found(library, words="emblem") == ""
    assert found(library, words="zoo") == "3"
    change(library, delete(outputs).where(outputs.c.id == "r3-0"))
    assert found(library, words="zoo") == ""
    change(library, delete(runs).where(runs.c.id == "r2"))
    assert found(library, words="hound") == "7"


@pytest.mark.sqlite
def test_sqlites_index_is_intact(library: Library) -> None:
    """SQLite's own check finds in the index what the tables have, also after a run was deleted."""
    change(library, delete(runs).where(runs.c.id == "r2"))
    with library.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM run_numbers")).scalar() == 9
        assert connection.execute(text("SELECT count(*) FROM run_words")).scalar() == 9
        connection.execute(text("INSERT INTO run_words (run_words) VALUES ('integrity-check')"))

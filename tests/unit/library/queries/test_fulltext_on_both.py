"""Full-text search on PostgreSQL: the same answers as on SQLite, word for word and letter for letter."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

import pytest
from sqlalchemy import insert, select, text

from components.library import Library, open_library
from components.library.annotations import add_tags, remove_tag, rename
from components.library.db.schema import runs
from components.library.output_texts import store_text
from components.library.queries.pages import Filter, page
from components.library.trash import empty_trash, move_to_trash
from tests.servers.postgres import server
from tests.unit.library.library_fixtures import add, begin
from tests.unit.runs.fake_client import png

pytestmark = pytest.mark.own_store

# Prompts by run, newest last. Answers, titles and tags are added in `fill`.
PROMPTS = {
    "a": "A red fox jumps over the lazy dog",
    "b": "Red foxes, running; fox-hunting at 12.5 km/h",
    "c": "Café Müller, naïve façade, Ångström — ŁÓDŹ, São Paulo",
    "d": "cafe muller (decomposed: Cafe\u0301 Mu\u0308ller)",
    "e": "Straße und Gasse, STRASSE, ﬁne ligature",
    "f": "Привет, МИР! Ёлка и ёж",
    "g": "Ελληνικά Όνομα ΟΔΥΣΣΕΥΣ οδυσσευς",
    "h": "狐が跳ぶ。赤い狐、東京タワー",
    "i": "สวัสดีชาวโลก",
    "j": "smile 😀 and flag 🇩🇪 and heart ❤️",
    "k": "mail fox@example.com, see https://example.com/a/b?c=d&e=f_g#h",
    "l": "snake_case kebab-case camelCase dotted.name path/to/file C++ C# .NET",
    "m": "1024x1024 3,000.50 -5 2nd IV ½ ²",
    "n": "it's o'clock; rock 'n' roll “typographic quotes” «guillemets»",
    "o": "100% sure_thing back\\slash per_cent %wild",
    "p": "İstanbul ığdır TİTLE ﷺ",
    "q": "한국어 여우 هذا ثعلب שועל אדום",
    "r": "fox " * 200 + "needle at the end",
    "s": "zero\u200bwidth soft\u00adhyphen no\u00a0break",
    "t": "",
    "u": "x" * 700 + "tail y",
    "v": "a fox fox red",
}
QUERIES = (
    *("fox", "FOX", "fo", "foxes", "red fox", '"red fox"', '"fox red"', '"red fo"', "fox red dog", '"lazy do" jump'),
    *("-fox", "fox -red", "NOT fox", "fox OR dog", "fox AND dog", "fox*", "f*x", "NEAR(fox dog)", "prompt:fox", "^fox"),
    *("cafe", "café", "CAFÉ", "Cafe\u0301", "muller", "müller", "naive", "angstrom", "łodz", "lodz", "ŁÓDŹ", "sao"),
    *("straße", "strasse", "STRASSE", "fine", "ﬁne", "привет", "ПРИВЕТ", "мир", "елка", "ёлка", "ЁЖ", "еж"),
    *("ελληνικα", "ελληνικά", "ονομα", "όνομα", "οδυσσευς", "ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
    *("狐", "東京", "赤い狐", "狐 跳", "สวัสดี", "😀", "🇩🇪", "❤", "❤️", "fox😀", "한국", "여우", "ثعلب", "שועל"),
    *("example.com", '"example com"', "fox@example.com", "https", "c=d", "f_g", "snake_case", "snake", "case", "camel"),
    *(
        "kebab-case",
        "dotted.name",
        "path/to",
        "C++",
        "c#",
        ".net",
        "1024x1024",
        "1024",
        "102",
        "3,000.50",
        '"3 000 50"',
    ),
    *(
        '"3 000 50"',
        "-5",
        "2nd",
        "iv",
        "½",
        "²",
        "it's",
        "o'clock",
        "“typographic quotes”",
        "«guillemets»",
        "n",
        "rock 'n' roll",
    ),
    *("100%", "%", "_", "\\", "back\\slash", "sure_thing", "per_cent", "%wild", "…", "—", '"', '""', '" "', "  ", "?"),
    *("istanbul", "İstanbul", "ığdır", "igdir", "title", "ﷺ", "needle", '"needle at the end"', '"fox needle"'),
    *("zerowidth", "zero", "width", "softhyphen", "hyphen", '"no break"', "x" * 600, "x" * 20, "tail", "y"),
    *("ocelot", "sunset", '"golden sunset"', "Zürich", "zurich", "bread", "two", "removed", "b", "12", "12.5", "5 km"),
    *("fox ocelot", '"dog ocelot"', '"ocelot golden"', "red red", "a fox", "running fox hunting", "gone", "forged"),
)


def fill(library: Library) -> None:
    """Write the same runs, answers and labels, through the library as well as past it."""
    for number, (name, prompt) in enumerate(PROMPTS.items()):
        row = {
            **{"id": name, "operation": "generate", "model": "m", "connection_id": "c", "connection_name": "C"},
            **{"state": "done", "created": 1_700_000_000.25 + number // 2, "n": 1, "prompt": prompt, "recipe": {}},
        }
        with library.engine.begin() as connection:
            connection.execute(insert(runs).values(**row))
    library.update_run("a", text="An ocelot looks at the bread.")
    first, second, third = (add(library, name, 0, png(seed)) for seed, name in enumerate(("a", "b", "c")))
    rename(library, first.id, "Golden sunset")
    rename(library, second.id, "forged")
    rename(library, second.id, "Sunset in Zürich")
    add_tags(library, [first.id, second.id], ["two words", "removed"])
    remove_tag(library, [first.id, second.id], "removed")
    store_text(library, third.sha256, "Fresh bread GONE")
    begin(library, "w")
    removed = add(library, "w", 0, png(9))
    rename(library, removed.id, "gone")
    move_to_trash(library, [removed.id])
    empty_trash(library)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, Library]]:
    """The same library on SQLite and on PostgreSQL."""
    postgres = server()
    name = postgres.new_database()
    folders = [tmp_path_factory.mktemp("data") for _ in range(2)]
    libraries = open_library(folders[0]), open_library(folders[1], database_url=postgres.url(name))
    for library in libraries:
        fill(library)
    yield libraries
    for library in libraries:
        library.close()
    postgres.drop(name)


def answers(library: Library, words: str) -> list[str]:
    """The ids of all runs that a search finds, by pages of three."""
    found: list[str] = []
    after = None
    while True:
        one = page(library, Filter(words=words), after=after, limit=3)
        found += [run.run.id for run in one.runs]
        if (after := one.after) is None:
            return found


@pytest.mark.parametrize("words", QUERIES)
def test_a_search_finds_the_same_runs_in_the_same_order(both: tuple[Library, Library], words: str) -> None:
    """Words, prefixes, phrases, signs, scripts: every query has the same answer on both, page by page."""
    sqlite, postgres = both
    assert answers(postgres, words) == answers(sqlite, words)


def test_the_table_of_queries_finds_something(both: tuple[Library, Library]) -> None:
    """The comparison is of real answers: most queries find runs, and each run is found."""
    found = {words: answers(both[1], words) for words in QUERIES}
    assert sum(map(bool, found.values())) > len(QUERIES) * 0.6
    assert {run for runs_ in found.values() for run in runs_} >= PROMPTS.keys() - {"t"}
    assert found["fox"] == ["v", "r", "k", "b", "a"]
    assert found['"red fox"'] == ["b", "a"]
    assert found["cafe"] == found["CAFÉ"] == ["d", "c"]


def test_each_letter_is_read_as_sqlite_reads_it(both: tuple[Library, Library]) -> None:
    """Every assigned letter, mark and sign up to the CJK blocks, between two letters."""
    every = [chr(one) for one in range(0x20, 0x2E80) if unicodedata.category(chr(one)) not in {"Cn", "Cs"}]
    fts5 = sqlite3.connect(":memory:")
    fts5.execute("CREATE VIRTUAL TABLE read USING fts5(given, tokenize = 'unicode61 remove_diacritics 2')")
    fts5.executemany("INSERT INTO read (rowid, given) VALUES (?, ?)", ((ord(one), f"q{one}q") for one in every))
    fts5.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(read, instance)")
    expected: dict[int, list[str]] = {}
    for term, row, _, _ in fts5.execute("SELECT * FROM terms ORDER BY doc, offset"):
        expected.setdefault(row, []).append(term)
    query = text("SELECT search_fold('q' || one || 'q') FROM unnest(string_to_array(:every, NULL)) AS given (one)")
    with both[1].engine.connect() as connection:
        found = connection.execute(query, {"every": "".join(every)}).scalars().all()
    read = {one: words.split() for one, words in zip(every, found, strict=True)}
    assert {one: words for one, words in read.items() if words != expected[ord(one)]} == {}


def test_an_answer_too_long_for_the_index_is_kept(both: tuple[Library, Library]) -> None:
    """A text of a million letters, or of nothing but different words, is stored and found by its first words."""
    library = both[1]
    begin(library, "long")
    library.update_run("long", text="unusual " + " ".join(f"w{number}" for number in range(120_000)))
    assert answers(library, "unusual") == ["long"]
    library.update_run("long", text=" ".join(chr(0x20000 + number) for number in range(40_000)))
    assert len(library.run("long").text) == 79_999  # type: ignore[union-attr]
    with library.engine.begin() as connection:
        connection.execute(runs.delete().where(runs.c.id == "long"))
        assert connection.execute(text("SELECT count(*) FROM run_words WHERE run_id = 'long'")).scalar_one() == 0


def test_text_sorts_by_code_points_on_both(both: tuple[Library, Library]) -> None:
    """The order of text columns does not depend on the collation of the database."""
    for library in both:
        with library.engine.connect() as connection:
            sorted_ = list(connection.execute(select(runs.c.prompt).order_by(runs.c.prompt)).scalars())
        assert all(one <= two for one, two in pairwise(sorted_))

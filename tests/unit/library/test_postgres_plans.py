"""With many runs, PostgreSQL answers the library's pages and searches by its indexes, without reading whole tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from components.library import Library, open_library
from components.library.queries.facets import choices
from components.library.queries.pages import Filter, page
from tests.postgres import USER, server

COUNT = 20_000
FILL = (
    "SET session_replication_role = replica",  # the words are filled in by one statement
    f"""INSERT INTO runs (id, operation, model, connection_id, connection_name, owner, state, created, n, prompt,
            recipe, cost_micros)
        SELECT 'r' || lpad(i::text, 8, '0'), (ARRAY['generate', 'edit'])[1 + i % 2], 'model-' || i % 7, 'c' || i % 4,
            'C', 'owner-' || i % 20, CASE i % 100 WHEN 0 THEN 'failed' ELSE 'done' END, 1700000000 + i, 1,
            'A fox, subject' || i % 1000 || ', at sunset over a wide sea' ||
                CASE i % 997 WHEN 0 THEN ' ocelot' ELSE '' END,
            '{{}}', CASE WHEN i % 10 < 8 THEN i END
        FROM generate_series(1, {COUNT}) AS i""",
    """INSERT INTO outputs (id, run_id, position, sha256, format, width, height, frames, has_alpha, bytes, created,
            starred, deleted_at)
        SELECT id || '-0', id, 0, md5(id), 'png', 1024, 1024 + (substr(id, 8) = '77')::int, 1, false, 1, created,
            substr(id, 7) = '123', CASE WHEN substr(id, 7) = '990' THEN 1 END FROM runs""",
    "INSERT INTO run_words SELECT id, '', to_tsvector('simple', prompt) FROM runs",
    "SET session_replication_role = origin",
    "ANALYZE",
)
TABLES = ("runs", "outputs", "run_words")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with COUNT runs."""
    postgres = server()
    name = postgres.new_database()
    opened = open_library(tmp_path_factory.mktemp("data"), database_url=postgres.url(name, USER))
    try:
        with opened.engine.begin() as connection:
            for statement in FILL:
                connection.execute(text(statement))
        yield opened
    finally:
        opened.close()
        postgres.drop(name)


def plans(library: Library, ask: Callable[[], Any]) -> str:
    """How PostgreSQL carries out the queries that a function makes."""
    found: list[str] = []

    def explain(_: Connection, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            cursor.execute(f"EXPLAIN (COSTS OFF) {statement}", parameters)
            found.extend(row[0] for row in cursor.fetchall())

    event.listen(library.engine, "before_cursor_execute", explain)
    try:
        ask()
    finally:
        event.remove(library.engine, "before_cursor_execute", explain)
    return "\n".join(found)


PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "newest": ("ix_runs_created_id", {}),
    "cost": ("ix_runs_cost_micros", {"order": "cost"}),
    "stars": ("ix_outputs_starred", {"order": "stars"}),
    "failed": ("ix_runs_state_created", {"wanted": Filter(states=("failed",))}),
    "owner by cost": ("ix_runs_owner_cost", {"wanted": Filter(owner="owner-3"), "order": "cost"}),
    "model": ("ix_runs_model_created", {"wanted": Filter(model="model-3")}),
    "starred": ("ix_outputs_starred", {"wanted": Filter(starred=True)}),
    "size": ("ix_outputs_width_height", {"wanted": Filter(size=(1024, 1025))}),
    "trash": ("ix_outputs_in_bin", {"wanted": Filter(in_trash=True)}),
    "word": ("ix_run_words_words", {"wanted": Filter(words="ocelot")}),
    "prefix": ("ix_run_words_words", {"wanted": Filter(words="subject12")}),
    "phrase": ("ix_run_words_words", {"wanted": Filter(words='"subject777 at sun"')}),
    "rare and common": ("ix_run_words_words", {"wanted": Filter(words="fox ocelot")}),
}


@pytest.mark.parametrize(("index", "asked"), PAGES.values(), ids=PAGES)
def test_a_page_is_found_by_an_index(library: Library, index: str, asked: dict[str, Any]) -> None:
    """The first page and the next are found by the index that is meant for them; no table is read from end to end."""
    wanted, order = asked.get("wanted", Filter()), asked.get("order", "newest")
    first = page(library, wanted, limit=10, order=order)
    assert len(first.runs) == 10
    for after in (None, first.after):
        plan = plans(library, lambda after=after: page(library, wanted, after=after, limit=10, order=order))
        assert index in plan
        assert [one for one in TABLES if f"Seq Scan on {one}" in plan] == [], plan


def test_choices_step_through_an_index(library: Library) -> None:
    """The values of filters are found by one look into an index each."""
    plan = plans(library, lambda: choices(library))
    assert [one for one in TABLES if f"Seq Scan on {one}" in plan] == [], plan
    assert choices(library).sizes == ((1024, 1024), (1024, 1025))

"""Pages, search, lists and facets of 100,000 runs on PostgreSQL read by an index what they show, not all runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event, text

from components.library import Library, open_library
from components.library.queries.facets import choices
from components.library.queries.pages import Filter, Order, page
from components.library.queries.recent import Owned
from tests.servers.postgres import server

pytestmark = pytest.mark.own_store

RUNS = 100_000
# Rows that a page may read: far more than it shows, far fewer than there are.
MOST_READ = 10_000

# Every fourth run is about light, and one of two thousand about an ocelot. Triggers would take most of the time.
SEED = """
INSERT INTO runs (id, operation, model, connection_id, connection_name, owner, state, created, n, prompt, recipe,
        cost_micros)
    SELECT 'run-' || lpad(i::text, 6, '0'), (ARRAY['generate', 'edit', 'analyze'])[1 + i % 3],
        CASE WHEN i % 5000 = 0 THEN 'rare-model' ELSE 'model-' || i % 4 END, 'connection-' || i % 3, 'Server',
        (ARRAY['Ada', 'Bo', 'Chidi', ''])[1 + i % 4], CASE WHEN i % 100 = 0 THEN 'failed' ELSE 'done' END,
        1700000000 + 600.0 * i, 1, concat_ws(' ', 'a quiet scene', i, CASE WHEN i % 4 = 0 THEN 'light' END,
        CASE WHEN i % 2000 = 0 THEN 'red ocelot' END), '{}', nullif(i % 1000, 0)
    FROM generate_series(1, {runs}) AS i;
INSERT INTO run_words SELECT id, '', to_tsvector('simple', prompt) FROM runs;
INSERT INTO outputs (id, run_id, position, role, sha256, format, width, height, frames, has_alpha, bytes, created,
        starred, rating, rejected, deleted_at, text_in_image)
    SELECT 'output-' || i, 'run-' || lpad(i::text, 6, '0'), 0, 'image', md5(i::text), 'png',
        CASE WHEN i % 1000 = 0 THEN 3840 ELSE 1024 END, CASE WHEN i % 2 = 0 THEN 1024 ELSE 1536 END, 1, false, 1000,
        1700000000 + 600.0 * i, i % 49 = 0, CASE WHEN i % 70 = 0 THEN 1 + i % 5 ELSE 0 END, i % 300 = 0,
        CASE WHEN i % 250 = 0 THEN 1700000000.0 END, ''
    FROM generate_series(1, {runs}) AS i;
INSERT INTO output_tags SELECT CASE WHEN i % 200 = 0 THEN 'final' ELSE 'draft' END, 'output-' || i
    FROM generate_series(10, {runs}, 10) AS i
"""

INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN ('runs', 'outputs', 'run_words', 'output_tags') AND indexname NOT LIKE 'pk\\_%'
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with 100,000 runs, their statistics known as on a server that has run for a day."""
    name = server().new_database()
    opened = open_library(tmp_path_factory.mktemp("data"), database_url=server().url(name))
    try:
        with opened.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            indexes = connection.execute(text(INDEXES)).all()  # built at the end, which takes less time
            for name, _ in indexes:
                connection.execute(text(f"DROP INDEX {name}"))
            for statement in SEED.split(";\n"):
                connection.execute(text(statement.replace("{runs}", str(RUNS))))
            for _, create in indexes:
                connection.exec_driver_sql(create)
        with opened.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        yield opened
    finally:
        opened.close()
        server().drop(name)


def _reads(plan: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield what each step of a plan read, and how many rows of it; entries of an index alone are no rows."""
    if "Relation Name" in plan:
        removed = sum(rows for name, rows in plan.items() if name.startswith("Rows Removed by"))
        where = plan.get("Index Name") or plan["Relation Name"]
        yield f"{plan['Node Type']} of {where}", round((plan["Actual Rows"] + removed) * plan["Actual Loops"])
    for part in plan.get("Plans", ()):
        yield from _reads(part)


def read_by(library: Library, show: Callable[[], Any]) -> list[tuple[str, int]]:
    """Return what the queries of `show` read, by PostgreSQL's own count."""
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.append((statement, values))

    event.listen(library.engine, "before_cursor_execute", note)
    try:
        show()
    finally:
        event.remove(library.engine, "before_cursor_execute", note)
    assert asked
    found: list[tuple[str, int]] = []
    with library.engine.connect() as connection:
        for statement, values in asked:
            explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).scalar_one()
            found += _reads(explained[0]["Plan"])
    return found


def assert_few(reads: list[tuple[str, int]]) -> None:
    """Fail if more was read than a page needs."""
    assert sum(rows for _, rows in reads) <= MOST_READ, sorted(reads, key=lambda one: -one[1])[:5]


FILTERS = {
    "all": Filter(),
    "operation": Filter(operation="edit"),
    "model": Filter(model="model-1"),
    "a rare model": Filter(model="rare-model"),
    "no such model": Filter(model="nothing"),
    "owner": Filter(owner="Ada"),
    "nobody's": Filter(owner=""),
    "connection": Filter(connection_id="connection-2"),
    "failed": Filter(states=("failed",)),
    "of a day": Filter(since=1730000000, until=1730086400),
    "starred": Filter(starred=True),
    "not starred": Filter(starred=False),
    "rated": Filter(rating=5),
    "rejected": Filter(rejected=True),
    "a tag": Filter(tag="final"),
    "a size": Filter(size=(3840, 1024)),
    "in the trash": Filter(in_trash=True),
    "images": Filter(images_only=True),
    "a rare word": Filter(words="ocelot"),
    "a common word": Filter(words="light"),
    "the beginning of a word": Filter(words="ocel"),
    "a phrase": Filter(words='"red ocelot"'),
    "a common and a rare word": Filter(words="quiet ocelot"),
    "no such word": Filter(words="zebra"),
    "words of one person": Filter(words="ocelot", owner="Ada"),
    "starred ones with a word": Filter(words="light", starred=True),
}


@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS)
def test_a_page_is_read_by_an_index(library: Library, wanted: Filter) -> None:
    """The first page and the one after it, of any filter."""
    first = page(library, wanted)
    assert_few(read_by(library, lambda: page(library, wanted)))
    if first.after is not None:
        assert_few(read_by(library, lambda: page(library, wanted, after=first.after)))


@pytest.mark.parametrize("order", ["cost", "stars"])
def test_another_order_is_read_by_an_index(library: Library, order: Order) -> None:
    """By cost and by stars, of all runs and of one person's."""
    for wanted in (Filter(), Filter(owner="Bo")):
        first = page(library, wanted, order=order)
        assert_few(read_by(library, partial(page, library, wanted, order=order)))
        assert_few(read_by(library, partial(page, library, wanted, order=order, after=first.after)))


def test_the_thousandth_page_costs_as_much_as_the_first(library: Library) -> None:
    """A page starts after a run, not at an offset."""
    far = page(library, Filter(until=1700000000 + 600.0 * RUNS / 2)).after
    assert_few(read_by(library, lambda: page(library, Filter(), after=far)))


def test_recent_runs_and_facets_are_read_by_an_index(library: Library) -> None:
    """What the forms and the library's filters show of all runs."""
    of_ada = Owned("Ada", frozenset({"run-000001"}))
    assert_few(read_by(library, lambda: library.recent()))
    assert_few(read_by(library, lambda: library.recent(operation="edit", owned=of_ada)))
    assert_few(read_by(library, lambda: choices(library)))


def test_the_count_finds_a_query_that_reads_everything(library: Library) -> None:
    """Without an index for it, a query reads all runs, and the tests above would fail."""
    with pytest.raises(AssertionError, match="100000"):
        assert_few(read_by(library, lambda: page(library, Filter(words="%%%"))))

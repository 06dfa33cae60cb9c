"""The library on PostgreSQL: it opens, keeps what SQLite keeps, and says in a sentence when it cannot."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import text

from components.library import Library, LibraryUnavailable, open_library
from components.library.db.postgres import conninfo, postgres_engine, write_json
from components.library.queries.pages import Filter, page
from components.library.queries.totals.figures import figures, processes_alive
from components.library.team.drafts import drafted_inputs, keep_draft, remove_drafts, stored_draft
from components.settings import SettingError, Settings
from tests.servers.network import free_port
from tests.servers.postgres import GUARDED, PASSWORD, PostgresServer, server
from tests.unit.library.db.test_migrations import differences
from tests.unit.library.library_fixtures import begin

pytestmark = [pytest.mark.own_store, pytest.mark.usefixtures("real_migrations")]


@pytest.fixture
def postgres() -> PostgresServer:
    """The server of this process."""
    return server()


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of an empty database."""
    name = postgres.new_database()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def library(data_folder: Path, url: str) -> Iterator[Library]:
    """An open library with its database on PostgreSQL."""
    opened = open_library(data_folder, database_url=url)
    yield opened
    opened.close()


def test_a_run_is_begun_ended_and_read(library: Library, data_folder: Path) -> None:
    """A run's row holds what was written, and no SQLite file is made."""
    begin(library, "r1")
    library.update_run("r1", state="done", text="Two foxes.", usage={"images": 1})
    run = library.run("r1")
    assert run is not None
    assert (run.prompt, run.state, run.text, run.usage) == ("a fox", "done", "Two foxes.", {"images": 1})
    assert [one.id for one in library.recent()] == ["r1"]
    assert not list(data_folder.glob("*.sqlite3*"))


def test_what_postgresql_cannot_store_is_replaced_and_the_rest_kept(library: Library) -> None:
    """An answer with NUL, half a surrogate pair or NaN was paid for: it is stored, and its JSON can be searched."""
    begin(library, "r1")
    library.update_run("r1", text="a\0b", error={"money": "billed", "title": "\0 \ud83d", "number": float("nan")})
    run = library.run("r1")
    assert run is not None
    assert run.text == "a\ufffdb"
    with library.engine.connect() as connection:
        found = connection.execute(text("SELECT error ->> 'title', error ->> 'number' FROM runs")).one()
    assert tuple(found) == ("\ufffd \ufffd", None)


@pytest.mark.parametrize("value", ["\\u0000", "\\\\ud83d", "😀 é", "\\\0", "\ud83d\ud83d😀\ude00x"])
def test_only_what_cannot_be_stored_is_replaced_in_json(value: str) -> None:
    """A backslash before "u0000" is text, and a whole surrogate pair is a letter."""
    expected = "".join("\ufffd" if letter == "\0" or "\ud800" <= letter <= "\udfff" else letter for letter in value)
    assert json.loads(write_json(value)) == expected


def test_the_migrations_make_what_the_code_expects(library: Library) -> None:
    """From nothing to the newest, they make the declared tables; text is of any length and sorts by code points."""
    left = [one for one in differences(library.engine) if "modify_type" not in str(one)]
    assert left == []
    query = """SELECT count(*) FROM information_schema.columns
        WHERE table_name = 'runs' AND data_type = 'text' AND collation_name = 'C'"""
    with library.engine.connect() as connection:
        assert connection.execute(text(query)).scalar_one() > 10


def test_servers_that_start_together_migrate_once(data_folder: Path, url: str) -> None:
    """Several servers meet an empty database: one migrates, the others wait for it and open the result."""
    opened: list[Library] = []
    threads = [
        threading.Thread(target=lambda n=n: opened.append(open_library(data_folder / str(n), database_url=url)))
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 3
    for one in opened:
        one.close()


def test_a_lost_connection_is_replaced(postgres: PostgresServer, library: Library, url: str) -> None:
    """After a restart of the database, the next query opens a new connection instead of failing."""
    begin(library, "r1")
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'image-workbench'"
    )
    assert library.run("r1") is not None


def test_an_ordinary_owner_is_enough(postgres: PostgresServer, data_folder: Path) -> None:
    """The app's user needs neither to be a superuser nor an extension."""
    postgres.execute(f"CREATE DATABASE owned OWNER {GUARDED} TEMPLATE template0")
    try:
        library = open_library(data_folder, database_url=postgres.url("owned", GUARDED, PASSWORD))
        begin(library, "r1")
        assert [one.run.id for one in page(library, Filter(words="fox")).runs] == ["r1"]
        library.close()
    finally:
        postgres.drop("owned")


def refusal(folder: Path, url: str, caplog: pytest.LogCaptureFixture) -> str:
    """The sentence with which a database refuses; neither it nor the log has the password or the whole URL."""
    with caplog.at_level(logging.DEBUG), pytest.raises((LibraryUnavailable, SettingError)) as refused:
        open_library(folder, database_url=url)
    for said in (str(refused.value), repr(refused.value.__cause__), caplog.text):
        assert PASSWORD not in said
        assert "wrong-secret" not in said
        assert url not in said
    return str(refused.value)


def test_refusals_are_sentences_without_the_password(
    postgres: PostgresServer, data_folder: Path, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody there, a wrong password, no such database, no rights, and what is no URL."""
    name = url.rpartition("/")[2]
    nobody = f"postgresql+psycopg://u:{PASSWORD}@127.0.0.1:{free_port()}/x"
    assert "does not answer" in refusal(data_folder, nobody, caplog)
    assert "user name or password" in refusal(data_folder, postgres.url(name, GUARDED, "wrong-secret"), caplog)
    assert "does not exist" in refusal(data_folder, postgres.url("nowhere", GUARDED, PASSWORD), caplog)
    assert "owner" in refusal(data_folder, postgres.url(name, GUARDED, PASSWORD), caplog)
    assert "not the address" in refusal(data_folder, f"mysql://u:{PASSWORD}@h/x", caplog)
    assert "not the address" in refusal(data_folder, f"postgresql://u:{PASSWORD}@h:port/x", caplog)


def test_the_password_is_in_no_repr(data_folder: Path, url: str) -> None:
    """Settings and engine can be printed."""
    settings = Settings.from_environment({"IMAGE_WORKBENCH_DATABASE_URL": f"postgresql+psycopg://u:{PASSWORD}@h/x"})
    assert PASSWORD in settings.database_url
    assert PASSWORD not in repr(settings)


@pytest.mark.parametrize(
    ("rest", "meant"),
    [
        ("u:my%20se'cret%5C@h/db", {"user": "u", "password": "my se'cret\\", "host": "h", "dbname": "db"}),
        ("u@/db?host=a:1&host=b:2", {"user": "u", "host": "a,b", "port": "1,2", "dbname": "db"}),
        (
            "h/db?options=-csearch_path%3Dapp%20-cwork_mem%3D9",
            {"host": "h", "dbname": "db", "options": "-csearch_path=app -cwork_mem=9"},
        ),
    ],
)
def test_other_connections_go_where_the_engine_does(rest: str, meant: dict[str, str]) -> None:
    """The address for notices and tickets is that of the engine, whatever the URL has in it."""
    assert conninfo_to_dict(conninfo(postgres_engine(f"postgresql+psycopg://{rest}"))) == meant


def test_monitoring_counts_the_same_as_on_sqlite(library: Library) -> None:
    """Figures of all runs, and the live processes by their kind."""
    for run_id, state in (("r1", "done"), ("r2", "failed"), ("r3", "queued")):
        begin(library, run_id)
        error = {"kind": "RateLimited"} if state == "failed" else None
        library.update_run(run_id, state=state, started=100.0, ended=103.0, cost=Decimal("0.25"), error=error)
    found = figures(library)
    assert found.ended == {("generate", "done"): 1, ("generate", "failed"): 1}
    assert found.unfinished == {("generate", "queued"): 1}
    assert (found.dollars["generate"], found.errors) == (0.75, {"RateLimited": 1})
    assert (found.durations["generate"].count, found.durations["generate"].total) == (3, 9.0)
    assert processes_alive(library) == {"server": 1, "worker": 0}


def test_a_draft_is_kept_and_removed(library: Library) -> None:
    """Stored twice under one token, read by its person alone, and deleted once it is old."""
    for content in ("{}", '{"a":"\\u0000"}'):
        keep_draft(library, "token", "ada", ("ab" * 32,), content)
    assert stored_draft(library, "token", "ada") == '{"a":"\\u0000"}'
    assert stored_draft(library, "token", "bo") is None
    assert drafted_inputs(library) == {"ab" * 32}
    assert remove_drafts(library, 1e12) == 1

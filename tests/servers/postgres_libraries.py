"""Libraries of tests on PostgreSQL: a migrated database for each folder that a test opens a library in.

Creating a database takes longer than most tests, so that those of ended tests are emptied and used again.
"""

from __future__ import annotations

import atexit
from functools import cache
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import Engine

from components.library.db.engine import open_engine as open_engine_of_app
from tests.servers.postgres import PostgresServer, server
from tests.support.new_library import run_migrations

FIXED = ("alembic_version", "search_letters")  # what no test changes
_LONG_PAGES = 32  # deleted rows stay in their pages, and every later statement reads past them; 8 kB each
_PAGES = """
    SELECT relname, pg_relation_size(oid) / 8192 FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
"""


@cache
def _template(of: PostgresServer) -> str:
    """Return the name of a migrated database, of which others are copies."""
    name = of.new_database()
    engine = open_engine_of_app(Path(), of.url(name))
    run_migrations(engine)
    engine.dispose()
    return name


class _Database:
    """A migrated database. What the migrations put into its tables is remembered in a schema of its own, `fresh`."""

    def __init__(self, of: PostgresServer) -> None:
        self.name = of.new_database(_template(of))
        self.url = of.url(self.name)
        self._connection = psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)
        self._connection.execute("SET session_replication_role = replica")  # neither foreign keys nor triggers
        self._connection.execute("CREATE SCHEMA fresh")
        found = self._pages()
        self._tables = set(found)
        self._filled = [name for name, pages in found.items() if pages]
        for name in self._filled:
            self._connection.execute(SQL("CREATE TABLE fresh.{0} AS TABLE public.{0}").format(Identifier(name)))

    def _pages(self) -> dict[str, int]:
        """Return the pages of each table; one that never had rows has none."""
        found = self._connection.execute(_PAGES).fetchall()
        return {name: pages for name, pages in found if name not in FIXED}

    def empty(self) -> None:
        """Make it as new: close what a test left open, and put back what the migrations had put in.

        Raise psycopg.Error if a test dropped tables. The app adds those of its queue.
        """
        self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        refusing = "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'refuse%'"
        for trigger, table in self._connection.execute(refusing).fetchall():
            self._connection.execute(SQL("DROP TRIGGER {} ON {}").format(Identifier(trigger), Identifier(table)))
        found = self._pages()
        if not self._tables <= set(found):
            raise psycopg.ProgrammingError("a table is missing")
        used = {name: pages for name, pages in found.items() if pages}
        statements: list[Composed] = [SQL("DELETE FROM public.{}").format(Identifier(one)) for one in used]
        statements += [SQL("INSERT INTO public.{0} TABLE fresh.{0}").format(Identifier(one)) for one in self._filled]
        statements.append(
            SQL("SELECT setval(format('%I.%I', schemaname, sequencename), 1, false) FROM pg_sequences").format()
        )
        self._connection.execute(SQL("; ").join(statements))
        if long := [Identifier(name) for name, pages in used.items() if pages > _LONG_PAGES]:
            self._connection.execute(SQL("VACUUM (ANALYZE) {}").format(SQL(", ").join(long)))

    def close(self) -> None:
        """Close the connection that empties it."""
        self._connection.close()


class Libraries:
    """The databases of this process: those of the running test by folder, and those that wait for the next one."""

    def __init__(self) -> None:
        self._server = server()
        self._in_use: dict[Path, _Database] = {}
        self._free: list[_Database] = []

    def url(self, folder: Path) -> str:
        """The URL of a folder's database, the same for the whole test."""
        folder = folder.resolve()
        if folder not in self._in_use:
            self._in_use[folder] = self._free.pop() if self._free else _Database(self._server)
        return self._in_use[folder].url

    def open_engine(self, folder: Path, url: str = "") -> Engine:
        """Open a folder's database where the app would open a SQLite file in it."""
        return open_engine_of_app(folder, url or self.url(folder))

    def end_heartbeats(self, folder: Path) -> None:
        """Let all processes that use a folder's database count as dead."""
        with psycopg.connect(self.url(folder).replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("UPDATE processes SET expires = clock_timestamp() - interval '1 second'")

    def give_back(self) -> None:
        """End a test: its databases are emptied for the next one."""
        for database in self._in_use.values():
            try:
                database.empty()
            except psycopg.Error:  # a test that changed the tables
                database.close()
                self._server.drop(database.name)
            else:
                self._free.append(database)
        self._in_use.clear()

    def close(self) -> None:
        """Close all connections."""
        for database in (*self._free, *self._in_use.values()):
            database.close()


@cache
def libraries() -> Libraries:
    """The databases of this process; its server is started now if need be."""
    made = Libraries()
    atexit.register(made.close)  # before the server stops
    return made

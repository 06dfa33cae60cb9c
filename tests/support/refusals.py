"""Let a library's database refuse what a test names, on SQLite and on PostgreSQL."""

from __future__ import annotations

from sqlalchemy import text

from components.library import Library
from components.library.db.dialects import is_postgresql


def refuse(library: Library, event: str, table: str, message: str, condition: str = "true") -> None:
    """Refuse an event, such as UPDATE, for rows of a table where a condition on `NEW` holds."""
    trigger = f"CREATE TRIGGER refuse_{table} BEFORE {event} ON {table}"
    with library.engine.begin() as connection:
        if not is_postgresql(connection):
            connection.execute(text(f"{trigger} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"))
            return
        body = f"RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
        connection.execute(text(f"CREATE OR REPLACE FUNCTION refuse_{table}() {body}"))
        connection.execute(text(f"{trigger} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse_{table}()"))


def allow(library: Library, table: str) -> None:
    """Refuse nothing more of a table."""
    with library.engine.begin() as connection:
        of_table = f" ON {table}" if is_postgresql(connection) else ""
        connection.execute(text(f"DROP TRIGGER refuse_{table}{of_table}"))

"""A person's own connections that outlive the session: encrypted in the library, for that person alone.

It needs a sign-in, which says whose they are, and the operator's secret.
"""

from __future__ import annotations

from dataclasses import asdict, fields

from components.client import Connection
from components.library.team import kept_connections
from components.ui.process.page_rights import signed_in_person
from components.ui.process.workbench import workbench

_PAIRS = ("headers", "query", "model_names", "capabilities")


def may_keep() -> bool:
    """Return whether the person at this page can keep connections."""
    who = signed_in_person()
    return who is not None and bool(who.id) and who.may_run and bool(_secrets())


def keep(connection: Connection) -> None:
    """Store a connection with its secrets, encrypted. Raise LibraryUnavailable."""
    if (person := _person()) and may_keep():
        content = asdict(connection)
        kept_connections.keep_connection(workbench().library, _secrets(), person, connection.id, content)


def forget(connection_id: str) -> None:
    """Remove a connection that was kept. Raise LibraryUnavailable."""
    if person := _person():
        kept_connections.forget_connection(workbench().library, person, connection_id)


def kept() -> tuple[list[Connection], int]:
    """Return what the person has kept, and how many of those cannot be read. Raise LibraryUnavailable."""
    if not (person := _person()):
        return [], 0
    found, unreadable = kept_connections.connections_kept(workbench().library, _secrets(), person)
    return [_connection(content) for content in found], unreadable


def _connection(content: dict[str, object]) -> Connection:
    pairs = {name: tuple((str(key), str(value)) for key, value in content.get(name) or ()) for name in _PAIRS}  # type: ignore[attr-defined]
    known = {one.name: content[one.name] for one in fields(Connection) if one.name in content}
    return Connection(**{**known, **pairs, "source": "own"})  # type: ignore[arg-type]


def _person() -> str:
    who = signed_in_person()
    return who.id if who is not None else ""


def _secrets() -> tuple[str, ...]:
    return workbench().settings.key_encryption_secret

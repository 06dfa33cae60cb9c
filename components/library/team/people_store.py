"""Who has used the app, with the role that the sign-in reported last."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import select, update

from components.library.db.dialects import insert_new
from components.library.db.tables.team_tables import people
from components.library.errors import explained
from components.library.files.handle import LibraryHandle
from components.team.people import Person, Role

MOST = 5_000


@dataclass(frozen=True)
class SeenPerson:
    """A person with the time of the last visit in Unix seconds."""

    id: str
    name: str
    role: Role
    is_verified: bool
    last_seen: float


def note_person(library: LibraryHandle, person: Person) -> None:
    """Note that somebody uses the app now. Raise LibraryUnavailable."""
    now = time.time()
    seen = {**vars(person), "last_seen": now}
    with explained(library.folder), library.engine.begin() as connection:
        connection.execute(insert_new(connection, people).values(**seen, first_seen=now))
        connection.execute(update(people).where(people.c.id == person.id).values(**seen))


def seen_people(library: LibraryHandle) -> list[SeenPerson]:
    """Return who has used the app, those seen last first, up to MOST. Raise LibraryUnavailable."""
    query = select(people).order_by(people.c.last_seen.desc(), people.c.id).limit(MOST)
    with explained(library.folder), library.engine.connect() as connection:
        return [
            SeenPerson(
                row.id,
                row.name,
                Role(row.role) if row.role in tuple(Role) else Role.MEMBER,
                bool(row.is_verified),
                row.last_seen,
            )
            for row in connection.execute(query)
        ]

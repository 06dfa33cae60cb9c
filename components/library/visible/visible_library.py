"""The library as one person sees it, and what they may change in it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Select, delete, insert, literal, select, union_all

from components.library.db.chunks import chunks
from components.library.db.schema import collections, inputs, outputs, runs, sheets
from components.library.db.tables.input_tables import sheet_inputs
from components.library.db.tables.prompt_tables import prompts
from components.library.db.tables.team_tables import own_files
from components.library.errors import NotAllowed, explained
from components.library.records import Belonging
from components.library.store import Library
from components.library.visible.visibility import seen_engine
from components.parameters import InputImage
from components.team.people import ONLY_OWNER, Person

# Seconds for which a person may see a file that they added and did not use. Unused inputs are removed after a day.
KEPT_SECONDS = 7 * 86_400.0

_OWNERS: dict[Belonging, Select[Any]] = {
    "output": select(runs.c.owner, outputs.c.id).join(outputs, outputs.c.run_id == runs.c.id),
    "run": select(runs.c.owner, runs.c.id),
    "sheet": select(sheets.c.owner, sheets.c.id),
    "prompt": select(prompts.c.owner, prompts.c.id),
    "collection": select(collections.c.owner, collections.c.id),
}


class VisibleLibrary(Library):
    """A library as `person` sees it: what is private to others is not there, and changes to what is theirs are refused.

    It shares files, database and lock with the library that it was made of.
    """

    def __init__(self, library: Library, person: Person) -> None:
        """Wrap an opened library."""
        vars(self).update(vars(library))
        self.full = library
        self.person = person
        self.engine = seen_engine(library.engine, person.id)

    def file(self, kind: str, sha256: str) -> Path | None:
        """Return the file of a kind with this content, if something that the person sees has it; else None."""
        return self.full.file(kind, sha256) if self.sees_content(sha256) else None

    def sees_content(self, sha256: str) -> bool:
        """Return whether a run or sheet that the person sees, or an image that they added, has this content."""
        tables = outputs, inputs, sheet_inputs, own_files
        found = (select(literal(1)).where(table.c.sha256 == sha256) for table in tables)
        with explained(self.folder), self.engine.connect() as connection:
            return connection.execute(union_all(*found).limit(1)).first() is not None

    def keep_input(self, image: InputImage) -> InputImage:
        """Store an input image as theirs; see `Library.keep_input`."""
        kept = self.full.keep_input(image)
        self.note_added(image.sha256)
        return kept

    def note_added(self, sha256: str) -> None:
        """Let the person see an input file that they added, although no run has it yet."""
        mine = own_files.c.sha256 == sha256, own_files.c.person == self.person.id
        with explained(self.folder), self.full.engine.begin() as connection:
            connection.execute(delete(own_files).where(*mine))
            now = time.time()
            connection.execute(insert(own_files).values(sha256=sha256, person=self.person.id, added=now))
            connection.execute(delete(own_files).where(own_files.c.added < now - KEPT_SECONDS))

    def require_own(self, kind: Belonging, ids: Sequence[str]) -> None:
        """Raise NotAllowed if one of these belongs to another and the person is not an admin; ignore unknown ids."""
        if not self.person.may_run:
            raise NotAllowed
        if self.person.is_admin:
            return
        query, column = _OWNERS[kind], _OWNERS[kind].selected_columns[1]
        others = 0
        with explained(self.folder), self.engine.connect() as connection:
            for piece in chunks(ids):
                rows = connection.execute(query.where(column.in_(piece))).all()
                others += sum(not self.person.may_change(row.owner) for row in rows)
        if others:
            what = "This belongs" if len(ids) == 1 else f"{others} of these {len(ids)} belong"
            raise NotAllowed(f"{what} to somebody else, so nothing was changed.", ONLY_OWNER)

    def unfiltered(self) -> Library:
        """Return the library in which nothing is hidden."""
        return self.full

    def purging(self) -> tuple[Library, str | None]:
        """Return the whole library, and whose trash the person may empty: their own, or everybody's as an admin."""
        if not self.person.may_run:
            raise NotAllowed
        return self.full, None if self.person.is_admin else self.person.id
